/** The election by etcd, as the node that takes part in it sees it. */
import { performance } from 'node:perf_hooks';
import test, { type ExecutionContext } from 'ava';
import { Etcd3 } from 'etcd3';
import type { Leader } from '../../dist/cluster/election.js';
import { EtcdElection } from '../../dist/cluster/election-etcd.js';
import type { EtcdAddress } from '../../dist/cluster/etcd-client.js';
import { Authority } from '../support/certificates.js';
import { EtcdServer } from '../support/etcd.js';
import { freePorts } from '../support/free-ports.js';

/** Long enough for an etcd whose disk others use, too: its calls may take a fifth of it. */
const LEASE_MS = 5000;
const EPOCHS_EACH = 10;

/** What has happened, to be awaited in its order. */
class Happenings {
  readonly #past: string[] = [];
  #wake: () => void = () => undefined;

  add(text: string): void {
    this.#past.push(text);
    this.#wake();
  }

  get past(): readonly string[] {
    return this.#past;
  }

  /** But for complaints of an etcd that is slow now and then. */
  get events(): readonly string[] {
    return this.#past.filter((text) => !/^(warn|info) etcd at /.test(text));
  }

  /** The first that matches, from place `from` on. */
  async one(pattern: RegExp, from = 0): Promise<string> {
    for (;;) {
      const found = this.#past.slice(from).find((text) => pattern.test(text));
      if (found !== undefined) return found;
      await new Promise<void>((resolve) => (this.#wake = resolve));
    }
  }
}

interface Standing {
  election: EtcdElection;
  happenings: Happenings;
  deadline: () => number;
}

function stand(
  t: ExecutionContext,
  address: Partial<EtcdAddress> & Pick<EtcdAddress, 'endpoints'>,
  { node = 'alpha', termAbove = 0, leaseMs = LEASE_MS } = {},
): Standing {
  const happenings = new Happenings();
  let until = (): number => Number.NaN;
  const election = new EtcdElection({
    cluster: 'test',
    node,
    address: { user: undefined, password: undefined, ca: undefined, cert: undefined, key: undefined, ...address },
    leaseMs,
    termAbove: () => termAbove,
    now: () => performance.now(),
    events: {
      onElected: (term, deadline) => {
        until = deadline;
        happenings.add(`elected ${term}`);
      },
      onDeposed: () => happenings.add('deposed'),
      onLeader: (leader: Leader | undefined) =>
        happenings.add(`leader ${leader?.node ?? 'none'} ${leader?.term ?? ''}`),
    },
    log: { info: (text) => happenings.add(`info ${text}`), warn: (text) => happenings.add(`warn ${text}`) },
  });
  t.teardown(() => election.close());
  election.begin();
  return { election, happenings, deadline: () => until() };
}

test.serial('terms rise, and who follows is told of the coordinator', async (t) => {
  const etcd = await EtcdServer.open(t);
  const alpha = stand(t, { endpoints: [etcd.url] });
  await alpha.happenings.one(/^elected 1$/);
  const beta = stand(t, { endpoints: [etcd.url] }, { node: 'beta' });
  await beta.happenings.one(/^leader alpha 1$/);
  await alpha.election.close();
  t.is(alpha.deadline(), -Infinity);
  t.deepEqual(alpha.happenings.events, [
    'info elected coordinator, term 1',
    'leader alpha 1',
    'elected 1',
    'deposed',
    'info no longer coordinator, term 1: this node ends',
    'leader none ',
  ]);
  await beta.happenings.one(/^elected 2$/);
  t.deepEqual(beta.happenings.events, [
    'leader alpha 1',
    'leader none ',
    'info elected coordinator, term 2',
    'leader beta 2',
    'elected 2',
  ]);
});

// It holds up whatever else runs in this process.
test.serial('a deadline has passed as soon as its time is up, before anything else is run', async (t) => {
  const etcd = await EtcdServer.open(t);
  const { happenings, deadline } = await elected(stand(t, { endpoints: [etcd.url] }));
  const before = deadline();
  t.true(performance.now() < before && before < performance.now() + LEASE_MS);
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, LEASE_MS);
  t.true(performance.now() >= deadline());
  t.false(happenings.past.includes('deposed'));
  await happenings.one(/^deposed$/);
  t.is(deadline(), -Infinity);
  await happenings.one(/^elected 2$/);
});

async function elected(standing: Standing): Promise<Standing> {
  await standing.happenings.one(/^elected /);
  return standing;
}

test.serial('a deadline moves on while etcd answers', async (t) => {
  const etcd = await EtcdServer.open(t);
  const { happenings, deadline } = await elected(stand(t, { endpoints: [etcd.url] }));
  const first = deadline();
  const follower = stand(t, { endpoints: [etcd.url] }, { node: 'beta' });
  await follower.happenings.one(/^leader alpha/);
  // Past what the first lease alone would have allowed.
  await new Promise((resolve) => setTimeout(resolve, first + LEASE_MS - performance.now()));
  t.true(deadline() > first + LEASE_MS / 2);
  t.false(happenings.past.includes('deposed'));
});

test.serial('a seat that is taken away by hand deposes who had it', async (t) => {
  const etcd = await EtcdServer.open(t);
  const { happenings } = await elected(stand(t, { endpoints: [etcd.url] }));
  const client = new Etcd3({ hosts: etcd.url });
  t.teardown(() => client.close());
  await client.delete().key('datafabric/test/coordinator');
  await happenings.one(/^warn no longer coordinator, term 1: its seat in etcd was taken away/);
  t.is(await happenings.one(/^elected 2$/), 'elected 2');
});

test.serial('an etcd that has lost its data goes on above the terms that nodes know', async (t) => {
  const etcd = await EtcdServer.open(t);
  const before = stand(t, { endpoints: [etcd.url] });
  await before.happenings.one(/^elected 1$/);
  await before.election.close();
  await etcd.kill();
  etcd.lose();
  await etcd.start();
  const after = stand(t, { endpoints: [etcd.url] }, { termAbove: 6 });
  t.is(await after.happenings.one(/^elected/), 'elected 7');
});

test.serial('an epoch is given once, above the one named', async (t) => {
  const etcd = await EtcdServer.open(t);
  const elections = ['alpha', 'beta', 'gamma'].map((node) => stand(t, { endpoints: [etcd.url] }, { node }).election);
  const given = new Set<number>();
  await Promise.all(
    elections.map(async (election) => {
      for (let above = 0; above < EPOCHS_EACH; above++) {
        const epoch = await election.nextEpoch(above);
        t.true(epoch > above);
        given.add(epoch);
      }
    }),
  );
  t.is(given.size, elections.length * EPOCHS_EACH);
  const [alpha] = elections as [EtcdElection];
  t.is(await alpha.nextEpoch(2 ** 21 - 2), 2 ** 21 - 1);
  await t.throwsAsync(alpha.nextEpoch(0), { code: 'ERR', message: /no epochs above 2097151/ });
});

test.serial('a wrong endpoint is named, holds nothing up, and another one is used', async (t) => {
  const etcd = await EtcdServer.open(t);
  const [nobody] = (await freePorts(1)) as [number];
  const wrong = `http://127.0.0.1:${nobody}`;
  const alone = stand(t, { endpoints: [wrong] });
  const warning = await alone.happenings.one(/^warn /);
  t.true(warning.startsWith(`warn etcd at ${wrong} doesn't answer (`));
  t.regex(warning, /ECONNREFUSED.*: see cluster\.etcd_endpoints; until that is mended nobody can be elected/);
  await t.throwsAsync(alone.election.nextEpoch(0), { code: 'NOCOORD', message: /doesn't answer/ });
  t.is(alone.happenings.past.filter((text) => text.startsWith('warn')).length, 1);
  await stand(t, { endpoints: [wrong, etcd.url] }).happenings.one(/^elected 1$/);
});

test.serial('a wrong password is named, and the right one is taken', async (t) => {
  const etcd = await EtcdServer.open(t);
  const client = new Etcd3({ hosts: etcd.url });
  t.teardown(() => client.close());
  await client.auth.userAdd({ name: 'root', password: 'sesame' });
  await client.auth.roleAdd({ name: 'root' });
  await client.auth.userGrantRole({ user: 'root', role: 'root' });
  await client.auth.userAdd({ name: 'datafabric', password: 'sesame' });
  await client.auth.roleAdd({ name: 'datafabric' });
  await client.auth.roleGrantPermission({
    name: 'datafabric',
    perm: { permType: 'Readwrite', key: Buffer.from('datafabric/test/'), range_end: Buffer.from('datafabric/test0') },
  });
  await client.auth.userGrantRole({ user: 'datafabric', role: 'datafabric' });
  await client.auth.authEnable();
  for (const credentials of [{ user: 'datafabric', password: 'simsim' }, {}]) {
    const { happenings } = stand(t, { endpoints: [etcd.url], ...credentials });
    // A slow etcd may be complained of first.
    t.regex(
      await happenings.one(/^warn .*refuses/),
      /refuses this node \(.*\): see cluster\.etcd_user and cluster\.etcd_password \(or DATAFABRIC_ETCD_PASSWORD\)/,
    );
  }
  const right = stand(t, { endpoints: [etcd.url], user: 'datafabric', password: 'sesame' });
  await right.happenings.one(/^elected 1$/);
  const before = right.happenings.past.length;
  await etcd.kill();
  await right.happenings.one(/^warn etcd at .* doesn't answer/, before);
  // Its tokens are gone with it.
  await etcd.start();
  await right.happenings.one(/^info etcd at .* answers again$/, before);
  t.is(await right.election.nextEpoch(0), 1);
});

test.serial('over TLS, with a certificate to show', async (t) => {
  const authority = new Authority();
  t.teardown(() => authority.dispose());
  const shown = authority.issue('node');
  const etcd = await EtcdServer.open(t, { ...authority.issue('etcd'), ca: authority.ca });
  await stand(t, { endpoints: [etcd.url], ca: authority.ca, ...shown }).happenings.one(/^elected 1$/);
  const { happenings } = stand(t, { endpoints: [etcd.url], ca: authority.ca }, { node: 'beta' });
  t.regex(await happenings.one(/^warn/), /^warn etcd at https:.*doesn't answer/);
});
