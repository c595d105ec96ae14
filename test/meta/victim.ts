/**
 * Does one thing to a repository and dies by SIGKILL right before its n-th step; exits with 0 when it gets past that. Steps are changes of the store
 * (before and after each), or calls of the file system, within the store too.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { promises } from 'node:fs';
import type { FileHandle } from 'node:fs/promises';
import { syncBuiltinESMExports } from 'node:module';
import { fileURLToPath } from 'node:url';
import { Meta } from '../../dist/meta/meta.js';
import type { Store } from '../../dist/storage/store.js';
import { overlay } from '../storage/overlay.js';
import { openSubject } from '../storage/subject.js';
import { crc32c } from './crc32c.js';

export type Deed = 'put' | 'first put' | 'commit' | 'pull';

export interface Death {
  module: string;
  options: unknown;
  repository: string;
  deed: Deed | 'upgrade';
  steps: 'store' | 'files';
  step: number;
}

const VICTIM = fileURLToPath(import.meta.url);

/** Whether it died where it was to die. */
export async function dies(death: Death): Promise<boolean> {
  const child = spawn(process.execPath, [VICTIM, JSON.stringify(death)], { stdio: 'inherit' });
  const [code, signal] = (await once(child, 'exit')) as [number | null, string | null];
  if (signal === 'SIGKILL') return true;
  if (code === 0) return false;
  throw new Error(`the victim ended with ${code ?? signal}`);
}

async function run({ module, options, repository, deed, steps, step }: Death): Promise<void> {
  let next = 0;
  const survive = () => {
    if (next++ === step) process.kill(process.pid, 'SIGKILL');
  };
  const store = await openSubject(module, options);
  const stepped = steps === 'store' ? inSteps(store, survive) : store;
  if (steps === 'files') await stepThroughFiles(survive);
  const meta = new Meta({ store: stepped, repository, crc32c });
  const value = Buffer.from('new');
  if (deed === 'put') await meta.put('a', value);
  else if (deed === 'first put') await meta.put('c', value);
  else if (deed === 'upgrade') await meta.upgrade();
  else if (deed === 'commit') await meta.commit(new Map(['a', 'b', 'c'].map((key) => [key, value])));
  else await meta.bringFrom(meta.beside(store, `${repository}-other`));
}

function inSteps(store: Store, survive: () => void): Store {
  return overlay(store, {
    create: async (key, bytes) => {
      survive();
      const end = await store.create(key, bytes);
      survive();
      return end;
    },
  });
}

/** Every call that changes something, or makes it durable. */
async function stepThroughFiles(survive: () => void): Promise<void> {
  const handle = await promises.open(VICTIM, 'r');
  const files = Object.getPrototypeOf(handle) as FileHandle;
  await handle.close();
  instead(promises, ['open', 'link', 'rename', 'rm', 'mkdir'], survive);
  instead(files, ['write', 'sync'], survive);
  syncBuiltinESMExports();
}

function instead<T extends object>(of: T, names: readonly (keyof T)[], before: () => void): void {
  for (const name of names) {
    const real = of[name] as (...args: unknown[]) => unknown;
    const stepped = function (this: unknown, ...args: unknown[]) {
      before();
      return real.apply(this, args);
    };
    Object.defineProperty(of, name, { value: stepped });
  }
}

if (process.argv[1] === VICTIM) await run(JSON.parse(process.argv[2]!) as Death);
