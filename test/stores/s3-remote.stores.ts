import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'ava';
import { travels } from './remotes.js';
import { credentialsText, s3Options, s3Secrets } from './servers.js';

const urlOf = ({ bucket, endpoint }: { bucket: string; endpoint: string }) =>
  `s3://${bucket}/some/prefix?endpoint=${endpoint}&repository=middle`;

test.serial('s3: versions travel, with credentials of the file that [meta] names', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'datafabric-remote-'));
  t.teardown(() => rmSync(folder, { recursive: true, force: true }));
  const credentialsFile = join(folder, 'credentials');
  writeFileSync(credentialsFile, credentialsText('fabric'));
  await travels(t, urlOf(await s3Options('')), { credentialsFile, profile: 'fabric' });
});

test.serial('s3: versions travel, with credentials from the environment', async (t) => {
  const { accessKeyId, secretAccessKey } = s3Secrets();
  process.env.AWS_ACCESS_KEY_ID = accessKeyId;
  process.env.AWS_SECRET_ACCESS_KEY = secretAccessKey;
  await travels(t, urlOf(await s3Options('')));
});
