/** Does one thing to a repository and dies by SIGKILL right before or after its n-th change of the store; exits with 0 when it gets past that. */
import { fileURLToPath } from 'node:url';
import { Meta } from '../../dist/meta/meta.js';
import { PosixStore } from '../../dist/storage/posix-store.js';
import { overlay } from '../storage/overlay.js';
import { crc32c } from './crc32c.js';

export const VICTIM = fileURLToPath(import.meta.url);

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
  const meta = new Meta({ store: stepped, repository: 'r', crc32c });
  const value = Buffer.from(`new ${deadlyStep}`);
  if (deed === 'put') await meta.put('a', value);
  else await meta.commit(new Map(['a', 'b', `c${deadlyStep}`].map((key) => [key, value])));
}

if (process.argv[1] === VICTIM) await run(process.argv[2]!, process.argv[3]!, Number(process.argv[4]));
