/** A worker thread may be terminated at any moment, with work of the addon's threads under way. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'ava';

const ADDON = JSON.stringify(new URL('../../dist/native.js', import.meta.url).href);
const ROUNDS = 20;

/** In a thread: copies that follow one another for ever. */
const COPIER = `
  import { openSync, writeFileSync } from 'node:fs';
  import { parentPort, workerData } from 'node:worker_threads';
  const { native } = await import(${ADDON});
  const { folder, node, prefix } = workerData;
  const limits = { variablesMax: 1000, pinsMax: 100, stringBytesMax: 1 << 20, segmentsMax: 4, slotsMax: 4 };
  const times = { quarantineMs: 0, pinLingerMs: 0, reserveLingerMs: 0, restartGraceMs: 0 };
  const store = native.openStore({ node, prefix, stateDir: folder, mode: 0o600, groupId: -1, ...limits, ...times });
  await store.allocSegment(2 << 20);
  writeFileSync(folder + '/source', Buffer.alloc(4096));
  const source = openSync(folder + '/source', 'r');
  const copy = async (name) => {
    for (;;) {
      const entry = store.reserve({ name, documentation: '', type: 'bytes', length: 4096 });
      await store.copyFrom(source, 0, entry);
      store.abort(entry);
    }
  };
  for (let i = 0; i < 8; i++) void copy(Buffer.from('copy' + i));
  parentPort.postMessage('copying');`;

/** In a process of its own, which an abort would end. */
const PROCESS = `
  import { once } from 'node:events';
  import { Worker } from 'node:worker_threads';
  const { native } = await import(${ADDON});
  const folder = process.argv[1];
  const prefix = 'dftest' + process.pid;
  const code = new URL('data:text/javascript,' + encodeURIComponent(${JSON.stringify(COPIER)}));
  for (let round = 0; round < ${ROUNDS}; round++) {
    const node = 'n' + round;
    const worker = new Worker(code, { workerData: { folder, node, prefix } });
    await once(worker, 'message');
    await new Promise((resolve) => setTimeout(resolve, round % 7));
    await worker.terminate();
    native.purge({ prefix, node });
  }`;

test('a thread that is terminated while the addon copies for it takes nobody with it', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'datafabric-termination-'));
  t.teardown(() => rmSync(folder, { recursive: true }));
  const child = spawn(process.execPath, ['--input-type=module', '-e', PROCESS, folder], { stdio: 'inherit' });
  t.teardown(() => {
    for (let round = 0; round < ROUNDS; round++) rmSync(`/dev/shm/dftest${child.pid}.n${round}.lock`, { force: true });
  });
  const [code, signal] = (await once(child, 'close')) as [number | null, NodeJS.Signals | null];
  t.deepEqual({ code, signal }, { code: 0, signal: null });
});
