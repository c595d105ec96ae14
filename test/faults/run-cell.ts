/** One cell of the matrix, on a trio that is whole before and after. */
import { setTimeout } from 'node:timers/promises';
import { Random } from '../campaign/random.js';
import { describe } from '../history/operation.js';
import { report } from '../history/violation.js';
import { continueProcess, processStopped } from '../hosts/running.js';
import type { Cell } from './cells.js';
import { Crowd } from './crowd.js';
import type { Scene } from './scenes.js';
import { Stage } from './stage.js';
import type { Trap } from './trap.js';
import { COORDINATOR, DOWN_MS, type NodeName, type Trio } from './trio.js';
import { checkTrioSpace, type Watch } from './watch.js';

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
  const stage = new Stage(trio, name, random);
  const { watch } = stage;
  const trap = traps.get(node)!;
  for (const deed of scene.before) await stage.perform(...deed);
  // Who inserts tells of it later: the coordinator has heard of it before it answers this.
  await stage.ask(COORDINATOR, 'DBSIZE');
  if (scene.away) await takeAway(stage, scene.away);
  const { act } = scene;
  const errand = typeof act === 'function' ? act(stage) : { begin: () => stage.perform(...act), end: () => undefined };
  trap.set(step);
  const acted = errand.begin();
  const reached = await trap.sprung();
  trap.clear();
  if (reached) {
    stage.apart(victim);
    const stepper = trio.server(node).pid;
    await processStopped(stepper);
    if (victim !== node || fault.name !== 'stopped') await fault.strike(trio, victim);
    if (victim !== node || !['killed', 'stopped'].includes(fault.name)) await continueProcess(stepper);
    const crowd = new Crowd(trio, watch.recorder, stage.names, random);
    await setTimeout(FAULT_MS * random.fraction() ** 0.3);
    await fault.heal(trio, victim);
    await trio.hosts.healAll();
    await errand.end();
    await trio.joined();
    stage.together();
    await crowd.leave();
  } else {
    await trio.hosts.healAll();
    await errand.end();
  }
  await acted;
  await trio.joined();
  await watch.lookAtEnd(trio);
  const violations = [...stage.overdue, ...watch.check(trio), ...(await checkTrioSpace(trio))];
  await cleanUp(stage);
  return { reached, violations: violations.length === 0 ? '' : `${report(violations)}\n${historyOf(watch)}` };
}

const historyOf = ({ recorder: { operations } }: Watch): string =>
  operations.map((operation) => describe(operation, operations[0]!.invokedNs)).join('\n');

async function takeAway(stage: Stage, { node, how, meanwhile = [] }: NonNullable<Scene['away']>): Promise<void> {
  const { trio } = stage;
  stage.apart(node);
  if (how === 'killed') await trio.server(node).kill('SIGKILL');
  else await trio.hosts.isolate(trio.host(node));
  await trio.down(node);
  for (const deed of meanwhile) await stage.perform(...deed);
}

async function cleanUp({ trio, names }: Stage): Promise<void> {
  const link = trio.link(COORDINATOR);
  await link.call('FABRIC.DELETE', ...names);
  link.close();
}
