/** A node in a host under load from its own host and others, while its host has bad luck; its history must be accepted. */
import test, { type ExecutionContext } from 'ava';
import { Link, type LinkTarget } from '../campaign/link.js';
import { checkHistory } from '../history/check.js';
import { Load, type LoadClient } from '../history/load.js';
import { Recorder } from '../history/recorder.js';
import { checkSpace, placementsOf, spaceOf } from '../history/space.js';
import { report } from '../history/violation.js';
import type { Host } from './host.js';
import type { Hosts, HostsKind } from './hosts.js';
import { continueProcess, stopProcess } from './running.js';
import { linkTo, openHosts, SILENCE_MS } from './scenarios.js';
import type { TestServer } from '../support/server.js';

const OPERATIONS = 150;

interface Scene {
  hosts: Hosts;
  server: TestServer;
  /** Resolves when some more was done. */
  progress: () => Promise<void>;
}

const MISFORTUNES: readonly ((scene: Scene) => Promise<void>)[] = [
  async ({ hosts, progress }) => {
    await hosts.isolate(hosts.host('alpha'));
    await progress();
    await hosts.healAll();
  },
  async ({ hosts, progress }) => {
    await hosts.cutOneWay(hosts.host('alpha'), hosts.host('beta'));
    await progress();
    await hosts.healAll();
  },
  async ({ server }) => server.restart('SIGKILL'),
  async ({ hosts, server, progress }) => {
    await hosts.cut(hosts.host('alpha'), hosts.host('gamma'));
    await server.restart('SIGKILL');
    await progress();
    await hosts.healAll();
  },
  async ({ server, hosts }) => {
    await stopProcess(server.pid);
    // Long enough for the clients to give up.
    const silent = new Link({ ...hosts.host('alpha').local, commandTimeout: SILENCE_MS * 2 });
    await silent.call('PING').catch(() => undefined);
    silent.close();
    await continueProcess(server.pid);
  },
];

async function endures(t: ExecutionContext, kind: HostsKind): Promise<void> {
  const hosts = await openHosts(t, { names: ['alpha', 'beta', 'gamma'], kind });
  const [alpha, beta, gamma] = hosts.all as [Host, Host, Host];
  const times = { quarantine_ms: '50ms', restart_grace_ms: '1ms' };
  const server = alpha.server({ config: { node: { segments_mib: [16] }, times } });
  await server.start();
  const own = linkTo(t, alpha.local);
  const before = await spaceOf('alpha', own.call, []);
  const targets = [alpha.local, alpha.local, await beta.reaching(alpha), await gamma.reaching(alpha)];
  const recorder = new Recorder();
  const load = new Load(recorder, { seed: Date.now() % 1_000_000, clients: targets.map(clientOf) });
  load.start();
  const progress = () => load.progress(OPERATIONS);
  for (const misfortune of MISFORTUNES) {
    await progress();
    await misfortune({ hosts, server, progress });
  }
  await progress();
  await load.stop();
  await load.lookAtEnd();
  const last = linkTo(t, alpha.local);
  const after = await spaceOf('alpha', last.call, await placementsOf(last.call));
  t.is(report([...checkHistory(recorder.operations), ...checkSpace([before], [after])]), '');
  t.true(load.counts.unknown >= MISFORTUNES.length, JSON.stringify(load.counts));
  t.log(`${recorder.operations.length} operations, ${JSON.stringify(load.counts)}`);
}

function clientOf(target: LinkTarget, index: number): LoadClient {
  const connect = () => new Link({ ...target, connectTimeout: SILENCE_MS, commandTimeout: SILENCE_MS });
  return { name: `c${index}`, node: 'alpha', connect };
}

test('in namespaces', endures, 'namespaces');
test('on loopback', endures, 'loopback');
