/** Nodes of their own for stores that a long-lived one doesn't make: at the first start, and when a segment is damaged. */
import { truncateSync, unlinkSync } from 'node:fs';
import { Refused } from '../campaign/link.js';
import { total } from '../campaign/figures.js';
import { payloadOf } from '../campaign/payload.js';
import { checkFigures, expect, expectSame } from './checks.js';
import type { Trap } from './control.js';
import { objectsOf, takeInventory } from './inventory.js';
import { NodeUnderTest } from './node-under-test.js';
import type { StorePoint } from './store-points.js';

const SEED = 1;
const LENGTH = 5000;
const NAMES = ['first', 'second', 'third'];

export interface ShortLife {
  points: readonly StorePoint[];
  /** Where it is killed; absent: nowhere. */
  trap?: Trap;
  /** A commit that is left out. */
  omitted?: string;
}

/** Each resolves to whether the trap was reached; what isn't as it must be throws. */
type Life = (node: NodeUnderTest, trap: Trap | undefined) => Promise<boolean>;

async function live(life: Life, { points, trap, omitted }: ShortLife): Promise<boolean> {
  const node = new NodeUnderTest(points, [2]);
  if (omitted !== undefined) node.control.omit(omitted);
  try {
    return await life(node, trap);
  } finally {
    await node.dispose();
  }
}

/** Killed during its first start, it begins anew as if nothing had been. */
export const birth = (what: ShortLife): Promise<boolean> =>
  live(async (node, trap) => {
    const died = trap !== undefined && (await node.startInto(trap));
    if (trap === undefined || died) await node.start();
    await checkEmpty(node);
    await store(node);
    await pin(node);
    await node.server.restart('SIGKILL');
    await checkFound(node, NAMES);
    return died;
  }, what);

/** The object of its segment is removed while it is down: what was in it is lost once, not at every start. */
export const loss = (what: ShortLife): Promise<boolean> =>
  live(async (node, trap) => {
    await node.start();
    await store(node);
    await node.server.kill('SIGKILL');
    unlinkSync(`/dev/shm${segmentOf(node)}`);
    const died = trap !== undefined && (await node.startInto(trap));
    if (trap === undefined || died) await node.start();
    await checkEmpty(node);
    await node.server.restart('SIGKILL');
    expectSame('segments lost again', node.report().lostSegments, []);
    await checkEmpty(node);
    return died;
  }, what);

/** Its segment is truncated while it serves: an INSERT is refused and leaves nothing. */
export const truncation = (what: ShortLife): Promise<boolean> =>
  live(async (node, trap) => {
    await node.start();
    await store(node);
    truncateSync(`/dev/shm${segmentOf(node)}`, 0);
    if (trap !== undefined) node.control.arm(trap);
    const link = node.link();
    const end = await link.call('SET', 'fourth', payloadOf(SEED, LENGTH)).catch((error: unknown) => error);
    node.control.disarm();
    const died = trap !== undefined && node.control.killed() === trap.point;
    expect(died || end instanceof Refused, () => `SET into a truncated segment: ${String(end)}`);
    link.close();
    await node.server.restart('SIGKILL');
    expectSame('segments lost', node.report().lostSegments, [segmentOf(node)]);
    await checkEmpty(node);
    return died;
  }, what);

const segmentOf = (node: NodeUnderTest) => `/${node.server.prefix}.${node.server.node}.s0001`;

async function store(node: NodeUnderTest): Promise<void> {
  const link = node.link();
  for (const name of NAMES) await link.call('SET', name, payloadOf(SEED, LENGTH));
  link.close();
}

async function pin(node: NodeUnderTest): Promise<void> {
  const link = node.link();
  await link.call('FABRIC.PTR', NAMES[0]!);
  link.close();
}

async function checkEmpty(node: NodeUnderTest): Promise<void> {
  const segments = await checkFound(node, []);
  expectSame('free bytes', total(segments, 'freeBytes'), total(segments, 'bytes'));
}

async function checkFound(node: NodeUnderTest, names: readonly string[]) {
  const link = node.link();
  const inventory = await takeInventory(node, link.call);
  checkFigures(node, inventory);
  expectSame('DBSIZE', await link.call('DBSIZE'), names.length);
  for (const name of names) {
    const bytes = (await link.call('GET', name)) as Buffer | null;
    expect(bytes?.equals(payloadOf(SEED, LENGTH)) === true, () => `${name} hasn't its bytes`);
  }
  link.close();
  const base = `/${node.server.prefix}.${node.server.node}.`;
  const owned = [
    ...inventory.segments.map(({ sharedId }) => sharedId),
    `${base}catalog`,
    `${base}lock`,
    `${base}slots`,
  ];
  expectSame('objects in /dev/shm', objectsOf(node), owned.sort());
  return inventory.segments;
}
