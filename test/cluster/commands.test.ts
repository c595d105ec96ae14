import { randomBytes } from 'node:crypto';
import test from 'ava';
import { Redis } from 'ioredis';
import { TestCluster } from '../support/cluster.js';

type Words = readonly (string | number | Buffer)[];

const cluster = new TestCluster({ nodes: ['alpha', 'beta', 'gamma'], segmentMib: 64 });
const clients: Redis[] = [];
const names: string[] = [];

/** Runs a command at the node of that number. */
const at = (node: number, ...[command, ...args]: Words) => clients[node]!.call(String(command), ...args);
const bytesAt = (node: number, ...[command, ...args]: Words) =>
  clients[node]!.callBuffer(String(command), ...args) as Promise<Buffer | null>;

test.before(async () => {
  await cluster.start();
  for (const address of cluster.addresses) {
    const [host, port] = address.split(':') as [string, string];
    clients.push(new Redis(Number(port), host, { protocol: 2 }));
  }
  const nodes = (await at(0, 'FABRIC.NODES')) as unknown[][];
  for (const node of nodes) names.push(valueOf(node, 'node') as string);
});

test.beforeEach(async () => {
  await at(0, 'FLUSHALL');
});

test.after.always(async () => {
  for (const client of clients) client.disconnect();
  await cluster.dispose();
});

const valueOf = (map: readonly unknown[], label: string): unknown => map[map.indexOf(label) + 1];

const holdersOf = (placements: unknown): string[] => (placements as unknown[][]).map(([node]) => node as string).sort();

const codeOf = async (reply: Promise<unknown>): Promise<string> => {
  try {
    return `no error: ${JSON.stringify(await reply)}`;
  } catch (error) {
    return (error as Error).message.split(' ')[0]!;
  }
};

test.serial('what one node stores every node finds, describes and sends', async (t) => {
  const placed = await at(1, 'FABRIC.INSERT', 'grid', 'temperatures', '4 * float64', Buffer.alloc(32, 7));
  t.deepEqual(holdersOf(placed), [names[1]]);
  for (const node of [0, 1, 2]) {
    t.deepEqual(await at(node, 'FABRIC.LOCATE', 'grid'), placed);
    t.deepEqual(await at(node, 'FABRIC.LOCATE', 'grid'), placed, 'remembered');
    t.deepEqual(await bytesAt(node, 'GET', 'grid'), Buffer.alloc(32, 7));
    t.deepEqual(await bytesAt(node, 'FABRIC.GET', 'grid', 4, 3), Buffer.alloc(3, 7));
    t.deepEqual(await bytesAt(node, 'GETRANGE', 'grid', -2, -1), Buffer.alloc(2, 7));
    t.is(await at(node, 'STRLEN', 'grid'), 32);
    t.is(await at(node, 'EXISTS', 'grid', 'grid', 'none'), 2);
    t.is(await at(node, 'TYPE', 'grid'), 'string');
    t.is(typeof (await at(node, 'MEMORY', 'USAGE', 'grid')), 'number');
    t.is(await at(node, 'DBSIZE'), 1);
    t.is(await at(node, 'RANDOMKEY'), 'grid');
    t.deepEqual(await at(node, 'KEYS', '*'), ['grid']);
    t.deepEqual(await at(node, 'FABRIC.LIST'), [0, ['grid']]);
    t.deepEqual(await at(node, 'SCAN', 0), ['0', ['grid']]);
    const info = (await at(node, 'FABRIC.INFO', 'grid')) as unknown[];
    t.is(valueOf(info, 'documentation'), 'temperatures');
    t.deepEqual(valueOf(info, 'placements'), placed);
    t.deepEqual(await at(node, 'FABRIC.INFO', 'ID', valueOf(info, 'xid') as number), info);
  }
  t.is(await at(0, 'GET', 'none'), null);
  t.is(await at(0, 'FABRIC.LOCATE', 'none'), null);
});

