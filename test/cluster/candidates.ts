/** Three candidates at one etcd, each through gates of its own. */
import type { ExecutionContext } from 'ava';
import { Gate } from '../hosts/gate.js';
import { Proxy } from '../hosts/proxy.js';
import { EtcdServer } from '../support/etcd.js';
import { freePorts } from '../support/free-ports.js';
import { Candidate, Hearing, clock } from './candidate.js';
import { violationsOf } from './tenures.js';

export const LEASE_MS = 2000;
const NODES = ['alpha', 'beta', 'gamma'];

export interface Seen {
  etcd: EtcdServer;
  hearing: Hearing;
  candidate: (node: string) => Candidate;
  /** Between that candidate and etcd. */
  gates: (node: string) => Proxy['gates'];
  /** The first who is elected from now on, or was since. */
  electedSince: (since: number) => Promise<{ node: string; term: number; at: number }>;
  /** There were never two at once, and somebody granted something. */
  check: () => void;
}

/** All of them stand, and one of them was elected. */
export async function threeCandidates(t: ExecutionContext, leaseMs = LEASE_MS): Promise<Seen> {
  t.timeout(120_000);
  const etcd = await EtcdServer.open(t);
  const hearing = new Hearing();
  const ports = await freePorts(NODES.length);
  const begun = clock();
  const stands = await Promise.all(
    NODES.map(async (node, index) => {
      const gates = { there: new Gate(), back: new Gate() };
      const at = { host: '127.0.0.1', port: ports[index]! };
      const proxy = await Proxy.listen(at, { host: '127.0.0.1', port: etcd.port }, gates);
      t.teardown(() => proxy.close());
      const options = { node, cluster: 'test', endpoints: [`http://127.0.0.1:${at.port}`], leaseMs };
      const candidate = new Candidate(t, options, hearing);
      candidate.start();
      return { candidate, gates };
    }),
  );
  const of = (node: string) => stands[NODES.indexOf(node)]!;
  const seen: Seen = {
    etcd,
    hearing,
    candidate: (node) => of(node).candidate,
    gates: (node) => of(node).gates,
    electedSince: (since) => hearing.first('elected', since),
    check: () => {
      t.deepEqual(violationsOf(hearing.all), []);
      t.true(hearing.all.some(({ kind }) => kind === 'grant'));
    },
  };
  const { node: leader } = await seen.electedSince(begun);
  for (const node of NODES)
    await hearing.first('leader', begun, (told) => told.node === node && told.leader === leader);
  return seen;
}
