/** What /proc says about memory; bytes. */
import { readFileSync, statfsSync } from 'node:fs';

const KIB = 1024;
const SAMPLE_MS = 10;

/** A process's resident memory outside shared memory: its own, and of files. */
export function privateBytes(pid: number): number {
  return field(`/proc/${pid}/status`, 'RssAnon') + field(`/proc/${pid}/status`, 'RssFile');
}

export function availableBytes(): number {
  return field('/proc/meminfo', 'MemAvailable');
}

export function sharedMemoryFreeBytes(): number {
  const { bavail, bsize } = statfsSync('/dev/shm');
  return bavail * bsize;
}

/** Runs the work and says by how much the process's private memory was higher at most, and is in the end. */
export async function growthDuring(pid: number, work: () => Promise<unknown>): Promise<{ peak: number; end: number }> {
  const before = privateBytes(pid);
  let peak = before;
  const timer = setInterval(() => (peak = Math.max(peak, privateBytes(pid))), SAMPLE_MS);
  try {
    await work();
  } finally {
    clearInterval(timer);
  }
  const end = privateBytes(pid);
  return { peak: Math.max(peak, end) - before, end: end - before };
}

/** How this process maps a shared-memory object: the line with its addresses, and how much of it is resident, shared, or copied. */
export function mappingOf(shm: string): string[] {
  const lines = readFileSync('/proc/self/smaps', 'utf8').split('\n');
  const start = lines.findIndex((line) => line.endsWith(`/dev/shm${shm}`));
  if (start < 0) return [];
  const rest = lines.slice(start + 1);
  const length = rest.findIndex((line) => /^[0-9a-f]+-[0-9a-f]+ /.test(line));
  return [
    lines[start]!,
    ...rest.slice(0, length).filter((line) => /^(Rss|Pss|Shared_Clean|Shared_Dirty|Private_Dirty):/.test(line)),
  ];
}

function field(path: string, name: string): number {
  const match = new RegExp(`^${name}:\\s*(\\d+) kB`, 'm').exec(readFileSync(path, 'utf8'));
  if (!match) throw new Error(`${path} has no ${name}`);
  return Number(match[1]) * KIB;
}
