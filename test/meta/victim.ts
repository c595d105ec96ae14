/** Does one thing to a repository and dies by SIGKILL right before or after its n-th change of the store; exits with 0 when it gets past that. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { Meta } from '../../dist/meta/meta.js';
import { PosixStore } from '../../dist/storage/posix-store.js';
import { overlay } from '../storage/overlay.js';
import { crc32c } from './crc32c.js';

export const VICTIM = fileURLToPath(import.meta.url);

/** Whether it died where it was to die. */
export async function dies(path: string, deed: string, step: number): Promise<boolean> {
  const child = spawn(process.execPath, [VICTIM, path, deed, String(step)], { stdio: 'inherit' });
  const [code, signal] = (await once(child, 'exit')) as [number | null, string | null];
  if (signal === 'SIGKILL') return true;
  if (code === 0) return false;
  throw new Error(`the victim ended with ${code ?? signal}`);
}

async function run(path: string, deed: string, deadlyStep: number): Promise<void> {
  const store = await PosixStore.open(path);
  let step = 0;
  const survive = () => {
    if (step++ === deadlyStep) process.kill(process.pid, 'SIGKILL');
  };
  const stepped = overlay(store, {
    create: async (key, bytes) => {
      survive();
      const end = await store.create(key, bytes);
      survive();
      return end;
    },
  });
  if (deed === 'upgrade') return new Meta({ store: stepped, repository: 'main', crc32c }).upgrade();
  const meta = new Meta({ store: stepped, repository: 'r', crc32c });
  const value = Buffer.from(`new ${deadlyStep}`);
  if (deed === 'put') await meta.put('a', value);
  else await meta.commit(new Map(['a', 'b', `c${deadlyStep}`].map((key) => [key, value])));
}

if (process.argv[1] === VICTIM) await run(process.argv[2]!, process.argv[3]!, Number(process.argv[4]));
