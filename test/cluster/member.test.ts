/** When a node tells its coordinator how a sealing has ended. */
import { setImmediate as nextTurn } from 'node:timers/promises';
import test, { type ExecutionContext } from 'ava';
import { Member } from '../../dist/cluster/member.js';
import type { CoordinatorPort, Outcome } from '../../dist/cluster/peer-messages.js';

const PULSE = { segments: 1, bytes: 1, usedBytes: 0, largestFreeBytes: 1, variables: 0 };
const OVERVIEW = { nodes: [], variables: 0, conflicts: 0, epoch: 1 };
const CANDIDATE = { name: Buffer.from('new'), xid: 2, length: 0, crc32c: 0, replace: false, replicas: 1, copies: [] };

const ending = (xid: number): Outcome => ({ name: Buffer.from(`v${xid}`), xid, copies: [], unclear: [], former: [] });

/** A member of a coordinator on that node, and what it has been asked, in order. */
async function joined(t: ExecutionContext, coordinator = 'another') {
  const asked: string[] = [];
  let heard: (what: string) => void = () => undefined;
  const hear = (what: string) => {
    asked.push(what);
    heard(what);
  };
  const port = {
    join: () => Promise.resolve({ term: 1, epoch: 1 }),
    beat: () => {
      hear('beat');
      return Promise.resolve(OVERVIEW);
    },
    commit: () => {
      hear('commit');
      return Promise.resolve([]);
    },
    ended: (_node: string, _term: number, outcomes: readonly Outcome[]) => {
      hear(`ended ${outcomes.map(({ xid }) => xid).join(' ')}`);
      return Promise.resolve();
    },
  } as unknown as CoordinatorPort;
  const member = new Member({
    config: { name: 'test', heartbeatMs: 60_000 },
    node: 'this',
    digest: '',
    incarnation: '',
    coordinator: () => ({ node: coordinator, port }),
    epoch: () => 0,
    takeEpoch: () => undefined,
    tombstones: () => [],
    membership: { epoch: 0, farewells: [], begun: () => Promise.resolve() },
    pulse: () => PULSE,
    onJoining: () => undefined,
    log: { info: () => undefined, warn: () => undefined },
  });
  t.teardown(() => member.close());
  const next = () => new Promise<string>((resolve) => (heard = resolve));
  const beat = next();
  member.begin();
  t.is(await beat, 'beat');
  asked.length = 0;
  return { member, asked, next };
}

test('with what is asked next, before it, in the same turn', async (t) => {
  const { member, asked } = await joined(t);
  member.endedLater(ending(1));
  void member.commit(CANDIDATE);
  t.deepEqual(asked, ['ended 1', 'commit']);
  await nextTurn();
  t.is(asked.length, 2);
});

test('by itself, all of them at once, when nothing else is asked', async (t) => {
  const { member, asked, next } = await joined(t);
  const told = next();
  member.endedLater(ending(1));
  member.endedLater(ending(2));
  t.deepEqual(asked, []);
  t.is(await told, 'ended 1 2');
});

test('at once when somebody waits for it, also for what ends just after', async (t) => {
  const { member, asked } = await joined(t);
  member.endedLater(ending(1));
  member.hurry();
  t.deepEqual(asked, ['ended 1']);
  member.endedLater(ending(2));
  await nextTurn();
  t.deepEqual(asked, ['ended 1', 'ended 2']);
});

test('at once to a coordinator on the same node', async (t) => {
  const { member, asked } = await joined(t, 'this');
  member.endedLater(ending(1));
  await nextTurn();
  t.deepEqual(asked, ['ended 1']);
});
