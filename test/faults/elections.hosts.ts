/**
 * The coordinator changes hands under load: it is cut off and another one is elected by a real etcd, it resigns, or another is promoted. Nobody may
 * grant what another may grant.
 */
import { setTimeout } from 'node:timers/promises';
import test, { type ExecutionContext } from 'ava';
import type { Load } from '../history/load.js';
import type { Operation } from '../history/operation.js';
import { monotonicNs } from '../history/recorder.js';
import { report } from '../history/violation.js';
import { Random } from '../campaign/random.js';
import { ACTIONS } from '../history/actions.js';
import { continueProcess, processStopped } from '../hosts/running.js';
import { loadAt } from './mix.js';
import { copied, type Deed } from './scenes.js';
import { Stage } from './stage.js';
import type { StepName } from './steps.js';
import { openTraps } from './trap.js';
import { NODES, Trio, type NodeName, type TrioOptions } from './trio.js';
import { checkTrioSpace, Watch } from './watch.js';

/** The shortest there is. */
const LEASE_MS = 2000;
/** After the former coordinator's lease is over and another is elected, for some changes. */
const SPARE_MS = 1500;
const REJOIN_WAIT_MS = 500;
const TEST_MS_MAX = 180_000;
/** Before and after whatever happens. */
const OPERATIONS = 150;
const TURNS = 3;

const others = (node: NodeName): NodeName[] => NODES.filter((other) => other !== node);

/** What a coordinator is cut off from, and whether another takes its place. */
const CUTS: readonly { from: string; cut: (trio: Trio, node: NodeName) => Promise<void>; replaced: boolean }[] = [
  { from: 'etcd and the other nodes', cut: (trio, node) => trio.hosts.isolate(trio.host(node)), replaced: true },
  { from: 'etcd', cut: (trio, node) => trio.hosts.cut(trio.host(node), trio.etcdHost), replaced: true },
  {
    from: 'the other nodes',
    cut: async (trio, node) => {
      for (const other of others(node)) await trio.hosts.cut(trio.host(node), trio.host(other));
    },
    replaced: false,
  },
];

async function openTrio(t: ExecutionContext, options: TrioOptions): Promise<Trio> {
  t.timeout(TEST_MS_MAX);
  const trio = await Trio.open({ kind: 'namespaces', ...options });
  t.teardown(() => trio.close());
  return trio;
}

/** All is healed: nothing that was acknowledged is lost, no name has two values, no xid two names, all bytes are accounted for. */
async function requireGood(t: ExecutionContext, trio: Trio, watch: Watch, loads: readonly Load[]): Promise<void> {
  await Promise.all(loads.map((load) => load.progress(OPERATIONS)));
  await Promise.all(loads.map((load) => load.stop()));
  await watch.lookAtEnd(trio);
  const violations = report([...watch.check(trio), ...(await checkTrioSpace(trio))]);
  if (violations !== '') t.log(trio.lastWords(40));
  t.is(violations, '');
  const count = (outcome: string) => watch.recorder.operations.filter((operation) => operation.outcome === outcome);
  t.log(`${watch.recorder.operations.length} operations, ${count('ok').length} ok, ${count('unknown').length} unknown`);
}

/** Changes that were asked for at those nodes within that time. */
function changesAt(watch: Watch, nodes: readonly string[], fromNs: number, toNs: number): Operation[] {
  return watch.recorder.operations.filter(
    ({ node, kind, invokedNs, returnedNs }) =>
      nodes.includes(node) && ['INSERT', 'SET', 'DELETE'].includes(kind) && invokedNs > fromNs && returnedNs < toNs,
  );
}

const made = (changes: readonly Operation[]) => changes.filter(({ outcome }) => outcome === 'ok');

for (const { from, cut, replaced } of CUTS) {
  test(`a coordinator that is cut off from ${from}`, async (t) => {
    const trio = await openTrio(t, { leaseMs: LEASE_MS });
    const watch = new Watch();
    const load = loadAt(trio, watch, NODES, Date.now() % 2 ** 30);
    load.start();
    await load.progress(OPERATIONS);
    const { node: former, term } = trio.tenures().at(-1)!;
    const together = watch.allApart();
    const beforeNs = monotonicNs();
    await cut(trio, former);
    const cutNs = monotonicNs();
    if (replaced) {
      const next = await trio.electedAfter(term);
      const tookMs = (next.atNs - beforeNs) / 1e6;
      t.log(`${former} was cut off, ${next.node} elected after ${tookMs.toFixed(0)} ms`);
      t.not(next.node, former);
      t.true(tookMs <= 2 * LEASE_MS);
    }
    await setTimeout(Math.max(0, cutNs / 1e6 + LEASE_MS - monotonicNs() / 1e6) + SPARE_MS);
    const healNs = monotonicNs();
    await trio.hosts.healAll();
    await trio.joined();
    together();
    await requireGood(t, trio, watch, [load]);

    if (!replaced) {
      t.is(trio.tenures().at(-1)!.term, term, 'it is the coordinator still');
      t.true(made(changesAt(watch, [former], cutNs + LEASE_MS * 1e6, healNs)).length > 0);
      return;
    }
    const leaseEndNs = cutNs + LEASE_MS * 1e6;
    const underNext = trio.joiningsOf(former).find((joinedNs) => joinedNs > cutNs)!;
    const late = changesAt(watch, [former], leaseEndNs, Math.min(underNext, healNs));
    t.deepEqual(made(late), [], 'whatever it is asked for after its lease is refused');
  });
}

