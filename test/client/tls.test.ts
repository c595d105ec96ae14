import { readFileSync } from 'node:fs';
import test from 'ava';
import { connect } from '../../dist/client/index.js';
import { Authority } from '../support/certificates.js';
import { TestServer } from '../support/server.js';

const authority = new Authority();
const own = authority.issue('server');
const ca = readFileSync(authority.ca);
const commands = ['+@fabric', '+@connection', '-@dangerous'];
const server = new TestServer({
  config: { tls: { hosts: ['127.0.0.1'], port: 0, ...own } },
  users: [{ name: 'bob', password: 'pw', commands, read: ['mine/*'], write: ['mine/*'] }],
});
test.before(() => server.start());
test.after.always(async () => {
  await server.dispose();
  authority.dispose();
});

test('arrays are mapped all the same, and waits have connections of their own', async (t) => {
  const fabric = await connect({ url: `rediss://bob:pw@127.0.0.1:${server.tlsPort}`, tls: { ca } });
  t.teardown(() => fabric.close());
  const waiting = fabric.attach<Float64Array>('mine/grid', { wait: 30_000 });
  await fabric.insert('mine/grid', new Float64Array([1, 2, 3]));
  const attachment = await waiting;
  t.deepEqual([...attachment.array], [1, 2, 3]);
  t.false(attachment.copied);
  await attachment.release();
});

test('a user, and what it may not do', async (t) => {
  const fabric = await connect({ port: server.tlsPort, tls: { ca }, username: 'bob', password: 'pw' });
  t.teardown(() => fabric.close());
  await t.throwsAsync(fabric.insert('theirs', new Float64Array(3)), { code: 'NOPERM' });
  await t.throwsAsync(connect({ port: server.tlsPort, tls: { ca }, username: 'bob', password: 'px' }), {
    code: 'WRONGPASS',
  });
});

test('a certificate of strangers is refused', async (t) => {
  await t.throwsAsync(connect(`rediss://127.0.0.1:${server.tlsPort}`), { message: /certificate/ });
});
