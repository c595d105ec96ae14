/** Hosts in namespaces. `npm run test:hosts`, as these take seconds, and need root or user namespaces. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync, readdirSync, readlinkSync } from 'node:fs';
import { setTimeout } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { hostname } from 'node:os';
import test from 'ava';
import { Refused } from '../campaign/link.js';
import type { Host } from './host.js';
import { processesOf, removeHostLeftovers } from './leftovers.js';
import { findFaketime } from './wall-clock.js';
import {
  cutsAndHeals,
  cutsOneWay,
  linkTo,
  openHosts,
  skewsClocks,
  startOn,
  stopsContinuesAndKills,
} from './scenarios.js';

const kind = 'namespaces';
const names = ['alpha', 'beta', 'gamma'];
const OWNER = fileURLToPath(new URL('owner.js', import.meta.url));
const GONE_MS_MAX = 5000;

test('hosts have a memory, a name and a boot of their own', async (t) => {
  const hosts = await openHosts(t, { names, kind, shmMib: 64 });
  const [alpha, beta] = hosts.all as [Host, Host, Host];
  await Promise.all([startOn(alpha), startOn(beta)]);
  t.true(alpha.objects().length >= 3 && alpha.objects().every((name) => name.includes('.alpha.')));
  t.true(beta.objects().every((name) => name.includes('.beta.')));
  t.is((await alpha.run('ls', '/dev/shm')).trim().split('\n').length, alpha.objects().length);
  t.deepEqual(
    readdirSync('/dev/shm').filter((name) => alpha.objects().includes(name)),
    [],
  );
  const facts = async (host: Host) => host.run('cat', '/proc/sys/kernel/random/boot_id', '/proc/sys/kernel/hostname');
  const [one, other, here] = [
    await facts(alpha),
    await facts(beta),
    readFileSync('/proc/sys/kernel/random/boot_id', 'utf8'),
  ];
  t.regex(one, /\nalpha\n$/);
  t.is(new Set([one.split('\n')[0], other.split('\n')[0], here.trim()]).size, 3);
  t.not(hostname(), 'alpha');
});

test('cut both ways and healed', cutsAndHeals, { names, kind });
test('cut one way', cutsOneWay, { names, kind });
test('stopped, continued, killed', stopsContinuesAndKills, { names, kind });

test('datagrams pass one way only', async (t) => {
  const hosts = await openHosts(t, { names, kind });
  const [alpha, beta] = hosts.all as [Host, Host, Host];
  const [atAlpha, atBeta] = [await datagrams(alpha), await datagrams(beta)];
  await hosts.cutOneWay(alpha, beta);
  await send(alpha, beta, 'lost');
  await send(beta, alpha, 'passes');
  t.is(await atAlpha.next(), 'passes');
  await hosts.heal(alpha, beta);
  // On one way, what was sent before would have come before.
  await send(alpha, beta, 'after');
  t.is(await atBeta.next(), 'after');
});

test('a full /dev/shm is full for one host', async (t) => {
  const hosts = await openHosts(t, { names, kind, shmMib: 64 });
  const [alpha, beta] = hosts.all as [Host, Host, Host];
  await Promise.all([startOn(alpha), startOn(beta)]);
  await alpha.fillShm(1 << 20);
  const [one, other] = [linkTo(t, alpha.local), linkTo(t, beta.local)];
  const refusal = await t.throwsAsync(one.call('FABRIC.ALLOC', 4), { instanceOf: Refused });
  t.regex(refusal.message, /^OOM /);
  await other.call('FABRIC.ALLOC', 4);
  alpha.emptyShm();
  await one.call('FABRIC.ALLOC', 4);
  t.true(alpha.freeShmBytes() < 60 << 20);
});

if (findFaketime() === undefined) console.log('Clocks are not skewed: libfaketime is missing.');
else {
  test('a clock jumps', async (t) => {
    const before = readdirSync('/dev/shm').filter((name) => name.includes('faketime'));
    await skewsClocks(t, { names, kind });
    t.deepEqual(
      readdirSync('/dev/shm').filter((name) => name.includes('faketime')),
      before,
      'what the library leaves is in the hosts',
    );
  });
}

test('nothing is left of them when they are closed', async (t) => {
  const before = surroundings();
  const hosts = await openHosts(t, { names, kind });
  await Promise.all(hosts.all.map(startOn));
  await hosts.all[0]!.reaching(hosts.all[1]!);
  const inside = [...namespacesOf(processesOf(hosts.folder))];
  t.true(inside.length >= 6, 'a network and mounts for each');
  await hosts.close();
  t.deepEqual(surroundings(), before);
  t.deepEqual(
    [...namespacesOf(allProcesses())].filter((id) => inside.includes(id)),
    [],
  );
  t.false(existsSync(hosts.folder));
});

test('nothing is left of them when their owner is killed', async (t) => {
  const before = surroundings();
  const owner = spawn(process.execPath, [OWNER], { stdio: ['ignore', 'pipe', 'inherit'] });
  t.teardown(() => owner.kill('SIGKILL'));
  const [said] = (await once(owner.stdout, 'data')) as [Buffer];
  const { folder } = JSON.parse(String(said)) as { folder: string };
  const inside = [...namespacesOf(processesOf(folder))];
  t.true(inside.length >= 6);
  owner.kill('SIGKILL');
  await once(owner, 'close');
  const left = () => [...namespacesOf(allProcesses())].filter((id) => inside.includes(id));
  const deadlineMs = performance.now() + GONE_MS_MAX;
  while (left().length > 0 && performance.now() < deadlineMs) await setTimeout(10);
  t.deepEqual(left(), [], 'the kernel has ended them');
  t.true(removeHostLeftovers().includes(folder));
  t.false(existsSync(folder));
  t.deepEqual(surroundings(), before);
});

/** What this machine has beside processes: links, mounts, names of namespaces, objects of tests. */
function surroundings(): unknown {
  return {
    links: readdirSync('/sys/class/net'),
    mounts: readFileSync('/proc/self/mounts', 'utf8'),
    named: existsSync('/run/netns') ? readdirSync('/run/netns') : [],
    objects: readdirSync('/dev/shm').filter((name) => name.startsWith(`dftest${process.pid}`)),
  };
}

const allProcesses = () =>
  readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number);

/** Networks and mounts other than ours. */
function namespacesOf(pids: readonly number[]): Set<string> {
  const ids = pids.flatMap((pid) => ['net', 'mnt'].map((namespace) => namespaceOf(pid, namespace)));
  return new Set(ids.filter((id) => id !== '' && !['net', 'mnt'].some((own) => id === namespaceOf('self', own))));
}

function namespaceOf(pid: number | 'self', namespace: string): string {
  try {
    return readlinkSync(`/proc/${pid}/ns/${namespace}`);
  } catch {
    return '';
  }
}

/** What arrives at a host, one after another. */
async function datagrams(host: Host): Promise<{ next: () => Promise<string> }> {
  const program = `const s = require('dgram').createSocket('udp4');
    s.on('message', (m) => console.log(String(m))).bind(7100, () => console.log('bound'))`;
  const lines = host.spawn(process.execPath, '-e', program).stdout!.setEncoding('utf8')[Symbol.asyncIterator]();
  const next = async () => String((await lines.next()).value).trim();
  if ((await next()) !== 'bound') throw new Error('nobody listens');
  return { next };
}

async function send(from: Host, to: Host, text: string): Promise<void> {
  const program = `const s = require('dgram').createSocket('udp4');
    s.send(process.argv[1], 7100, process.argv[2], () => s.close())`;
  await from.run(process.execPath, '-e', program, text, from.addressOf(to));
}
