/** Stops and continues processes, and says when they are. */
import { readFileSync, readdirSync } from 'node:fs';
import { setImmediate } from 'node:timers/promises';

const SETTLED_MS_MAX = 5000;

/** Resolves when none of its threads runs. */
export async function stopProcess(pid: number): Promise<void> {
  process.kill(pid, 'SIGSTOP');
  await processStopped(pid);
}

/** Resolves when a process that stops itself has done so. */
export async function processStopped(pid: number): Promise<void> {
  await until(() => threadStates(pid).every((state) => state === 'T'), `process ${pid} doesn't stop`);
}

export async function continueProcess(pid: number): Promise<void> {
  process.kill(pid, 'SIGCONT');
  await until(() => threadStates(pid).every((state) => state !== 'T'), `process ${pid} doesn't continue`);
}

function threadStates(pid: number): string[] {
  return readdirSync(`/proc/${pid}/task`).map((thread) => {
    const stat = readFileSync(`/proc/${pid}/task/${thread}/stat`, 'latin1');
    // After the name of the program, which may contain anything.
    return stat.slice(stat.lastIndexOf(')') + 2, stat.lastIndexOf(')') + 3);
  });
}

async function until(holds: () => boolean, complaint: string): Promise<void> {
  const deadline = performance.now() + SETTLED_MS_MAX;
  while (!holds()) {
    if (performance.now() > deadline) throw new Error(complaint);
    await setImmediate();
  }
}
