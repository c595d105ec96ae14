/** A coordinator that none of its nodes has joined yet; real stores are their memory, and nothing goes over a network. */
import type { ExecutionContext } from 'ava';
import type { ClusterConfig } from '../../dist/cluster/config.js';
import { Coordinator } from '../../dist/cluster/coordinator.js';
import { digestOf } from '../../dist/cluster/kin.js';
import { Pages } from '../../dist/cluster/pages.js';
import { PEER_PROTOCOL, type Copy, type MemberPort, type Tombstone } from '../../dist/cluster/peer-messages.js';
import { native, type NativeStore } from '../../dist/native.js';
import { openStore } from '../support/store.js';

export const NAME = Buffer.from('default/x');
export const TERM = 7;
const SEGMENT_BYTES = 2 << 20;
const INVENTORY_BYTES = 32_768;

export class Node {
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
export async function openCoordinator(
  t: ExecutionContext,
  { heartbeatMs = 60_000, downMs = 60_000, now = (): number => 0 } = {},
) {
  const nodes = await Promise.all(
    [0, 1, 2].map(async () => {
      const { store, sharedId } = await openStore(t, SEGMENT_BYTES);
      return new Node(sharedId.split('.')[1]!, store);
    }),
  );
  const config = {
    name: 'test',
    nodes: nodes.map(({ name }) => ({ name, zone: name, weight: 1 })),
    heartbeatMs,
    downMs,
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
    now,
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
