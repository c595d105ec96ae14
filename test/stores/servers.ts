/** The servers that scripts/test-stores.mjs has started, and options of stores on them. */
import { randomBytes } from 'node:crypto';
import { CreateBucketCommand, S3Client } from '@aws-sdk/client-s3';
import type { HdfsOptions } from '../../dist/storage/hdfs-options.js';
import type { S3Credentials, S3Options } from '../../dist/storage/s3-options.js';

const REGION = 'us-east-1';

function told(name: string): unknown {
  const text = process.env[name];
  if (text === undefined) throw new Error(`${name} isn't set: run these tests by npm run test:stores`);
  return JSON.parse(text);
}

/** Of the user that may do everything. */
export function s3Secrets(): S3Credentials {
  return told('DATAFABRIC_TEST_S3') as S3Credentials;
}

/** They, as a file of Amazon's tools has them. */
export function credentialsText(profile: string): string {
  const { accessKeyId, secretAccessKey } = s3Secrets();
  return `[${profile}]\naws_access_key_id = ${accessKeyId}\naws_secret_access_key = ${secretAccessKey}\n`;
}

/** A new bucket. */
export async function s3Options(prefix: string): Promise<S3Options & { endpoint: string }> {
  const { endpoint, ...credentials } = told('DATAFABRIC_TEST_S3') as S3Credentials & { endpoint: string };
  const bucket = `test-${randomBytes(6).toString('hex')}`;
  const client = new S3Client({ endpoint, region: REGION, forcePathStyle: true, credentials });
  await client.send(new CreateBucketCommand({ Bucket: bucket }));
  client.destroy();
  return { endpoint, region: REGION, pathStyle: true, credentials, bucket, prefix };
}

/** A folder that isn't there yet. */
export function hdfsOptions(): Required<Pick<HdfsOptions, 'endpoint' | 'path' | 'user'>> {
  const { endpoint, user } = told('DATAFABRIC_TEST_HDFS') as { endpoint: string; user: string };
  return { endpoint, user, path: `/test/${randomBytes(6).toString('hex')}` };
}
