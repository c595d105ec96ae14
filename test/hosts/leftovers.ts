/** What hosts leave whose owner was killed with SIGKILL: a folder, and processes that were born while it died. */
import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { removeLeftovers } from '../support/leftovers.js';

const FOLDER = /^dfhosts-(\d+)-/;

/** Stands in the environment of every process inside, with the folder. */
export const MARK = 'DATAFABRIC_TEST_HOSTS';

export const makeFolder = (): string => mkdtempSync(join(tmpdir(), `dfhosts-${process.pid}-`));

const isGone = (pid: string) => !existsSync(`/proc/${pid}`);

/** Removes what belongs to nobody any more; returns what it found. */
export function removeHostLeftovers(): string[] {
  const folders = readdirSync(tmpdir())
    .filter((name) => isGone(FOLDER.exec(name)?.[1] ?? 'self'))
    .map((name) => join(tmpdir(), name));
  const pids = folders.flatMap((folder) => processesOf(folder));
  for (const pid of pids) killIfThere(pid);
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
  removeLeftovers();
  return [...pids.map((pid) => `process ${pid}`), ...folders];
}

/** Processes that were started in the hosts of a folder. */
export function processesOf(folder: string): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name) && environmentOf(name).includes(`${MARK}=${folder}`))
    .map(Number);
}

/** Empty when the process is gone, or somebody else's. */
function environmentOf(pid: string): string[] {
  try {
    return readFileSync(`/proc/${pid}/environ`, 'latin1').split('\0');
  } catch {
    return [];
  }
}

function killIfThere(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}
