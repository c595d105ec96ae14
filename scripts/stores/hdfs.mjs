// An HDFS for tests: a name node and a data node in one Java process, reached by WebHDFS. Prints {"endpoint", "user"} when it answers;
// ends with its standard input.
import { readFileSync } from 'node:fs';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import { root } from '../step.mjs';
import { readClassPath } from './install.mjs';
import { serve } from './server.mjs';

const START_MS_MAX = 120_000;
const HEAP = '-Xmx512m';

async function start(server) {
  const source = join(root, 'scripts/stores/MiniHdfs.java');
  server.start('java', [HEAP, '-cp', readClassPath(), source, server.path('hdfs')]);
  const endpoint = await server.until('HDFS answered', START_MS_MAX, () => addressIn(server.path('java.out')));
  return { endpoint, user: userInfo().username };
}

function addressIn(path) {
  return /^http:\S+$/m.exec(readFileSync(path, 'utf8'))?.[0];
}

await serve(start);
