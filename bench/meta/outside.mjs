// A process that has a repository open beside the server, and makes versions. One line a step: `KEY` puts a version and answers it;
// `KEYS SECONDS` puts versions of that many keys in turn for so long, and answers how many.
import { createInterface } from 'node:readline';
import { performance } from 'node:perf_hooks';
import { openMeta, loadConfig } from '../../dist/main.js';
import { documentKey, VALUE } from './documents.mjs';

const meta = await openMeta(loadConfig(process.argv[2]));
const say = (value) => process.stdout.write(`${JSON.stringify(value)}\n`);

async function putFor(keys, seconds) {
  const until = performance.now() + seconds * 1000;
  let puts = 0;
  for (; performance.now() < until; puts++) await meta.put(documentKey(puts % keys), VALUE);
  return puts;
}

say('ready');
for await (const line of createInterface({ input: process.stdin })) {
  const [what, seconds] = line.split(' ');
  say(seconds === undefined ? await meta.put(what, VALUE) : await putFor(Number(what), Number(seconds)));
}
await meta.close();
