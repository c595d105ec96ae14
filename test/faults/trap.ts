/** Where a node is to stop next. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import type { Host } from '../hosts/host.js';
import { SPRUNG, TRAP_VARIABLE, type StepName } from './steps.js';
import type { NodeName } from './trio.js';

const SET_MS_MAX = 20_000;

export class Trap {
  constructor(readonly path: string) {
    this.clear();
  }

  get env(): NodeJS.ProcessEnv {
    const preload = new URL('stepping.js', import.meta.url).href;
    return { [TRAP_VARIABLE]: this.path, NODE_OPTIONS: `--import=${preload}` };
  }

  set(step: StepName): void {
    writeFileSync(this.path, step);
  }

  clear(): void {
    writeFileSync(this.path, '');
  }

  /** False when nobody came there. */
  async sprung(): Promise<boolean> {
    const deadline = performance.now() + SET_MS_MAX;
    while (readFileSync(this.path, 'utf8') !== SPRUNG) {
      if (performance.now() > deadline) return false;
      await setTimeout(2);
    }
    return true;
  }
}

/** One on each host, with what its node's process must have in its environment. */
export function openTraps(): { traps: ReadonlyMap<NodeName, Trap>; env: (host: Host) => NodeJS.ProcessEnv } {
  const traps = new Map<NodeName, Trap>();
  const env = (host: Host) => {
    const trap = new Trap(join(host.folder, 'trap'));
    traps.set(host.name as NodeName, trap);
    return trap.env;
  };
  return { traps, env };
}