test.serial('a name stands for one value, whichever node writes', async (t) => {
  await at(0, 'SET', 'x', 'first');
  t.regex(await codeOf(at(1, 'FABRIC.INSERT', 'x', '', 'bytes', 'second')), /^EXISTS/);
  t.is(await at(2, 'SET', 'x', 'third'), 'OK');
  for (const node of [0, 1, 2]) t.is(await at(node, 'GET', 'x'), 'third');
  await at(0, 'FABRIC.INSERT', 'x', '', 'bytes', 'REPLACE', 'BYTES', 'fourth');
  for (const node of [2, 1, 0]) t.is(await at(node, 'GET', 'x'), 'fourth');
  t.is(await at(1, 'DBSIZE'), 1);
  t.is(await at(1, 'DEL', 'x', 'none'), 1);
  for (const node of [0, 1, 2]) t.is(await at(node, 'GET', 'x'), null);
});

test.serial('asking for a name and telling how the one before has ended is one message', async (t) => {
  const WRITES = 300;
  const messages = async () => {
    const stats = (await at(0, 'INFO', 'commandstats')) as string;
    return Number(/^cmdstat_fabric\.peer:calls=(\d+)/m.exec(stats)![1]);
  };
  const before = await messages();
  const pipeline = clients[1]!.pipeline();
  for (let i = 0; i < WRITES; i++) pipeline.set(`p${i}`, 'x');
  const replies = (await pipeline.exec())!;
  t.true(replies.every(([error, reply]) => error === null && reply === 'OK'));
  const taken = (await messages()) - before;
  t.true(taken < WRITES * 1.5, `${taken} messages for ${WRITES} writes`);
  t.is(await at(2, 'EXISTS', ...Array.from({ length: WRITES }, (_, i) => `p${i}`)), WRITES);
});

test.serial('WATCH knows of what other nodes have', async (t) => {
  const [watcher] = clients as [Redis];
  const attempt = async (name: string, meanwhile: Words) => {
    await watcher.watch(name);
    await at(2, ...meanwhile);
    return watcher.multi().set('done', name).exec();
  };
  await at(1, 'SET', 'far', 'first');
  t.is(await attempt('far', ['SET', 'far', 'second']), null);
  t.is(await attempt('far', ['DEL', 'far']), null);
  t.is(await attempt('none', ['SET', 'none', 'here now']), null);
  t.is(await at(0, 'EXISTS', 'done'), 0);
  await at(1, 'SET', 'far', 'third');
  t.deepEqual(await attempt('far', ['SET', 'another', 'x']), [[null, 'OK']]);
  t.is(await at(2, 'GET', 'done'), 'far');
});

test.serial('many writers of one name: exactly one gets it, and each replacement is whole', async (t) => {
  for (let round = 0; round < 20; round++) {
    const writes = Array.from({ length: 9 }, (_, i) =>
      codeOf(at(i % 3, 'FABRIC.INSERT', `r${round}`, '', 'bytes', `w${i}`)),
    );
    const codes = await Promise.all(writes);
    t.is(codes.filter((code) => code.startsWith('EXISTS')).length, 8, codes.join());
    const values = await Promise.all([0, 1, 2].map((node) => at(node, 'GET', `r${round}`)));
    t.is(new Set(values).size, 1);
    await Promise.all(Array.from({ length: 9 }, (_, i) => at(i % 3, 'SET', `s${round}`, `w${i}`)));
    const replaced = await Promise.all([0, 1, 2].map((node) => at(node, 'GET', `s${round}`)));
    t.is(new Set(replaced).size, 1);
  }
  t.is(await at(0, 'DBSIZE'), 40);
});

