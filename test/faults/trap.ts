/** Where a node is to stop next. */
import { readFileSync, writeFileSync } from 'node:fs';
import { setTimeout } from 'node:timers/promises';
import { SPRUNG, TRAP_VARIABLE, type StepName } from './steps.js';

const SET_MS_MAX = 5000;

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
