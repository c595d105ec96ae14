/** Faults at any moment, under load: finds what nobody thought of. */
import { setTimeout } from 'node:timers/promises';
import { Random } from '../campaign/random.js';
import { report } from '../history/violation.js';
import { FAULTS } from './faults.js';
import { loadAt } from './mix.js';
import type { HostsKind } from '../hosts/hosts.js';
import { DOWN_MS, NODES, Trio } from './trio.js';
import { checkTrioSpace, Watch } from './watch.js';

const FAULTS_PER_SPELL = 4;

interface Spell {
  faults: string[];
  operations: number;
  violations: string;
}

/** Spells until the time is over, or one of them ends badly. */
export async function storm(kind: HostsKind | undefined, seed: number, seconds: number): Promise<boolean> {
  const trio = await Trio.open({ kind });
  try {
    const end = performance.now() + seconds * 1000;
    for (let number = seed; performance.now() < end; number++) {
      const { faults, operations, violations } = await spell(trio, number);
      console.log(`seed ${number}: ${operations} operations, ${faults.join(', ')}`);
      if (violations === '') continue;
      console.log(`${violations}\n${trio.lastWords()}`);
      return false;
    }
    return true;
  } finally {
    await trio.close();
  }
}

/** Some faults, then quiet, and a look at everything. */
async function spell(trio: Trio, seed: number): Promise<Spell> {
  const random = new Random(seed);
  const watch = new Watch();
  const load = loadAt(trio, watch, NODES, seed);
  const faults: string[] = [];
  load.start();
  for (let number = 0; number < FAULTS_PER_SPELL; number++) {
    await setTimeout(random.between(50, 300));
    const [fault, node] = [random.pick(FAULTS), random.pick(NODES)];
    faults.push(`${node} ${fault.name}`);
    const together = watch.apart(node);
    await fault.strike(trio, node);
    await setTimeout(random.between(10, 3 * DOWN_MS));
    await fault.heal(trio, node);
    await trio.joined();
    together();
  }
  await setTimeout(random.between(50, 300));
  await load.stop();
  await watch.lookAtEnd(trio);
  const space = await checkTrioSpace(trio);
  const violations = [...watch.check(trio), ...space];
  return { faults, operations: watch.recorder.operations.length, violations: report(violations) };
}
