/** Readers in processes of their own, which know a port and names, and sum every byte. */
import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';

export interface Reading {
  name: string;
  sum: number;
  /** From the name to the mapped array. */
  attachMs: number;
  sumMs: number;
  /** Of /proc/self/smaps. */
  mapping: string[];
}

export interface Reader {
  label: string;
  command: string;
  args: readonly string[];
}

export const NODE_READER: Reader = {
  label: 'Node.js',
  command: process.execPath,
  args: [fileURLToPath(new URL('./node-reader.js', import.meta.url))],
};

/** No library of ours: redis-py and numpy. */
const PYTHON = `
import json, sys, time, redis, numpy as np
r = redis.Redis(port=int(sys.argv[1]))

def attach(name):
    p = r.execute_command('FABRIC.PTR', name)
    p = p if isinstance(p, dict) else dict(zip(p[::2], p[1::2]))
    shm, dtype = p[b'shm'].decode(), p[b'dtype'].decode()
    return p[b'pin'], shm, np.memmap('/dev/shm' + shm, dtype, 'r', p[b'offset'], tuple(p[b'shape']))

def mapping(shm):
    lines = open('/proc/self/smaps').read().splitlines()
    at = [i for i, line in enumerate(lines) if line.endswith('/dev/shm' + shm)][0]
    keep = ('Rss:', 'Pss:', 'Shared_Clean:', 'Shared_Dirty:', 'Private_Dirty:')
    return [lines[at]] + [line for line in lines[at + 1:at + 24] if line.startswith(keep)]

r.ping()
for name in sys.argv[2:]:
    start = time.perf_counter()
    pin, shm, array = attach(name)
    attached = time.perf_counter()
    total = int(array.sum(dtype='u8'))
    summed = time.perf_counter()
    print(json.dumps({'name': name, 'sum': total, 'attachMs': (attached - start) * 1e3,
                      'sumMs': (summed - attached) * 1e3, 'mapping': mapping(shm)}))
    del array
    r.execute_command('FABRIC.RELEASE', pin)
`;

export const PYTHON_READER: Reader = { label: 'Python', command: 'python3', args: ['-c', PYTHON] };

export async function readBack(reader: Reader, port: number, names: readonly string[]): Promise<Map<string, Reading>> {
  const output = await run(reader, [String(port), ...names]);
  const readings = output
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Reading);
  return new Map(readings.map((reading) => [reading.name, reading]));
}

async function run({ label, command, args }: Reader, more: readonly string[]): Promise<string> {
  const child = spawn(command, [...args, ...more], { stdio: ['ignore', 'pipe', 'inherit'] });
  let output = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (output += text));
  return new Promise((resolve, reject) => {
    child.on('error', (error) => reject(new Error(`the reader in ${label} cannot run: ${error.message}`)));
    child.on('close', (code) => {
      if (code === 0) resolve(output);
      else reject(new Error(`the reader in ${label} failed; its words are above`));
    });
  });
}
