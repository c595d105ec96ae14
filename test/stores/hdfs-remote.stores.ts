import test from 'ava';
import { hdfsOptions } from './servers.js';
import { travels } from './remotes.js';

test('hdfs: versions travel', async (t) => {
  const { endpoint, path, user } = hdfsOptions();
  await travels(t, `webhdfs://${new URL(endpoint).host}${path}?user=${user}&repository=middle`);
});
