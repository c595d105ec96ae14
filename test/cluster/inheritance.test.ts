/** A coordinator takes over what the one before it had begun: as nodes tell, with real stores as their memory. */
import test, { type ExecutionContext } from 'ava';
import type { ClusterConfig } from '../../dist/cluster/config.js';
import { Coordinator } from '../../dist/cluster/coordinator.js';
import { digestOf } from '../../dist/cluster/kin.js';
import { Pages } from '../../dist/cluster/pages.js';
import { PEER_PROTOCOL, type Copy, type MemberPort, type Tombstone } from '../../dist/cluster/peer-messages.js';
import { native, type NativeStore } from '../../dist/native.js';
import { officePort } from '../../dist/cluster/ports.js';
import { openStore } from '../support/store.js';

const NAME = Buffer.from('default/x');
const TERM = 7;
const SEGMENT_BYTES = 2 << 20;
const INVENTORY_BYTES = 32_768;
const [OLD, NEW, THIRD] = [1, 2, 3];

class Node {
  readonly forgiven: number[] = [];
  readonly port: MemberPort;

  constructor(
    readonly name: string,
    readonly store: NativeStore,
  ) {
    const done = (act: () => unknown) => {
      act();
      return Promise.resolve();
    };
    this.port = {
      inventory: (_term: number, cursor: number) => Promise.resolve(store.inventory(cursor, INVENTORY_BYTES)),
      remove: (_term: number, xid: number) => done(() => store.removeXid(xid)),
      veil: (_term: number, xid: number) => done(() => store.veil(xid)),
      unveil: (_term: number, xid: number) => done(() => store.unveil(xid)),
      keep: () => Promise.resolve(),
      forgive: (_term: number, xids: readonly number[]) => done(() => this.forgiven.push(...xids)),
    } as unknown as MemberPort;
  }

  /** Seals a variable of that xid. */
  put(xid: number): Copy {
    const bytes = Buffer.from(`value ${xid}`);
    const { length } = bytes;
    const entry = this.store.reserve({ name: NAME, documentation: '', type: 'bytes', length, xid, replace: true });
    this.store.write(entry, 0, bytes);
    this.store.seal(entry, native.crc32c(bytes));
    return { node: this.name, ...this.store.describe(entry) };
  }

  has(xid: number): boolean {
    return this.store.findXid(xid) !== undefined;
  }
}

/** Three nodes and a coordinator that none of them has joined. */
async function open(t: ExecutionContext) {
  const nodes = await Promise.all(
    [0, 1, 2].map(async () => {
      const { store, sharedId } = await openStore(t, SEGMENT_BYTES);
      return new Node(sharedId.split('.')[1]!, store);
    }),
  );
  const config = {
    name: 'test',
    nodes: nodes.map(({ name }) => ({ name, zone: name, weight: 1 })),
    heartbeatMs: 60_000,
    downMs: 60_000,
    rejoinWaitMs: 0,
    replaceMs: 0,
  } as unknown as ClusterConfig;
  const coordinator = new Coordinator({
    config,
    pages: new Pages(native.openYellowPages()),
    term: TERM,
    deadline: () => Infinity,
    grantEpoch: (above) => Promise.resolve(above + 1),
    member: (name) => nodes.find((node) => node.name === name)!.port,
    now: () => 0,
    log: { info: () => undefined, warn: () => undefined },
  });
  t.teardown(() => coordinator.close());
  const join = ({ name: node }: Node, tombstones: readonly Tombstone[] = []) => {
    const kin = { cluster: config.name, protocol: PEER_PROTOCOL, digest: digestOf(config) };
    const kept = { tombstones, begunEpoch: 0, farewells: [] };
    return coordinator.join({ ...kin, node, incarnation: node, joining: 1, epoch: 1, variables: 1, ...kept });
  };
  const found = async () => (await coordinator.find(NAME, 0)).map(({ node, xid }) => [node, xid]);
  const conflicts = async () => (await coordinator.conflicts(0)).conflicts.map(({ xid }) => xid);
  return { nodes: nodes as [Node, Node, Node], coordinator, join, found, conflicts };
}

for (const [order, writerFirst] of [
  ['its writer', true],
  ['who has the former one', false],
] as const) {
  test(`a value whose leave another coordinator gave has its name, though ${order} joins first`, async (t) => {
    const { nodes, coordinator, join, found, conflicts } = await open(t);
    const [writer, other] = nodes;
    const former = [other.put(OLD)];
    const copies = [writer.put(NEW)];
    for (const node of writerFirst ? [writer, other] : [other, writer]) await join(node);
    await coordinator.ended(writer.name, TERM, [{ name: NAME, xid: NEW, copies, unclear: [], former }]);
    t.deepEqual(await found(), [[writer.name, NEW]]);
    t.deepEqual(await conflicts(), []);
    t.false(other.has(OLD));
    t.not(writer.store.find(NAME), undefined, 'its name finds it on its own node');
  });
}

test('a value whose name is a third one by then goes, as if it had been replaced', async (t) => {
  const { nodes, coordinator, join, found, conflicts } = await open(t);
  const [writer, other, third] = nodes;
  const former = [other.put(OLD)];
  other.store.removeXid(OLD);
  const copies = [writer.put(NEW)];
  third.put(THIRD);
  for (const node of [third, other, writer]) await join(node);
  t.deepEqual(await conflicts(), [NEW]);
  await coordinator.ended(writer.name, TERM, [{ name: NAME, xid: NEW, copies, unclear: [], former }]);
  t.deepEqual(await found(), [[third.name, THIRD]]);
  t.deepEqual(await conflicts(), []);
  t.false(writer.has(NEW));
});

test('whoever waits for the end of a commit is told when the coordinator is another', async (t) => {
  const { nodes, coordinator, join } = await open(t);
  for (const node of nodes) await join(node);
  const [writer] = nodes;
  const port = officePort(coordinator, (work) => coordinator.during(work));
  const candidate = { name: NAME, xid: NEW, length: 1, crc32c: 0, replace: false, replicas: 1, copies: [] };
  t.deepEqual(await port.commit(writer.name, TERM, candidate), []);
  const waiting = [port.find(NAME, 0), port.commit(writer.name, TERM, { ...candidate, xid: THIRD }), port.scan(0, 1)];
  coordinator.close();
  for (const asked of waiting) await t.throwsAsync(asked, { code: 'FENCED', message: /another will be there/ });
  await t.throwsAsync(port.fate(NAME, NEW), { code: 'FENCED' });
});

test('what was removed goes from a node that joined before anybody told of that', async (t) => {
  const { nodes, join, found, conflicts } = await open(t);
  const [early, late, third] = nodes;
  await join(third);
  early.put(OLD);
  await join(early);
  t.deepEqual(await found(), [[early.name, OLD]]);
  late.put(NEW);
  await join(late, [{ name: NAME, xid: OLD, awaited: [early.name] }]);
  t.deepEqual(await found(), [[late.name, NEW]]);
  t.deepEqual(await conflicts(), []);
  t.false(early.has(OLD));
  t.true(early.forgiven.includes(OLD), 'nobody keeps a tombstone for it any more');
});
