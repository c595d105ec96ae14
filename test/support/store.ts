/** A store of the test's own, gone with it. */
import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ExecutionContext } from 'ava';
import { native, type NativeStore } from '../../dist/native.js';

export interface TestStore {
  store: NativeStore;
  sharedId: string;
}

export async function openStore(t: ExecutionContext, segmentBytes: number): Promise<TestStore> {
  const node = `t${randomBytes(6).toString('hex')}`;
  const prefix = `dftest${process.pid}`;
  const stateDir = mkdtempSync(join(tmpdir(), 'datafabric-test-'));
  const store = native.openStore({
    node,
    prefix,
    stateDir,
    variablesMax: 1000,
    pinsMax: 100,
    stringBytesMax: 1 << 20,
    segmentsMax: 16,
    slotsMax: 16,
    mode: 0o600,
    groupId: -1,
    quarantineMs: 0,
    pinLingerMs: 0,
    reserveLingerMs: 0,
    restartGraceMs: 0,
  });
  t.teardown(() => {
    store.close();
    native.purge({ prefix, node });
    rmSync(stateDir, { recursive: true });
    // purge leaves it, empty, so that no two servers ever lock different files.
    rmSync(`/dev/shm/${prefix}.${node}.lock`, { force: true });
  });
  return { store, sharedId: await store.allocSegment(segmentBytes) };
}
