/** Replaces the hot names in every way there is, so that memory is freed and used again all the time. */
import { connect, type FabricClient } from '../../../dist/client/index.js';
import { hasCode, toClientError } from '../../../dist/client/client-error.js';
import { Random } from '../random.js';
import { PAYLOAD_BYTES_MIN, makePayload } from './payload.js';
import type { Setup } from './hot.js';
import { run, Turns } from './turns.js';

/** From 1 MiB on our client reserves and writes in place. */
const BYTES_MAX = 3 << 20;

const { url, seed, names } = JSON.parse(process.argv[2]!) as Setup;
const random = new Random(seed);
const turns = new Turns();

const WAYS: readonly {
  item: (fabric: FabricClient, name: string, payload: Buffer) => Promise<unknown>;
  weight: number;
}[] = [
  { item: (fabric, name, payload) => fabric.redis.set(name, payload), weight: 5 },
  { item: (fabric, name, payload) => fabric.insert(name, payload, { replace: true }), weight: 5 },
  { item: removeAndInsert, weight: 1 },
];

/** The name is missing in between, and another's reservation may claim it. */
async function removeAndInsert(fabric: FabricClient, name: string, payload: Buffer): Promise<void> {
  await fabric.delete(name);
  await fabric.insert(name, payload);
}

async function write(fabric: FabricClient): Promise<void> {
  const name = random.pick(names);
  const payload = makePayload(name, random.size(PAYLOAD_BYTES_MIN, BYTES_MAX));
  const way = random.weighted(WAYS);
  try {
    await way(fabric, name, payload);
    turns.count('writes');
  } catch (error) {
    if (!hasCode(error instanceof Error ? toClientError(error) : error, 'OOM', 'EXISTS')) throw error;
    turns.count('writes refused');
  }
}

run(async () => {
  const fabric = await connect(url);
  for (const name of names) await fabric.insert(name, makePayload(name, 1000), { replace: true });
  await turns.work(
    () => write(fabric),
    () => Promise.resolve(),
  );
});
