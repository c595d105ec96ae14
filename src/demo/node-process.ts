/** A server for the demo: a node of its own that is gone afterwards. */
import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { onceAtEnd } from './cleanup.js';

export interface DemoNode {
  readonly pid: number;
  readonly port: number;
  /** Ends the server and removes its shared memory. */
  stop(): Promise<void>;
}

const CLI = fileURLToPath(new URL('../cli/main.js', import.meta.url));
const READY_FD = 3;

export async function startNode(segmentsMib: readonly number[], sourceRoots: readonly string[]): Promise<DemoNode> {
  const folder = mkdtempSync(join(tmpdir(), 'datafabric-demo-'));
  const name = `demo-${process.pid}`;
  const config = join(folder, 'demo.toml');
  writeFileSync(config, configText(name, segmentsMib, sourceRoots));
  const child = spawn(process.execPath, [CLI, 'serve', '--config', config, '--ready-fd', String(READY_FD)], {
    stdio: ['ignore', 'ignore', 'inherit', 'pipe'],
    env: { ...process.env, DATAFABRIC_PASSWORD: '' },
  });
  const stop = onceAtEnd(async () => {
    await end(child);
    spawnSync(process.execPath, [CLI, 'purge', '--yes', '--config', config]);
    rmSync(`/dev/shm/fabric.${name}.lock`, { force: true });
    rmSync(folder, { recursive: true, force: true });
  });
  const ready = await textOf(child.stdio[READY_FD] as Readable);
  if (ready === '') {
    await stop();
    throw new Error("the demo's server did not start; its words are above");
  }
  const { addresses } = JSON.parse(ready) as { addresses: string[] };
  return { pid: child.pid!, port: Number(addresses[0]!.split(':').at(-1)), stop };
}

function configText(name: string, segmentsMib: readonly number[], sourceRoots: readonly string[]): string {
  return [
    `[node]\nname = "${name}"\nstate_dir = "state"\nsegments_mib = ${JSON.stringify(segmentsMib)}`,
    '[listen]\nport = 0',
    `[security]\nsource_roots = ${JSON.stringify(sourceRoots)}`,
    '[log]\nlevel = "warn"\n',
  ].join('\n');
}

/** SIGTERM, and waits until the process is gone. */
export async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exited = once(child, 'exit');
  child.kill();
  await exited;
}

async function textOf(stream: Readable): Promise<string> {
  let text = '';
  for await (const chunk of stream.setEncoding('utf8')) text += chunk as string;
  return text;
}
