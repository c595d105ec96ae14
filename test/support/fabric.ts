/** A fabric on a real store of its own, in this process; both go away with the test. */
import { randomBytes } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ExecutionContext } from 'ava';
import { isFabricError, type ErrorCode } from '../../dist/errors.js';
import { Fabric } from '../../dist/fabric/fabric.js';
import type { FabricOptions } from '../../dist/fabric/options.js';
import { native, type NativeStore } from '../../dist/native.js';

export const MIB = 1 << 20;

export interface TestFabric {
  fabric: Fabric;
  store: NativeStore;
  options: FabricOptions;
  /** A directory of the test's own. */
  folder: string;
  /** The first segment, of 4 MiB. */
  sharedId: string;
}

export interface TestFabricOptions {
  limits?: Partial<FabricOptions['limits']>;
  sourceRoots?: (folder: string) => string[];
  shmSourcePrefixes?: string[];
  quarantineMs?: number;
  lingerMs?: number;
  restartGraceMs?: number;
  gate?: FabricOptions['gate'];
  /** No segment at first. */
  empty?: boolean;
}

export async function startFabric(t: ExecutionContext, given: TestFabricOptions = {}): Promise<TestFabric> {
  const folder = mkdtempSync(join(tmpdir(), 'datafabric-test-'));
  const stateDir = join(folder, 'state');
  mkdirSync(stateDir);
  const node = `u${randomBytes(6).toString('hex')}`;
  const shmPrefix = `dftest${process.pid}`;
  const quarantineMs = given.quarantineMs ?? 0;
  const restartGraceMs = given.restartGraceMs ?? 0;
  const lingerMs = given.lingerMs ?? 60_000;
  const store = native.openStore({
    node,
    prefix: shmPrefix,
    stateDir,
    variablesMax: 100_000,
    pinsMax: 10_000,
    stringBytesMax: 16 * MIB,
    segmentsMax: 16,
    slotsMax: 16,
    mode: 0o600,
    groupId: -1,
    quarantineMs,
    pinLingerMs: lingerMs,
    reserveLingerMs: lingerMs,
    restartGraceMs,
  });
  const limits = {
    bulkBytesMax: 64 * MIB,
    reservedBytesMax: 64 * MIB,
    documentationBytesMax: 4096,
    waitMsMax: 60_000,
    leaseMsMax: 60_000,
    ...given.limits,
  };
  const options: FabricOptions = {
    node,
    address: () => '127.0.0.1:6379',
    tlsPort: () => 0,
    shmPrefix,
    limits,
    sourceRoots: given.sourceRoots?.(folder) ?? [],
    shmSourcePrefixes: given.shmSourcePrefixes ?? [],
    quarantineMs,
    restartGraceMs,
    onError: (error) => t.fail(String(error)),
    onType: () => undefined,
    onWaiting: () => undefined,
    gate: given.gate,
  };
  const fabric = new Fabric(store, native, options);
  t.teardown(async () => {
    await fabric.close();
    store.close();
    native.purge({ prefix: shmPrefix, node });
    // A purge leaves the lock file, for whoever waits for it.
    rmSync(`/dev/shm/${shmPrefix}.${node}.lock`, { force: true });
    rmSync(folder, { recursive: true });
  });
  const sharedId = given.empty === true ? '' : await fabric.alloc(4);
  return { fabric, store, options, folder, sharedId };
}

/** A variable without documentation, of type `bytes` unless told. */
export const label = (name: string, type = 'bytes', replace = false) => ({
  name: Buffer.from(name),
  documentation: Buffer.alloc(0),
  type: Buffer.from(type),
  replace,
});

/** The bytes a name stands for. */
export function bytesOf({ fabric, store }: TestFabric, name: string): Buffer | undefined {
  const found = fabric.readers.bytes(Buffer.from(name));
  return found === undefined || Buffer.isBuffer(found) ? found : store.read(found.entry, found.offset, found.length);
}

/** Asserts an error with a code of ours; returns its sentence. */
export function throwsCode(t: ExecutionContext, code: ErrorCode, run: () => unknown): string {
  return sentence(t, code, t.throws(run));
}

export async function rejectsCode(t: ExecutionContext, code: ErrorCode, run: Promise<unknown>): Promise<string> {
  return sentence(t, code, await t.throwsAsync(run));
}

function sentence(t: ExecutionContext, code: ErrorCode, error: unknown): string {
  if (!isFabricError(error)) throw error;
  t.is(error.code, code, error.message);
  return error.message;
}

/** Resolves once the background work has come so far; the test's own time-out bounds it. */
export async function until(reached: () => boolean): Promise<void> {
  while (!reached()) await new Promise((resolve) => setTimeout(resolve, 1));
}

/** Of a node that is alone, which seals at once. */
export function entryOf(sealed: number | Promise<unknown>): number {
  if (typeof sealed === 'number') return sealed;
  throw new Error('the node asked another before it sealed');
}
