import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'ava';
import type { S3Options } from '../../dist/storage/s3-options.js';
import { provePair, type StoreTable } from './pair.js';
import { credentialsText, s3Options, s3Secrets } from './servers.js';

const table = ({ bucket, endpoint }: S3Options, prefix: string): StoreTable => ({
  store: 's3',
  bucket,
  endpoint: endpoint!,
  prefix,
});

test('posix and s3, with credentials of a file', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'datafabric-pair-'));
  t.teardown(() => rmSync(folder, { recursive: true, force: true }));
  const file = join(folder, 'credentials');
  const { accessKeyId, secretAccessKey } = s3Secrets();
  writeFileSync(file, credentialsText('fabric'));
  await provePair(t, {
    meta: { store: 'posix', path: join(folder, 'documents') },
    data: { ...table(await s3Options(''), 'some/prefix'), credentials_file: file, profile: 'fabric' },
    secrets: [accessKeyId, secretAccessKey],
  });
});

test('s3 and s3, in one bucket, with credentials of the environment', async (t) => {
  const { accessKeyId, secretAccessKey } = s3Secrets();
  const env = { AWS_ACCESS_KEY_ID: accessKeyId, AWS_SECRET_ACCESS_KEY: secretAccessKey };
  // The test opens the data's store itself, too.
  Object.assign(process.env, env);
  const options = await s3Options('');
  await provePair(t, {
    meta: table(options, 'documents'),
    data: table(options, 'data'),
    env,
    secrets: [accessKeyId, secretAccessKey],
  });
});