test.serial('where a variable goes: a node, wherever it belongs, and several at once', async (t) => {
  t.deepEqual(holdersOf(await at(0, 'FABRIC.INSERT', 'there', '', 'bytes', 'NODE', names[2]!, 'BYTES', 'x')), [
    names[2],
  ]);
  const three = await at(1, 'FABRIC.INSERT', 'three', '', 'bytes', 'REPLICAS', 3, 'BYTES', 'xyz');
  t.deepEqual(holdersOf(three), [...names].sort());
  const where = new Set<string>();
  for (let i = 0; i < 40; i++)
    where.add(holdersOf(await at(0, 'FABRIC.INSERT', `s${i}`, '', 'bytes', 'PLACE', 'spread', 'BYTES', 'x'))[0]!);
  t.is(where.size, 3);
  t.regex(await codeOf(at(0, 'FABRIC.INSERT', 'four', '', 'bytes', 'REPLICAS', 4, 'BYTES', 'x')), /^ERR/);
  t.regex(await codeOf(at(0, 'FABRIC.INSERT', 'away', '', 'bytes', 'NODE', 'nobody', 'BYTES', 'x')), /^NOTFOUND/);
  t.is(await at(2, 'SET', 'three', 'one'), 'OK');
  for (const node of [0, 1, 2]) t.is(await at(node, 'GET', 'three'), 'one');
  t.deepEqual(holdersOf(await at(0, 'FABRIC.LOCATE', 'three')), [names[2]!]);
});

test.serial('PULL brings a replica, and PTR gives pointers of its own node only', async (t) => {
  await at(0, 'FABRIC.INSERT', 'v', 'doc', '2 * int16', Buffer.from([1, 2, 3, 4]));
  const refusal = await t.throwsAsync(at(1, 'FABRIC.PTR', 'v'));
  t.true(refusal.message.startsWith('REMOTE '), refusal.message);
  t.true(refusal.message.includes(cluster.addressOf(0)), refusal.message);
  const pointer = (await at(1, 'FABRIC.PTR', 'v', 'PULL')) as unknown[];
  t.is(valueOf(pointer, 'node'), names[1]);
  t.is(valueOf(pointer, 'type'), '2 * int16');
  t.deepEqual(holdersOf(await at(2, 'FABRIC.PULL', 'v', 'NODE', names[2]!)), [...names].sort());
  t.is(await at(0, 'FABRIC.RELEASE', String(valueOf(pointer, 'pin'))), 0, 'released through another node');
  t.is(await at(2, 'FABRIC.DELETE', 'v'), 1);
  for (const node of [0, 1, 2]) t.is(await at(node, 'FABRIC.PTR', 'v'), null);
  t.is(await at(0, 'FABRIC.PULL', 'v'), null);
});

test.serial('large values go through any node, whole', async (t) => {
  const value = randomBytes(20 << 20);
  await at(0, 'FABRIC.INSERT', 'large', '', 'bytes', 'NODE', names[1]!, 'BYTES', value);
  for (const node of [0, 1, 2]) t.true(value.equals((await bytesAt(node, 'GET', 'large'))!), `node ${node}`);
  t.true(value.subarray(5, 9 << 20).equals((await bytesAt(2, 'GETRANGE', 'large', 5, (9 << 20) - 1))!));
  await at(2, 'FABRIC.PULL', 'large');
  t.true(value.equals((await bytesAt(2, 'GET', 'large'))!));
});

test.serial('written in place: reserved, sealed and given up through any node', async (t) => {
  t.regex(await codeOf(at(0, 'FABRIC.RESERVE', 'r', '', '4 * int32', 'NODE', names[1]!)), /^ERR/);
  const reserved = (await at(
    0,
    'FABRIC.RESERVE',
    'r',
    '',
    '4 * int32',
    'NODE',
    names[1]!,
    'LEASE',
    60_000,
  )) as unknown[];
  t.is(valueOf(reserved, 'node'), names[1]);
  const xid = valueOf(reserved, 'xid') as number;
  t.deepEqual(holdersOf(await at(2, 'FABRIC.SEAL', xid)), [names[1]]);
  t.is(await at(0, 'STRLEN', 'r'), 16);
  const given = (await at(2, 'FABRIC.RESERVE', 'g', '', 'bytes', 'LENGTH', 8)) as unknown[];
  t.is(await at(0, 'FABRIC.ABORT', valueOf(given, 'xid') as number), 'OK');
  t.regex(await codeOf(at(0, 'FABRIC.SEAL', valueOf(given, 'xid') as number)), /^NOTFOUND/);
});

