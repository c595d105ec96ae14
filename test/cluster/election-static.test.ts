import { createRequire } from 'node:module';
import test from 'ava';
import { chooseElection } from '../../dist/cluster/choose-election.js';
import type { Election } from '../../dist/cluster/election.js';
import { load } from './loading.js';

const CONFIG =
  '[node]\nname = "alpha"\n[cluster]\npassword = "p"\n[[nodes]]\nname = "alpha"\n[[nodes]]\nname = "beta"\nport = 1\n';

function open(node: string): { election: Election; happened: string[]; deadline: () => number } {
  const happened: string[] = [];
  let epoch = 4;
  let until = (): number => Number.NaN;
  const election = chooseElection({
    config: load(CONFIG).cluster!,
    node,
    raiseEpoch: (above) => (epoch = Math.max(epoch, above) + 1),
    termAbove: () => 0,
    events: {
      onElected: (term, deadline) => {
        until = deadline;
        happened.push(`elected ${term}`);
      },
      onDeposed: () => happened.push('deposed'),
      onLeader: (leader) => happened.push(`leader ${leader?.node} ${leader?.term}`),
    },
    log: { info: (text) => happened.push(text), warn: (text) => happened.push(text) },
  });
  return { election, happened, deadline: () => until() };
}

test('the configured node is coordinator at once and for ever, by its own epochs', async (t) => {
  const { election, happened, deadline } = open('alpha');
  election.begin();
  t.deepEqual(happened, []);
  await Promise.resolve();
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
  const { election, happened } = open('beta');
  election.begin();
  await Promise.resolve();
  t.deepEqual(happened, ['leader alpha undefined']);
  await t.throwsAsync(election.nextEpoch(0), { code: 'NOCOORD', message: /node alpha/ });
  await election.close();
  t.is(happened.length, 1);
});

test('who is closed before the election begins is never elected', async (t) => {
  const { election, happened } = open('alpha');
  election.begin();
  await election.close();
  await Promise.resolve();
  t.deepEqual(happened, []);
});
