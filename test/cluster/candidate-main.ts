/** A process that stands for election, and grants whenever it may: it says so in lines of JSON. */
import { writeSync } from 'node:fs';
import { performance } from 'node:perf_hooks';
import { EtcdElection } from '../../dist/cluster/election-etcd.js';
import type { CandidateOptions, Told } from './candidate.js';

/** Between grants. */
const GRANT_MS = 5;

/** The clock that all processes of the machine share. */
const clock = (): number => Number(process.hrtime.bigint()) / 1e6;
const sinceMs = clock() - performance.now();

const tell = (told: Told): void => void writeSync(1, `${JSON.stringify(told)}\n`);

const { node, cluster, endpoints, leaseMs } = JSON.parse(process.argv[2]!) as CandidateOptions;
let office: { term: number; deadline: () => number } | undefined;

function grant(): void {
  if (office === undefined) return;
  const { term, deadline } = office;
  const deadlineMs = deadline();
  const kind = performance.now() < deadlineMs ? 'grant' : 'refusal';
  tell({ kind, node, term, at: clock(), until: sinceMs + deadlineMs });
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
