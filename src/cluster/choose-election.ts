/** The way of choosing the coordinator that the configuration asks for. */
import { performance } from 'node:perf_hooks';
import type { ClusterConfig } from './config.js';
import type { Election, ElectionEvents, ElectionLog } from './election.js';
import { EtcdElection } from './election-etcd.js';
import { StaticElection } from './election-static.js';
import type { Seat, SeatFile } from './seat.js';

export interface ElectionParts {
  config: ClusterConfig;
  node: string;
  /** Raises the node's epoch above that one; on disk before it is returned. */
  raiseEpoch: (above: number) => number;
  /** The highest term this node has heard of. */
  termAbove: () => number;
  /** Where nobody is elected: who coordinates, as this node knows it, and as the others do that answer. */
  seats: SeatFile;
  askOthers: () => Promise<readonly Seat[]>;
  events: ElectionEvents;
  log: ElectionLog;
}

export function chooseElection(parts: ElectionParts): Election {
  const { config, node, raiseEpoch, termAbove, seats, askOthers, events, log } = parts;
  if (config.election === 'none')
    return new StaticElection({ node, seats, askOthers, askMs: config.downMs, raiseEpoch, events, log });
  return new EtcdElection({
    cluster: config.name,
    node,
    address: {
      endpoints: config.etcdEndpoints,
      user: config.etcdUser,
      password: config.etcdPassword,
      ca: config.etcdCa,
      cert: config.etcdCert,
      key: config.etcdKey,
    },
    leaseMs: config.leaseMs,
    termAbove,
    events,
    now: () => performance.now(),
    log,
  });
}
