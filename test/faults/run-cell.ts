/** One cell of the matrix, on a trio that is whole before and after. */
import { setTimeout } from 'node:timers/promises';
import { Random } from '../campaign/random.js';
import { Load } from '../history/load.js';
import { describe } from '../history/operation.js';
import { report } from '../history/violation.js';
import { continueProcess, processStopped } from '../hosts/running.js';
import type { Cell } from './cells.js';
import { act, Crowd, turnOf } from './crowd.js';
import type { Trap } from './trap.js';
import { DOWN_MS, NODES, type NodeName, type Trio } from './trio.js';
import { checkTrioSpace, Watch } from './watch.js';

/** Whoever is silent counts as down before that. */
const FAULT_MS = 1.6 * DOWN_MS;

export interface Scenery {
  trio: Trio;
  traps: ReadonlyMap<NodeName, Trap>;
}

export interface Result {
  /** The node came to the step, and the fault struck there. */
  reached: boolean;
  violations: string;
}

export async function runCell({ trio, traps }: Scenery, cell: Cell, name: string, seed: number): Promise<Result> {
  const { scene, node, step, fault, victim } = cell;
  const random = new Random(seed);
  const watch = new Watch();
  const trap = traps.get(node)!;
  for (const [by, action] of scene.before) await perform(trio, watch, by, { name, ...action(turnOf(name, random)) });
  const together = scene.away && watch.apart(scene.away);
  if (scene.away) await takeAway(trio, scene.away);
  trap.set(step);
  const change = perform(trio, watch, scene.by, { name, ...scene.action(turnOf(name, random)) });
  const reached = await trap.sprung();
  trap.clear();
  if (reached) {
    const joined = watch.apart(victim);
    const stepper = trio.server(node).pid;
    await processStopped(stepper);
    if (victim !== node || fault.name !== 'stopped') await fault.strike(trio, victim);
    if (victim !== node || !['killed', 'stopped'].includes(fault.name)) await continueProcess(stepper);
    const crowd = new Crowd(trio, watch.recorder, name, random);
    await setTimeout(FAULT_MS * random.fraction() ** 0.3);
    await fault.heal(trio, victim);
    await trio.hosts.healAll();
    await trio.joined();
    joined();
    together?.();
    await crowd.leave();
  } else await trio.hosts.healAll();
  await change;
  await trio.joined();
  await lookAtEnd(trio, watch);
  const violations = [...watch.check(trio), ...(await checkTrioSpace(trio))];
  await cleanUp(trio, name);
  return { reached, violations: violations.length === 0 ? '' : `${report(violations)}\n${historyOf(watch)}` };
}

const historyOf = ({ recorder: { operations } }: Watch): string =>
  operations.map((operation) => describe(operation, operations[0]!.invokedNs)).join('\n');

async function perform(trio: Trio, watch: Watch, node: string, attempt: Parameters<typeof act>[3]): Promise<void> {
  const link = trio.link(node);
  await act(watch.recorder, { client: `at ${node}`, node }, link, attempt);
  link.close();
}

async function takeAway(trio: Trio, node: NodeName): Promise<void> {
  await trio.hosts.isolate(trio.host(node));
  await trio.down(node);
}

async function lookAtEnd(trio: Trio, watch: Watch): Promise<void> {
  const clients = NODES.map((node) => trio.client(node, `last at ${node}`));
  await new Load(watch.recorder, { seed: 0, clients }).lookAtEnd();
}

async function cleanUp(trio: Trio, name: string): Promise<void> {
  const link = trio.link(NODES[0]);
  await link.call('FABRIC.DELETE', name);
  link.close();
}
