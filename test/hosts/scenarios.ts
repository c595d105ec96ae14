/** What must be true of hosts of either kind. */
import type { ExecutionContext } from 'ava';
import { ConnectionLost, Link, type LinkTarget } from '../campaign/link.js';
import type { TestServer } from '../support/server.js';
import type { Host } from './host.js';
import { Hosts, type HostsOptions } from './hosts.js';
import { continueProcess, stopProcess } from './running.js';

/** Of a request that must not be answered; on an idle network one takes less than a millisecond. */
export const SILENCE_MS = 400;
/** For one that must be; the test fails instead of hanging. */
const PATIENCE_MS = 30_000;

export async function openHosts(t: ExecutionContext, options: HostsOptions): Promise<Hosts> {
  const hosts = await Hosts.open(options);
  t.teardown(() => hosts.close());
  return hosts;
}

export async function startOn(host: Host): Promise<TestServer> {
  const server = host.server({ config: { node: { segments_mib: [8] } } });
  await server.start();
  return server;
}

/** A connection that is gone with its test. */
export function linkTo(t: ExecutionContext, target: LinkTarget): Link {
  const link = new Link(target);
  t.teardown(() => link.close());
  return link;
}

/** Asks on a connection of its own; undefined when no answer comes in time. */
export async function ask(
  target: LinkTarget,
  [command, ...args]: readonly [string, ...string[]] = ['PING'],
  timeLimitMs = PATIENCE_MS,
): Promise<unknown> {
  const link = new Link({ ...target, connectTimeout: timeLimitMs, commandTimeout: timeLimitMs });
  try {
    const reply = await link.call(command, ...args);
    return Buffer.isBuffer(reply) ? String(reply) : reply;
  } catch (error) {
    if (error instanceof ConnectionLost) return undefined;
    throw error;
  } finally {
    link.close();
  }
}

/** No answer comes in a time in which one would have come. */
async function isSilent(target: LinkTarget, request?: readonly [string, ...string[]]): Promise<boolean> {
  return (await ask(target, request, SILENCE_MS)) === undefined;
}

export async function cutsAndHeals(t: ExecutionContext, options: HostsOptions): Promise<void> {
  const hosts = await openHosts(t, options);
  const [alpha, beta, gamma] = hosts.all as [Host, Host, Host];
  await Promise.all([startOn(alpha), startOn(beta)]);
  const [there, back] = [await alpha.reaching(beta), await beta.reaching(alpha)];
  const [fromGamma, toGamma] = [await gamma.reaching(beta), beta.local];
  t.deepEqual([await ask(there), await ask(back), await ask(fromGamma)], Array(3).fill('PONG'));
  const standing = linkTo(t, there);
  await standing.call('PING');

  await hosts.cut(alpha, beta);
  t.deepEqual([await isSilent(there), await isSilent(back)], [true, true]);
  t.deepEqual([await ask(fromGamma), await ask(toGamma)], ['PONG', 'PONG']);
  const waiting = standing.call('PING');
  await hosts.heal(alpha, beta);
  t.deepEqual([await ask(there), await ask(back)], ['PONG', 'PONG']);
  t.is(String(await waiting), 'PONG', 'what was lost is sent again');

  await hosts.isolate(beta);
  t.deepEqual([await isSilent(there), await isSilent(back), await isSilent(fromGamma)], Array(3).fill(true));
  t.is(await ask(beta.local), 'PONG', 'its own clients reach it');
  await hosts.healAll();
  t.deepEqual([await ask(there), await ask(back), await ask(fromGamma)], Array(3).fill('PONG'));
}

/** Requests arrive, answers don't. */
export async function cutsOneWay(t: ExecutionContext, options: HostsOptions): Promise<void> {
  const hosts = await openHosts(t, options);
  const [alpha, beta] = hosts.all as [Host, Host];
  await startOn(beta);
  const link = linkTo(t, await alpha.reaching(beta));
  await link.call('SET', 'x', 'before');
  const seen = linkTo(t, beta.local);
  await hosts.cutOneWay(beta, alpha);
  let answered = false;
  const answer = link.call('SET', 'seen', 'during').then((reply) => ((answered = true), reply));
  t.is(String(((await seen.call('FABRIC.LOCATE', 'seen', 'WAIT', PATIENCE_MS)) as unknown[][])[0]![0]), 'beta');
  t.true(await isSilent(await alpha.reaching(beta)), 'nor does a handshake get through');
  t.false(answered);
  await hosts.heal(alpha, beta);
  t.is(String(await answer), 'OK');

  await hosts.cutOneWay(alpha, beta);
  const late = link.call('SET', 'late', 'after');
  t.true(await isSilent(await alpha.reaching(beta), ['EXISTS', 'late']));
  t.is(await ask(beta.local, ['EXISTS', 'late']), 0);
  await hosts.heal(alpha, beta);
  t.is(String(await late), 'OK');
}

export async function stopsContinuesAndKills(t: ExecutionContext, options: HostsOptions): Promise<void> {
  const hosts = await openHosts(t, options);
  const [alpha] = hosts.all as [Host];
  const server = await startOn(alpha);
  const link = linkTo(t, alpha.local);
  await link.call('SET', 'x', 'kept');
  await stopProcess(server.pid);
  t.true(await isSilent(alpha.local));
  const waiting = link.call('GET', 'x');
  await continueProcess(server.pid);
  t.is(String(await waiting), 'kept');

  await stopProcess(server.pid);
  t.is((await server.kill('SIGKILL')).signal, 'SIGKILL', 'a stopped process can be killed');
  await t.throwsAsync(link.call('PING'), { instanceOf: ConnectionLost });
  await server.start();
  t.is(await ask(alpha.local, ['GET', 'x']), 'kept');
}

export async function skewsClocks(t: ExecutionContext, options: HostsOptions): Promise<void> {
  const hosts = await openHosts(t, { ...options, clocks: true });
  const [alpha, beta] = hosts.all as [Host, Host];
  await Promise.all([startOn(alpha), startOn(beta)]);
  const [one, other] = [linkTo(t, alpha.local), linkTo(t, beta.local)];
  const aheadMs = async (link: Link) => {
    const [seconds, micros] = (await link.call('TIME')) as [Buffer, Buffer];
    return Number(seconds) * 1000 + Number(micros) / 1000 - Date.now();
  };
  const near = (ms: number, expected: number) =>
    t.true(Math.abs(ms - expected) < 60_000, `${ms} ms ahead, not ${expected}`);
  near(await aheadMs(one), 0);
  await alpha.skewClock(3_600_000);
  near(await aheadMs(one), 3_600_000);
  near(await aheadMs(other), 0);
  await alpha.skewClock(-86_400_000);
  near(await aheadMs(one), -86_400_000);
  await alpha.skewClock(0);
  near(await aheadMs(one), 0);
}
