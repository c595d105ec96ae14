/** Objects of test runs that were killed, so that their memory doesn't add up. */
import { existsSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';

/** The tests' objects are named after the process that runs them, some with a word after it. */
const OBJECT = /^dftest(\d+)(?:-[a-z0-9]+)?\./;

export function removeLeftovers(): void {
  for (const name of readdirSync('/dev/shm')) {
    const pid = OBJECT.exec(name)?.[1];
    // Another test file may have removed it meanwhile.
    if (pid !== undefined && !existsSync(`/proc/${pid}`)) rmSync(join('/dev/shm', name), { force: true });
  }
}
