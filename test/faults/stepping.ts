/** Preloaded into nodes under test: when a file names a step, the node stops there, as if by SIGSTOP, once. Nodes have no such steps themselves. */
import { readFileSync, writeFileSync } from 'node:fs';
import type { Stored } from '../../dist/fabric/gate.js';
import { SPRUNG, STEPS, TRAP_VARIABLE, type Step } from './steps.js';

type Method = (this: unknown, ...args: unknown[]) => unknown;

const file = process.env[TRAP_VARIABLE]!;

function pass(name: string): void {
  if (readFileSync(file, 'utf8') !== name) return;
  writeFileSync(file, SPRUNG);
  process.kill(process.pid, 'SIGSTOP');
}

async function watch({ name, module, part, method, when, verb }: Step): Promise<void> {
  const exported = (await import(new URL(`../../dist/${module}`, import.meta.url).href)) as Record<
    string,
    { prototype: Record<string, Method> }
  >;
  const { prototype } = exported[part]!;
  const original = prototype[method]!;
  prototype[method] = part === 'Cluster' ? sealing(original, name) : around(original, name, when, verb);
}

function around(original: Method, name: string, when: Step['when'], verb: string | undefined): Method {
  return function (...args) {
    if (verb !== undefined && args[1] !== verb) return original.apply(this, args);
    if (when === 'before') pass(name);
    const result = original.apply(this, args);
    if (when === 'before') return result;
    if (!(result instanceof Promise)) {
      pass(name);
      return result;
    }
    return result.then((value: unknown) => {
      pass(name);
      return value;
    });
  };
}

/** The seal is an argument of what is published. */
function sealing(original: Method, name: string): Method {
  return function (...args) {
    const [stored, ...rest] = args as [Stored];
    const seal = () => {
      stored.seal();
      pass(name);
    };
    return original.apply(this, [{ ...stored, seal }, ...rest]);
  };
}

for (const step of STEPS) await watch(step);
