/** A real node under load, killed and restarted in between; and connections to it that lie, which must be told. */
import test from 'ava';
import { Link } from '../campaign/link.js';
import { startServer, type TestServer } from '../support/server.js';
import { answeringStale, droppingWrites, spoilingBytes, undoingDeletes } from './broken.js';
import { checkHistory } from './check.js';
import { Load, type Connection, type LoadClient } from './load.js';
import { Recorder } from './recorder.js';
import { checkSpace, placementsOf, spaceOf, type NodeSpace } from './space.js';
import { report, type Rule, type Violation } from './violation.js';

const KILLS = 2;
const OPERATIONS = 300;

const config = { node: { segments_mib: [16] }, times: { quarantine_ms: '50ms', restart_grace_ms: '1ms' } };

/** Its port changes with each start. */
function clientsOf(server: TestServer, count: number, through = (connect: () => Connection) => connect): LoadClient[] {
  const connect = through(() => new Link(server.port));
  return Array.from({ length: count }, (_, index) => ({ name: `c${index}`, node: server.node, connect }));
}

async function spaceNow(server: TestServer): Promise<NodeSpace> {
  const link = new Link(server.port);
  try {
    return await spaceOf(server.node, link.call, await placementsOf(link.call));
  } finally {
    link.close();
  }
}

test('a node that is killed and restarted is accepted', async (t) => {
  const server = await startServer(t, { config });
  const before = await spaceNow(server);
  const recorder = new Recorder();
  const load = new Load(recorder, { seed: Date.now() % 1_000_000, clients: clientsOf(server, 5) });
  load.start();
  for (let kill = 0; kill < KILLS; kill++) {
    await load.progress(OPERATIONS);
    await server.restart('SIGKILL');
  }
  await load.progress(OPERATIONS);
  await load.stop();
  await load.lookAtEnd();
  const after = await spaceNow(server);
  t.is(report([...checkHistory(recorder.operations), ...checkSpace([before], [after])]), '');
  t.true(load.counts.unknown > 0, 'somebody was in the middle of something');
  const kinds = new Set(recorder.operations.filter(({ outcome }) => outcome === 'ok').map(({ kind }) => kind));
  t.deepEqual([...kinds].sort(), ['DELETE', 'GET', 'INSERT', 'LOCATE', 'PULL', 'SET']);
});

type Lie = (connect: () => Connection) => () => Connection;

/** Often enough that some of them show, whatever the clients do. */
const LIES: Readonly<Record<string, { lie: Lie; rules: readonly Rule[] }>> = {
  'forgets acknowledged writes': { lie: droppingWrites(5), rules: ['one value', 'end'] },
  'answers with old values': { lie: answeringStale(3), rules: ['one value', 'deletes', 'end'] },
  // The bytes have another xid then.
  'brings back what was deleted': { lie: undoingDeletes(3), rules: ['deletes', 'one value', 'end', 'xids', 'bytes'] },
  'spoils a byte': { lie: spoilingBytes(10), rules: ['bytes', 'end'] },
};

test('a node that lies is rejected', async (t) => {
  const server = await startServer(t, { config });
  for (const [index, [what, { lie, rules }]] of Object.entries(LIES).entries()) {
    const violations = await violationsUnder(server, (Date.now() % 1_000_000) + index, lie);
    t.true(violations.length > 0, `a node that ${what} is accepted`);
    for (const violation of violations) t.true(rules.includes(violation.rule), `${what}: ${report([violation])}`);
  }
});

async function violationsUnder(server: TestServer, seed: number, lie: Lie): Promise<Violation[]> {
  const recorder = new Recorder();
  const load = new Load(recorder, { seed, clients: clientsOf(server, 3, lie) });
  load.start(600);
  await load.finished();
  await load.lookAtEnd();
  return checkHistory(recorder.operations);
}
