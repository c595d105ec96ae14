/** Where other nodes' variables are, answered by the sockets. */
import test from 'ava';
import { native, type NetCallbacks } from '../../dist/native.js';
import { connect } from 'node:net';
import { once } from 'node:events';
import { encodeRequest } from '../support/raw-resp.js';
import { readBytes } from '../support/sockets.js';
import { openStore } from '../support/store.js';

const HOUR_MS = 3_600_000;
const PLACEMENTS = [
  { node: 'beta', sharedId: '/fabric.beta.s0001', offset: 64, length: 5, xid: 2 ** 53 - 1, generation: 3 },
  { node: 'gamma', sharedId: '/fabric.gamma.s0002', offset: 0, length: 5, xid: 2 ** 53 - 1, generation: 1 },
];
const item = ({ node, sharedId, offset, length, xid, generation }: (typeof PLACEMENTS)[number]) =>
  `*6\r\n$${node.length}\r\n${node}\r\n$${sharedId.length}\r\n${sharedId}\r\n:${offset}\r\n:${length}\r\n:${xid}\r\n:${generation}\r\n`;
const REPLY = `*2\r\n${PLACEMENTS.map(item).join('')}`;
const NAME = Buffer.from('tenant/x');
const ELSEWHERE = '+elsewhere\r\n';

test('what is remembered of a name is answered until it is forgotten; the rest goes to the server', async (t) => {
  const { store } = await openStore(t, 2 << 20);
  const ignore = () => undefined;
  const callbacks: NetCallbacks = {
    accept: (connection) => net.hot(connection, 2),
    data: (connection) => {
      net.write(connection, Buffer.from(ELSEWHERE));
      net.hot(connection, 3);
    },
    sunk: ignore,
    sinkFailed: ignore,
    end: ignore,
    drain: ignore,
    closed: ignore,
    refused: ignore,
    idle: ignore,
    sealed: ignore,
  };
  const net = native.openNet(callbacks, {
    highWaterBytes: 1 << 20,
    lowWaterBytes: 1 << 18,
    hot: { store, node: 'alpha', alone: false, cacheNames: 100 },
  });
  t.teardown(() => net.close());
  net.limitHot({ bulkBytesMax: 0, reservedBytesMax: 0, documentationBytesMax: 0, waitMsMax: 1000 });
  const { port } = net.listenTcp('127.0.0.1', 0);
  const socket = connect({ port, host: '127.0.0.1', noDelay: true });
  t.teardown(() => socket.destroy());
  await once(socket, 'connect');
  const expect = async (words: string[], reply: string) => {
    socket.write(encodeRequest(words));
    t.is((await readBytes(socket, reply.length)).toString(), reply, words.join(' '));
  };
  net.remember(NAME, PLACEMENTS, HOUR_MS);
  // In RESP2, then, after the server has been asked, in RESP3.
  for (let i = 0; i < 2; i++) {
    await expect(['FABRIC.LOCATE', 'tenant/x'], REPLY);
    await expect(['FABRIC.LOCATE', 'tenant/x', 'WAIT', '10'], REPLY);
    await expect(['FABRIC.LOCATE', 'tenant/y'], ELSEWHERE);
    await expect(['GET', 'tenant/x'], ELSEWHERE);
  }
  const entry = store.insert(NAME, '', 'bytes', Buffer.from('here'));
  const { sharedId, offset, length, xid, generation } = store.locate(entry);
  await expect(
    ['FABRIC.LOCATE', 'tenant/x'],
    `*1\r\n${item({ node: 'alpha', sharedId, offset, length, xid, generation })}`,
  );
  store.remove([NAME]);
  await expect(['FABRIC.LOCATE', 'tenant/x'], REPLY);
  net.forget(NAME);
  await expect(['FABRIC.LOCATE', 'tenant/x'], ELSEWHERE);
  net.remember(NAME, PLACEMENTS, HOUR_MS);
  net.forgetAll();
  await expect(['FABRIC.LOCATE', 'tenant/x'], ELSEWHERE);
  net.remember(NAME, PLACEMENTS, 0);
  await expect(['FABRIC.LOCATE', 'tenant/x'], ELSEWHERE);
  t.like(net.takeHotCounts(), { hits: 6, rememberedHits: 5 });
  t.throws(() => net.remember(NAME, [], HOUR_MS), { code: 'ERR' });
  t.throws(() => net.remember(Buffer.alloc(513), PLACEMENTS, HOUR_MS), { code: 'ERR' });
  t.throws(
    () =>
      net.remember(
        NAME,
        Array.from({ length: 9 }, () => PLACEMENTS[0]!),
        HOUR_MS,
      ),
    { code: 'ERR' },
  );
});