test('two coordinators by partition: both sides go on under names of their own, and nothing is lost', async (t) => {
  const trio = await openTrio(t, { leaseMs: LEASE_MS, rejoinWaitMs: REJOIN_WAIT_MS });
  const watch = new Watch();
  const { node: former, term } = trio.tenures().at(-1)!;
  const seed = Date.now() % 2 ** 30;
  const [here, there] = [loadAt(trio, watch, [former], seed), loadAt(trio, watch, others(former), seed + 1)];
  for (const load of [here, there]) {
    load.start();
    await load.progress(OPERATIONS);
  }
  const together = watch.allApart();
  await trio.hosts.isolate(trio.host(former));
  const cutNs = monotonicNs();
  const next = await trio.electedAfter(term);
  await setTimeout(LEASE_MS);
  const healNs = monotonicNs();
  await trio.hosts.healAll();
  await trio.joined();
  together();
  await requireGood(t, trio, watch, [here, there]);
  t.true(made(changesAt(watch, [former], cutNs, cutNs + LEASE_MS * 1e6)).length > 0, 'as long as its lease lasts');
  const late = changesAt(watch, [former], cutNs + LEASE_MS * 1e6, healNs);
  t.deepEqual(made(late), []);
  t.true(made(changesAt(watch, others(former), next.atNs, healNs)).length > 0, 'the others have their own by then');
});

test('a coordinator that resigns again and again', async (t) => {
  const trio = await openTrio(t, { leaseMs: 10 * LEASE_MS });
  const watch = new Watch();
  const load = loadAt(trio, watch, NODES, Date.now() % 2 ** 30);
  load.start();
  for (let turn = 0; turn < TURNS; turn++) {
    await load.progress(OPERATIONS);
    const { node: former, term } = trio.tenures().at(-1)!;
    const together = watch.allApart();
    const askedNs = monotonicNs();
    await trio.server(former).kill('SIGTERM');
    const next = await trio.electedAfter(term);
    t.not(next.node, former);
    t.true(next.atNs - askedNs < LEASE_MS * 1e6, 'long before the lease would have been over');
    await trio.server(former).start();
    await trio.joined();
    together();
  }
  await requireGood(t, trio, watch, [load]);
});

test('coordinators that are promoted one after the other', async (t) => {
  const trio = await openTrio(t, {});
  const watch = new Watch();
  const load = loadAt(trio, watch, NODES, Date.now() % 2 ** 30);
  load.start();
  for (const node of [...others(NODES[0]), NODES[0]]) {
    await load.progress(OPERATIONS);
    const together = watch.allApart();
    const link = trio.link(node);
    await link.call('FABRIC.PROMOTE', node);
    link.close();
    await trio.joined();
    together();
  }
  await requireGood(t, trio, watch, [load]);
});

/** A coordinator that is stopped at a step, what it was asked for, and what the others do under its successor. */
const STOPPED: readonly {
  step: StepName;
  before: (coordinator: NodeName, other: NodeName) => readonly Deed[];
  act: (coordinator: NodeName, other: NodeName) => Deed;
  meanwhile: Deed[1];
}[] = [
  {
    step: 'leave to be sent',
    before: () => [],
    act: (coordinator) => [coordinator, ACTIONS.INSERT],
    meanwhile: ACTIONS.INSERT,
  },
  {
    step: 'leave given',
    before: () => [],
    act: (coordinator) => [coordinator, ACTIONS.INSERT],
    meanwhile: ACTIONS.INSERT,
  },
  { step: 'leave to be sent', before: () => [], act: (_, other) => [other, ACTIONS.INSERT], meanwhile: ACTIONS.INSERT },
  {
    step: 'leave given',
    before: (_, other) => copied(other, ''),
    act: (coordinator) => [coordinator, ACTIONS.SET],
    meanwhile: ACTIONS.SET,
  },
  {
    step: 'told of the outcome',
    before: (_, other) => copied(other, ''),
    act: (coordinator) => [coordinator, ACTIONS.SET],
    meanwhile: ACTIONS.SET,
  },
  {
    step: 'to be removed',
    before: (coordinator, other) => copied(other, '', coordinator),
    act: (coordinator) => [coordinator, ACTIONS.DELETE],
    meanwhile: ACTIONS.SET,
  },
  {
    step: 'removal to be noted',
    before: (coordinator, other) => copied(other, '', coordinator),
    act: (_, other) => [other, ACTIONS.DELETE],
    meanwhile: ACTIONS.INSERT,
  },
];

test('a coordinator that is stopped in the middle of a change, and goes on when another has given the name away', async (t) => {
  const { traps, env } = openTraps();
  const trio = await openTrio(t, { leaseMs: LEASE_MS, rejoinWaitMs: REJOIN_WAIT_MS, env });
  for (const [number, { step, before, act, meanwhile }] of STOPPED.entries()) {
    const { node: former, term } = trio.tenures().at(-1)!;
    const [other, third] = others(former) as [NodeName, NodeName];
    const stage = new Stage(trio, `stopped ${number}`, new Random(number));
    for (const deed of before(former, other)) await stage.perform(...deed);
    await stage.ask(former, 'DBSIZE');
    const trap = traps.get(former)!;
    trap.set(step);
    const asked = stage.perform(...act(former, other));
    t.true(await trap.sprung(), `${former} comes to '${step}'`);
    trap.clear();
    const { pid } = trio.server(former);
    await processStopped(pid);
    const together = stage.watch.allApart();
    await trio.electedAfter(term);
    await stage.until('the others go on', async () => (await stage.ask(third, 'DBSIZE')) !== undefined);
    await stage.perform(third, meanwhile);
    await continueProcess(pid);
    await asked;
    await trio.joined();
    together();
    await stage.watch.lookAtEnd(trio);
    const violations = report([...stage.overdue, ...stage.watch.check(trio), ...(await checkTrioSpace(trio))]);
    t.is(violations, '', `at '${step}' of ${act(former, other)[0] === former ? 'its own' : 'another'}`);
  }
});
