import test from 'ava';
import { s3Options, s3Secrets } from './servers.js';
import { travels } from './remotes.js';

test('s3: versions travel, with credentials from the environment', async (t) => {
  const { endpoint, bucket } = await s3Options('');
  const { accessKeyId, secretAccessKey } = s3Secrets();
  process.env.AWS_ACCESS_KEY_ID = accessKeyId;
  process.env.AWS_SECRET_ACCESS_KEY = secretAccessKey;
  await travels(t, `s3://${bucket}/some/prefix?endpoint=${endpoint}&repository=middle`);
});
