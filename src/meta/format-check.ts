/** Looks at documents of reserved keys, which may take long: large ones in a thread of their own, while the server goes on. */
import { Worker } from 'node:worker_threads';
import { FabricError } from '../errors.js';
import { FORMAT_BYTES_MAX } from './format-limits.js';
import { newestFormat, standingOf, type Standing } from './reserved.js';

/** Some hundred entries, which take about a millisecond. */
const AT_ONCE_BYTES_MAX = 16 << 10;
const HEAP_MIB_MAX = 512;

/** Undefined for a key without a format. */
export async function standingAside(key: string, value: Buffer): Promise<Standing | undefined> {
  const isAsked = newestFormat(key) !== undefined;
  const isLarge = value.length > AT_ONCE_BYTES_MAX && value.length <= FORMAT_BYTES_MAX;
  if (!isAsked || !isLarge) return standingOf(key, value);
  const found = await inThread(key, value);
  // What comes out of a thread is a plain array of bytes.
  return found.is === 'older' ? { is: 'older', upgraded: Buffer.from(found.upgraded) } : found;
}

/** What is wrong with a document that is stored already: what an older format has is right, and is upgraded. */
export async function unfitness(key: string, value: Buffer): Promise<string | undefined> {
  const found = await standingAside(key, value);
  if (found?.is === 'newer') return `its format is ${found.format}, and this datafabric knows up to ${found.newest}`;
  return found?.is === 'malformed' ? `it is no ${key}: ${found.why}` : undefined;
}

/** Refuses what is no document of that key in its newest format. */
export async function checkFormat(key: string, value: Buffer): Promise<void> {
  const newest = newestFormat(key);
  const found = newest === undefined ? undefined : await standingAside(key, value);
  if (found === undefined || found.is === 'newest') return;
  const why =
    found.is === 'malformed' ? found.why : `its format is ${found.is === 'newer' ? found.format : 'an older one'}`;
  throw new FabricError(
    'ERR',
    `this is no ${key} of format ${newest}: ${why}. Nothing was stored; docs/meta.md has the format`,
  );
}

function inThread(key: string, value: Buffer): Promise<Standing> {
  return new Promise((resolve, reject) => {
    const worker = new Worker(new URL('./format-worker.js', import.meta.url), {
      workerData: { key, value },
      resourceLimits: { maxOldGenerationSizeMb: HEAP_MIB_MAX },
    });
    worker.once('message', resolve);
    worker.once('error', reject);
    worker.once('exit', (code) => reject(new FabricError('ERR', `the check of ${key} ended with ${code}: try again`)));
  });
}
