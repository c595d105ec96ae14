/** A process that stands for election, and grants whenever it may: it says so in lines of JSON. */
import { writeSync } from 'node:fs';
import { performance } from 'node:perf_hooks';
import { EtcdElection } from '../../dist/cluster/election-etcd.js';
import type { CandidateOptions, Told } from './candidate.js';

/** Between grants. */
const GRANT_MS = 5;

/** From this process' clock to that which all processes of the machine share; the least of some is the one that nothing came between. */
const sinceMs = Math.min(
  ...Array.from({ length: 9 }, () => -performance.now() + Number(process.hrtime.bigint()) / 1e6),
);
const clock = (): number => sinceMs + performance.now();

const tell = (told: Told): void => void writeSync(1, `${JSON.stringify(told)}\n`);

const { node, cluster, endpoints, leaseMs } = JSON.parse(process.argv[2]!) as CandidateOptions;
let office: { term: number; deadline: () => number } | undefined;

function grant(): void {
  if (office === undefined) return;
  const { term, deadline } = office;
  const deadlineMs = deadline();
  // The moment of the comparison, and no later one, is when it was granted.
  const nowMs = performance.now();
  const kind = nowMs < deadlineMs ? 'grant' : 'refusal';
  tell({ kind, node, term, at: sinceMs + nowMs, until: sinceMs + deadlineMs });
}

const election = new EtcdElection({
  cluster,
  node,
  address: { endpoints, user: undefined, password: undefined, ca: undefined, cert: undefined, key: undefined },
  leaseMs,
  termAbove: () => 0,
  now: () => performance.now(),
  events: {
    onElected: (term, deadline) => {
      office = { term, deadline };
      tell({ kind: 'elected', node, term, at: clock(), until: sinceMs + deadline() });
    },
    onDeposed: () => {
      const term = office!.term;
      office = undefined;
      tell({ kind: 'deposed', node, term, at: clock() });
    },
    onLeader: (leader) => tell({ kind: 'leader', node, at: clock(), leader: leader?.node, term: leader?.term }),
  },
  log: {
    info: (text) => tell({ kind: 'log', node, at: clock(), text }),
    warn: (text) => tell({ kind: 'log', node, at: clock(), text }),
  },
});

const timer = setInterval(grant, GRANT_MS);
process.once('SIGTERM', () => {
  clearInterval(timer);
  void election.close().then(() => tell({ kind: 'closed', node, at: clock() }));
});
election.begin();
