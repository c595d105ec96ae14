import { mkdtempSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate as turn } from 'node:timers/promises';
import test, { type ExecutionContext } from 'ava';
import { chooseElection } from '../../dist/cluster/choose-election.js';
import { StaticElection } from '../../dist/cluster/election-static.js';
import { SeatFile, type Seat } from '../../dist/cluster/seat.js';
import { load } from './loading.js';

const CONFIG =
  '[node]\nname = "alpha"\n[cluster]\npassword = "p"\ndown_ms = "50ms"\n[[nodes]]\nname = "alpha"\n[[nodes]]\nname = "beta"\nport = 1\n';

interface Opened {
  election: StaticElection;
  happened: string[];
  deadline: () => number;
  /** What the others say when they are asked. */
  others: Seat[];
  path: string;
}

async function open(t: ExecutionContext, node: string): Promise<Opened> {
  const folder = mkdtempSync(join(tmpdir(), 'datafabric-test-'));
  const path = join(folder, 'coordinator');
  const happened: string[] = [];
  const others: Seat[] = [];
  let epoch = 4;
  let until = (): number => Number.NaN;
  const election = chooseElection({
    config: load(CONFIG).cluster!,
    node,
    raiseEpoch: (above) => (epoch = Math.max(epoch, above) + 1),
    termAbove: () => 0,
    seats: await SeatFile.open(path, 'alpha'),
    askOthers: () => Promise.resolve(others),
    events: {
      onElected: (term, deadline) => {
        until = deadline;
        happened.push(`elected ${term}`);
      },
      onDeposed: () => happened.push('deposed'),
      onLeader: (leader) => happened.push(`leader ${leader?.node} ${leader?.term}`),
    },
    log: { info: () => undefined, warn: (text) => happened.push(text) },
  });
  if (!(election instanceof StaticElection)) throw new Error('somebody is elected');
  t.teardown(async () => {
    await election.close();
    rmSync(folder, { recursive: true });
  });
  return { election, happened, deadline: () => until(), others, path };
}

async function happens({ happened }: Opened, count: number): Promise<void> {
  while (happened.length < count) await turn();
}

test('the configured node is coordinator when nobody knows better, for ever, by its own epochs', async (t) => {
  const opened = await open(t, 'alpha');
  const { election, happened, deadline } = opened;
  election.begin();
  t.deepEqual(happened, []);
  await happens(opened, 2);
  t.deepEqual(happened, ['leader alpha 5', 'elected 5']);
  t.is(deadline(), Infinity);
  t.is(await election.nextEpoch(10), 11);
  t.is(await election.nextEpoch(0), 13);
  await election.close();
  t.is(happened.at(-1), 'deposed');
  t.is(deadline(), -Infinity);
  t.false(
    Object.keys(createRequire(import.meta.url).cache).some((path) => path.includes('etcd3')),
    'etcd3 is loaded without need',
  );
});

test('another node follows it, and has no epochs to give', async (t) => {
  const opened = await open(t, 'beta');
  opened.election.begin();
  await happens(opened, 1);
  t.deepEqual(opened.happened, ['leader alpha undefined']);
  await t.throwsAsync(opened.election.nextEpoch(0), { code: 'NOCOORD', message: /node alpha/ });
  await opened.election.close();
  t.is(opened.happened.length, 1);
});

test('who is closed before the election begins is never elected', async (t) => {
  const { election, happened } = await open(t, 'alpha');
  election.begin();
  await election.close();
  t.deepEqual(happened, []);
});

test('one that was replaced while it was away asks first, and follows', async (t) => {
  const opened = await open(t, 'alpha');
  opened.others.push({ generation: 1, node: 'beta', epoch: 5000 }, { generation: 0, node: 'alpha', epoch: 0 });
  opened.election.begin();
  await happens(opened, 1);
  t.deepEqual(opened.happened, ['leader beta undefined']);
  t.deepEqual((await SeatFile.open(opened.path, 'alpha')).seat, { generation: 1, node: 'beta', epoch: 5000 });
});

test('one that hears of its successor late resigns; promoted itself it begins above the epochs known', async (t) => {
  const opened = await open(t, 'alpha');
  opened.election.begin();
  await happens(opened, 2);
  opened.others.push({ generation: 1, node: 'beta', epoch: 5000 });
  await happens(opened, 4);
  t.deepEqual(opened.happened.slice(2), ['deposed', 'leader beta undefined']);
  t.is(opened.deadline(), -Infinity);
  await opened.election.learn({ generation: 2, node: 'alpha', epoch: 9000 });
  t.deepEqual(opened.happened.slice(4), ['leader alpha 9001', 'elected 9001']);
  const stale = await opened.election.learn({ generation: 1, node: 'beta', epoch: 1 });
  t.is(stale.generation, 2);
  t.is(opened.happened.length, 6);
});