test.serial('whoever waits for a name is woken by any node', async (t) => {
  const waits = [at(1, 'FABRIC.LOCATE', 'late', 'WAIT', 30_000), at(2, 'FABRIC.LOCATE', 'late', 'WAIT', 0)];
  await at(0, 'FABRIC.INSERT', 'late', '', 'bytes', 'now');
  for (const wait of waits) t.deepEqual(holdersOf(await wait), [names[0]]);
  t.is(await at(1, 'FABRIC.LOCATE', 'never', 'WAIT', 50), null);
});

test.serial('memory of the whole cluster: listed, allocated evenly, compacted and given back', async (t) => {
  const segments = (await at(1, 'FABRIC.SEGMENTS')) as unknown[][];
  t.deepEqual(segments.map((segment) => valueOf(segment, 'node')).sort(), [...names].sort());
  const allocated = (await at(1, 'FABRIC.ALLOC', 12)) as [string, string][];
  t.deepEqual(holdersOf(allocated), [...names].sort());
  const [node, sharedId] = allocated.find(([name]) => name === names[2])!;
  const found = (await at(0, 'FABRIC.SEGMENTS', node)) as unknown[][];
  t.is(
    valueOf(
      found.find((segment) => valueOf(segment, 'shared_id') === sharedId)!,
      'bytes',
    ),
    4 << 20,
  );
  t.is(await at(0, 'FABRIC.DEALLOC', node, sharedId), 'OK');
  t.is(((await at(0, 'FABRIC.SEGMENTS', node)) as unknown[]).length, 1);
  t.is(typeof valueOf((await at(0, 'FABRIC.DEFRAG', node)) as unknown[], 'moved_variables'), 'number');
  t.regex(await codeOf(at(0, 'FABRIC.ALLOC', 1 << 17)), /^OOM/);
  t.is(((await at(0, 'FABRIC.SEGMENTS')) as unknown[]).length, 5, 'all or nothing');
  for (const [other, id] of allocated.filter(([name]) => name !== node)) await at(0, 'FABRIC.DEALLOC', other, id);
});

test.serial('a variable that was moved is found at its new place through every node', async (t) => {
  const value = (i: number) => Buffer.alloc(100_000, i);
  for (let i = 0; i < 60; i++) await at(1, 'SET', `m${i}`, value(i));
  const before = await at(0, 'FABRIC.LOCATE', 'm59');
  for (let i = 0; i < 59; i++) await at(0, 'DEL', `m${i}`);
  const report = (await at(0, 'FABRIC.DEFRAG', names[1]!)) as unknown[];
  t.true((valueOf(report, 'moved_variables') as number) > 0);
  // What a node was told before holds for a second at most.
  const deadline = performance.now() + 5000;
  let after = await at(0, 'FABRIC.LOCATE', 'm59');
  while (JSON.stringify(after) === JSON.stringify(before) && performance.now() < deadline)
    after = await at(0, 'FABRIC.LOCATE', 'm59');
  t.notDeepEqual(after, before);
  t.deepEqual(after, await at(1, 'FABRIC.LOCATE', 'm59'));
  t.deepEqual(after, await at(2, 'FABRIC.LOCATE', 'm59'));
});

test.serial('FLUSHALL of any node empties all', async (t) => {
  for (let i = 0; i < 30; i++) await at(i % 3, 'SET', `k${i}`, 'x');
  t.is(await at(1, 'DBSIZE'), 30);
  t.is(await at(1, 'FLUSHALL'), 'OK');
  for (const node of [0, 1, 2]) {
    t.is(await at(node, 'DBSIZE'), 0);
    t.is(await at(node, 'GET', 'k3'), null);
  }
});
