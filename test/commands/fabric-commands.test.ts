import { randomBytes } from 'node:crypto';
import { closeSync, openSync, readFileSync, readSync, statSync, unlinkSync, writeFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { Redis } from 'ioredis';
import { native } from '../../dist/native.js';
import { startServer, TestServer } from '../support/server.js';

interface Pointer {
  pin: string;
  name: string;
  xid: number;
  generation: number;
  node: string;
  shm: string;
  offset: number;
  length: number;
  type: string;
  dtype: string;
  shape: number[];
  strides: number[];
  host: { boot_id: string; inode: number; size: number };
}

type Placement = [node: string, sharedId: string, offset: number, length: number, xid: number, generation: number];

function connect(t: ExecutionContext, server: TestServer): Redis {
  const client = new Redis(server.port, server.host, { lazyConnect: false, maxRetriesPerRequest: 0 });
  t.teardown(() => client.disconnect());
  return client;
}

const folder = process.cwd();
const shmSource = `/dftestsource${process.pid}_`;
const shared = new TestServer({
  config: { security: { source_roots: [folder], shm_source_prefixes: [shmSource] } },
});
test.before(() => shared.start());
test.after.always(() => shared.dispose());

/** A client of the server that these tests share; each has names of its own. */
const share = (t: ExecutionContext) => ({ server: shared, client: connect(t, shared) });

/** A client of a server of the test's own, for those that count. */
async function start(t: ExecutionContext): Promise<{ server: TestServer; client: Redis }> {
  const server = await startServer(t);
  return { server, client: connect(t, server) };
}

const ask = async <T>(client: Redis, command: string, ...args: (string | number | Buffer)[]): Promise<T> =>
  (await client.call(command, ...args)) as T;

/** A map as ioredis has it: labels and values in turn. */
const fields = (flat: unknown[]): Record<string, unknown> =>
  Object.fromEntries(Array.from({ length: flat.length / 2 }, (_, i) => [flat[2 * i] as string, flat[2 * i + 1]]));

async function askMap<T>(client: Redis, command: string, ...args: (string | number | Buffer)[]): Promise<T> {
  const map = fields(await ask<unknown[]>(client, command, ...args));
  if (Array.isArray(map.host)) map.host = fields(map.host);
  return map as T;
}

async function refusal(t: ExecutionContext, pending: Promise<unknown>): Promise<string> {
  return (await t.throwsAsync(pending)).message;
}

/** Reads a stretch as any local client does. */
function read(shm: string, offset: number, length: number): Buffer {
  const bytes = Buffer.alloc(length);
  const fd = openSync(`/dev/shm${shm}`, 'r');
  readSync(fd, bytes, 0, length, offset);
  closeSync(fd);
  return bytes;
}

function write(shm: string, offset: number, bytes: Buffer): void {
  const fd = openSync(`/dev/shm${shm}`, 'r+');
  writeSync(fd, bytes, 0, bytes.length, offset);
  closeSync(fd);
}

test('insert, locate, point, read in place, release, delete', async (t) => {
  const { server, client } = share(t);
  const bytes = randomBytes(6400);
  const placements = await ask<Placement[]>(client, 'FABRIC.INSERT', 'grid', 'a grid', '40 * 20 * float64', bytes);
  const [node, sharedId, offset, length, xid, generation] = placements[0]!;
  t.deepEqual([node, length, generation], [server.node, 6400, 1]);
  t.deepEqual(read(sharedId, offset, length), bytes);
  t.deepEqual(await ask(client, 'fabric.locate', 'grid'), placements);
  const pointer = await askMap<Pointer>(client, 'FABRIC.PTR', 'grid');
  const { pin, host, ...rest } = pointer;
  t.regex(pin, /^t[0-9a-f]{12}:[0-9a-f]{16}$/);
  t.deepEqual(Object.keys(host), ['boot_id', 'inode', 'size']);
  t.deepEqual(rest, {
    name: 'grid',
    xid,
    generation: 1,
    node,
    shm: sharedId,
    offset,
    length,
    type: '40 * 20 * float64',
    dtype: '<f8',
    shape: [40, 20],
    strides: [160, 8],
  });
  t.is(Object.keys(pointer).join(' '), 'pin name xid generation node shm offset length type dtype shape strides host');
  const information = await askMap<Record<string, unknown>>(client, 'FABRIC.INFO', 'grid');
  const { created_ms: created, ...described } = information;
  t.is(typeof created, 'number');
  t.deepEqual(described, {
    name: 'grid',
    xid,
    documentation: 'a grid',
    type: '40 * 20 * float64',
    length: 6400,
    dtype: '<f8',
    shape: [40, 20],
    strides: [160, 8],
    state: 'SEALED',
    pins: 1,
    crc32c: native.crc32c(bytes),
    placements,
  });
  t.deepEqual(await askMap(client, 'FABRIC.INFO', 'ID', xid), information);
  t.deepEqual(await client.callBuffer('FABRIC.GET', 'grid'), bytes);
  t.deepEqual(await client.callBuffer('FABRIC.GET', 'grid', '6000', '400'), bytes.subarray(6000));
  t.is(await ask(client, 'FABRIC.DELETE', 'grid', 'none'), 1);
  t.deepEqual(read(sharedId, offset, length), bytes);
  t.is(await ask(client, 'FABRIC.RELEASE', pin), 0);
  t.is(await ask(client, 'FABRIC.LOCATE', 'grid'), null);
  t.is(await ask(client, 'FABRIC.PTR', 'grid'), null);
  t.is(await ask(client, 'FABRIC.INFO', 'grid'), null);
  t.is(await ask(client, 'FABRIC.GET', 'grid'), null);
});

test('large bytes by-pass the heap and are the same', async (t) => {
  const { client } = await start(t);
  const bytes = randomBytes(20_000_000);
  await ask(client, 'FABRIC.INSERT', 'short-form', '', 'bytes', bytes);
  t.true(bytes.equals((await client.callBuffer('FABRIC.GET', 'short-form')) as Buffer));
  await ask(client, 'FABRIC.INSERT', 'keywords', '', '20000000 * uint8', 'PLACE', 'local', 'replace', 'BYTES', bytes);
  t.true(bytes.equals((await client.callBuffer('FABRIC.GET', 'keywords')) as Buffer));
  t.is((await askMap<{ crc32c: number }>(client, 'FABRIC.INFO', 'keywords')).crc32c, native.crc32c(bytes));
  await client.set('plain', bytes);
  t.true(bytes.equals((await client.getBuffer('plain'))!));
});

test('a large payload that is refused is drained, and the connection goes on', async (t) => {
  const { client } = await start(t);
  const bytes = Buffer.alloc(5_000_000);
  const insert = (...args: string[]) => refusal(t, ask(client, 'FABRIC.INSERT', ...args, bytes));
  t.regex(await insert('x', '', '3 * int32'), /^TYPE .*12.*5000000/);
  t.regex(await insert('', '', 'bytes'), /^ERR a name/);
  t.regex(await insert('x', '', 'bytes', 'NODE', 'beta', 'BYTES'), /^NOTFOUND no node 'beta'/);
  t.regex(await insert('x', '', 'bytes', 'FILE'), /^ERR syntax error: only the payload/);
  t.regex(await insert('x', '', 'bytes', 'REPLACE'), /^ERR syntax error/);
  t.regex(await refusal(t, ask(client, 'SET', 'x', 'y', 'EX', bytes)), /^ERR syntax error/);
  await ask(client, 'FABRIC.INSERT', 'x', '', 'bytes', 'short');
  t.regex(await insert('x', '', 'bytes'), /^EXISTS .*xid=\d+ length=5 crc32c=\d+/);
  t.is(await client.dbsize(), 1);
  const [segment] = await ask<unknown[][]>(client, 'FABRIC.SEGMENTS');
  t.is(fields(segment!).used_bytes, 64);
});

test('exactly four arguments: the fourth is the payload, whatever it says', async (t) => {
  const { client } = share(t);
  await ask(client, 'FABRIC.INSERT', 'four', '', 'bytes', 'REPLACE');
  t.is(await client.get('four'), 'REPLACE');
});

test('the keyword form says what it expects', async (t) => {
  const { client } = await start(t);
  const insert = (...options: string[]) => refusal(t, ask(client, 'FABRIC.INSERT', 'x', '', 'bytes', ...options));
  t.regex(await insert('FOO', 'x'), /expected NODE, PLACE, REPLICAS, REPLACE, BYTES, FILE or SHM, not 'FOO'/);
  t.regex(await insert('REPLACE', 'BYTES'), /payload is missing/);
  t.regex(await insert('BYTES', 'a', 'b'), /nothing after BYTES's arguments/);
  t.regex(await insert('REPLICAS', '2', 'BYTES', 'a'), /^ERR REPLICAS 2 needs 2 nodes/);
  t.regex(await insert('REPLICAS', '0', 'BYTES', 'a'), /REPLICAS must be an integer from 1/);
  t.regex(await insert('PLACE', 'far', 'BYTES', 'a'), /PLACE must be local or spread/);
  t.regex(await insert('PLACE', 'local', 'NODE', 'x', 'BYTES', 'a'), /not both/);
  t.regex(await insert('SHM', '/psm_x', '0'), /length is missing/);
  t.regex(await insert('SHM', '/psm_x', '-1', '5'), /offset must be an integer from 0/);
  t.regex(await insert('FILE', '/etc/passwd'), /^NOPERM FILE is not allowed: .*security\.source_roots/);
  t.is(await client.dbsize(), 0);
});

test('a foreign object is copied beside everything else', async (t) => {
  const { client } = share(t);
  const bytes = randomBytes(1_000_000);
  const name = `${shmSource}${shared.node}`;
  writeFileSync(`/dev/shm${name}`, bytes);
  t.teardown(() => unlinkSync(`/dev/shm${name}`));
  const copied = ask<Placement[]>(client, 'FABRIC.INSERT', 'frame', '', '1000 * uint8', 'SHM', name, 500, 1000);
  const [placement] = await copied;
  t.deepEqual(read(placement![1], placement![2], 1000), bytes.subarray(500, 1500));
});

test('FILE reads beneath a root of the config', async (t) => {
  const { client } = share(t);
  await ask(client, 'FABRIC.INSERT', 'package', '', 'bytes', 'FILE', join(folder, 'package.json'));
  t.is((JSON.parse((await client.get('package'))!) as { name: string }).name, 'datafabric');
  t.regex(
    await refusal(t, ask(client, 'FABRIC.INSERT', 'passwd', '', 'bytes', 'FILE', '/etc/passwd')),
    new RegExp(`^NOPERM .*${folder}`),
  );
});

test('reserve, write in place, seal; the consumer that waits is woken', async (t) => {
  const { server, client } = share(t);
  const consumer = connect(t, server);
  const waiting = askMap<Pointer>(consumer, 'FABRIC.PTR', 'job', 'WAIT', 0);
  const located = ask<Placement[]>(connect(t, server), 'FABRIC.LOCATE', 'job', 'WAIT', 60_000);
  const reservation = await askMap<Pointer>(client, 'FABRIC.RESERVE', 'job', '', 'var * int32', 'LENGTH', 8);
  t.is(Object.keys(reservation).join(' '), 'xid node shm offset length type dtype shape strides host');
  t.is(await ask(client, 'FABRIC.LOCATE', 'job'), null);
  t.regex(await refusal(t, ask(client, 'FABRIC.INSERT', 'job', '', 'bytes', 'job')), /^EXISTS .*length=8/);
  const bytes = Buffer.from([1, 0, 0, 0, 2, 0, 0, 0]);
  write(reservation.shm, reservation.offset, bytes);
  const placements = await ask<Placement[]>(client, 'FABRIC.SEAL', reservation.xid);
  t.deepEqual(await ask(client, 'FABRIC.SEAL', reservation.xid), placements);
  const pointer = await waiting;
  t.is(pointer.xid, reservation.xid);
  t.deepEqual(pointer.shape, [2]);
  t.deepEqual(read(pointer.shm, pointer.offset, pointer.length), bytes);
  t.deepEqual(await located, placements);
});

test('a wait ends with its time, and blocks nobody else', async (t) => {
  const { server, client } = share(t);
  const patient = connect(t, server);
  const waiting = ask(patient, 'FABRIC.LOCATE', 'never', 'WAIT', 50);
  t.is(await client.ping(), 'PONG');
  t.is(await waiting, null);
  t.regex(await refusal(t, ask(client, 'FABRIC.LOCATE', 'x', 'WAIT', 10 ** 12)), /0 \(for ever\) to 3600000 ms/);
  t.regex(await refusal(t, ask(client, 'FABRIC.LOCATE', 'x', 'WAIT', -1)), /WAIT must be an integer/);
});

test('a reservation is aborted once', async (t) => {
  const { client } = share(t);
  const { xid } = await askMap<{ xid: number }>(client, 'FABRIC.RESERVE', 'aborted', '', '10 * int8');
  t.is(await ask(client, 'FABRIC.ABORT', xid), 'OK');
  t.regex(await refusal(t, ask(client, 'FABRIC.ABORT', xid)), /^NOTFOUND no reservation/);
  t.regex(await refusal(t, ask(client, 'FABRIC.SEAL', 'aborted')), /^ERR xid must be an integer/);
  t.regex(
    await refusal(t, ask(client, 'FABRIC.RESERVE', 'aborted', '', '10 * int8', 'LEASE', 5, 'SLOT', 1)),
    /one LEASE or one SLOT/,
  );
});

test('a location is a pointer too', async (t) => {
  const { server, client } = share(t);
  const [[node, sharedId, offset, , xid]] = await ask<[Placement]>(
    client,
    'FABRIC.INSERT',
    'location',
    '',
    'bytes',
    'here',
  );
  t.is((await askMap<Pointer>(client, 'FABRIC.PTR', node, sharedId, offset)).name, 'location');
  t.is((await askMap<Pointer>(client, 'FABRIC.PTR', node, sharedId, offset, 'XID', xid, 'LEASE', 1000)).xid, xid);
  t.is(await ask(client, 'FABRIC.PTR', node, sharedId, offset + 1), null);
  t.regex(await refusal(t, ask(client, 'FABRIC.PTR', node, sharedId, offset, 'XID', xid + 1)), /^STALE /);
  t.regex(await refusal(t, ask(client, 'FABRIC.PTR', 'beta', sharedId, offset)), /^NOTFOUND no node 'beta'/);
  t.regex(await refusal(t, ask(client, 'FABRIC.PTR', node, '/none', 0)), /^NOTFOUND no segment/);
  t.is(server.node, node);
});

test('pins are renewed and released by any connection', async (t) => {
  const { server, client } = share(t);
  await client.set('renewed', 'payload');
  const { pin } = await askMap<Pointer>(client, 'FABRIC.PTR', 'renewed', 'LEASE', 120_000);
  const other = connect(t, server);
  t.is(await ask(other, 'FABRIC.RENEW', pin, 60_000), 'OK');
  t.is(await ask(other, 'FABRIC.RELEASE', pin, 'DELETE'), 0);
  t.is(await client.exists('renewed'), 0);
  t.regex(await refusal(t, ask(client, 'FABRIC.RELEASE', pin)), /^NOTFOUND no pin/);
});

test('PULL on a cluster of one says where the variable is', async (t) => {
  const { server, client } = share(t);
  await client.set('pulled', 'payload');
  const placements = await ask<Placement[]>(client, 'FABRIC.LOCATE', 'pulled');
  t.deepEqual(await ask(client, 'FABRIC.PULL', 'pulled'), placements);
  t.deepEqual(await ask(client, 'FABRIC.PULL', 'pulled', 'NODE', server.node), placements);
  t.is(await ask(client, 'FABRIC.PULL', 'none'), null);
  t.regex(await refusal(t, ask(client, 'FABRIC.PULL', 'pulled', 'NODE', 'beta')), /^NOTFOUND no node 'beta'/);
});

test('segments are allocated, listed, compacted and given back', async (t) => {
  const { server, client } = await start(t);
  const [[node, sharedId]] = await ask<[[string, string]]>(client, 'FABRIC.ALLOC', 3, 'NODE', server.node);
  t.is(node, server.node);
  const segments = (await ask<unknown[][]>(client, 'FABRIC.SEGMENTS', node)).map(fields);
  t.is(segments.length, 2);
  const { ino, size } = statSync(`/dev/shm${sharedId}`);
  const bootId = readFileSync('/proc/sys/kernel/random/boot_id', 'latin1').trim();
  const { host, ...numbers } = segments[1]!;
  t.deepEqual(fields(host as unknown[]), { boot_id: bootId, inode: ino, size });
  t.deepEqual(numbers, {
    node,
    shared_id: sharedId,
    bytes: 4 << 20,
    used_bytes: 0,
    free_bytes: 4 << 20,
    largest_free_bytes: 4 << 20,
    limbo_bytes: 0,
    quarantined_bytes: 0,
    pinned_bytes: 0,
    variables: 0,
  });
  const [only] = (await ask<unknown[][]>(client, 'FABRIC.NODES')).map(fields);
  t.is(
    Object.keys(only!).join(' '),
    'node address tls_port role state zone weight segments bytes used_bytes variables',
  );
  t.is(only!.address, `127.0.0.1:${server.port}`);
  t.is(only!.segments, 2);
  t.deepEqual(Object.keys(await askMap<object>(client, 'FABRIC.DEFRAG', node, sharedId)), [
    'moved_variables',
    'moved_bytes',
    'largest_free_before',
    'largest_free_after',
    'pinned_bytes',
  ]);
  t.is(await ask(client, 'FABRIC.DEALLOC', node, sharedId), 'OK');
  t.false(server.objects().includes(sharedId.slice(1)));
  t.regex(await refusal(t, ask(client, 'FABRIC.ALLOC', 'much')), /megabytes must be an integer from 1 to/);
  t.regex(await refusal(t, ask(client, 'FABRIC.ALLOC', 2, 'ON', 'beta')), /expected NODE, not 'ON'/);
});

test('the list goes page by page', async (t) => {
  const { client } = await start(t);
  const names = Array.from({ length: 300 }, (_, i) => `weather/city${i}`);
  await Promise.all(names.map((name) => client.set(name, name)));
  await client.set('default/plain', 'x');
  const found: string[] = [];
  let cursor = 0;
  do {
    const [next, page] = await ask<[number, string[]]>(client, 'FABRIC.LIST', 'CURSOR', cursor, 'COUNT', 50);
    found.push(...page);
    cursor = next;
  } while (cursor !== 0);
  t.deepEqual(found.sort(), [...names, 'plain'].sort());
  t.deepEqual(await ask(client, 'FABRIC.LIST', 'MATCH', '*city29', 'COUNT', 100_000), [0, ['weather/city29']]);
  t.regex(await refusal(t, ask(client, 'FABRIC.LIST', 'COUNT', 0)), /COUNT must be an integer from 1 to 100000/);
});

test('help names every command of the family', async (t) => {
  const { client } = share(t);
  const lines = await ask<string[]>(client, 'FABRIC.HELP');
  for (const command of await ask<string[]>(client, 'COMMAND', 'LIST', 'FILTERBY', 'PATTERN', 'fabric.*')) {
    if (command !== 'fabric.help')
      t.true(
        lines.some((line) => line.startsWith(command.toUpperCase())),
        command,
      );
  }
});
