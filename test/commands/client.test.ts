import test from 'ava';
import { NONE, OK } from '../../dist/resp/reply.js';
import { error, run, STARTED_MS, testContext, testSession, textOf } from '../support/context.js';

const SYNTAX = error('ERR syntax error');
const others = () => [
  testSession({ id: 2, remoteAddress: '127.0.0.1:4002' }),
  testSession({ id: 3, remoteAddress: '/run/f.sock:0', localAddress: '/run/f.sock:0', protocol: 3 }),
];

test('ID and names', async (t) => {
  const context = testContext({ session: { id: 9 } });
  t.is(await run(context, 'CLIENT', 'ID'), 9);
  t.is(await run(context, 'CLIENT', 'GETNAME'), null);
  t.deepEqual(await run(context, 'CLIENT', 'SETNAME', 'loader-1'), OK);
  t.is(await run(context, 'CLIENT', 'GETNAME'), 'loader-1');
  for (const name of ['a b', 'a\nb', 'ä']) {
    t.deepEqual(
      await run(context, 'CLIENT', 'SETNAME', name),
      error('ERR Client names cannot contain spaces, newlines or special characters.'),
    );
  }
  t.deepEqual(
    await run(context, 'CLIENT', 'SETNAME', 'x'.repeat(513)),
    error('ERR Client names cannot be longer than 512 bytes, this one has 513.'),
  );
  t.is(context.session.name, 'loader-1');
  t.deepEqual(await run(context, 'CLIENT', 'SETNAME', ''), OK);
  t.is(await run(context, 'CLIENT', 'GETNAME'), null);
});

test('SETINFO keeps library name and version', async (t) => {
  const context = testContext();
  t.deepEqual(await run(context, 'CLIENT', 'SETINFO', 'LIB-NAME', 'redis-py'), OK);
  t.deepEqual(await run(context, 'CLIENT', 'SETINFO', 'lib-ver', '8.0'), OK);
  t.like(context.session, { libName: 'redis-py', libVersion: '8.0' });
  t.deepEqual(await run(context, 'CLIENT', 'SETINFO', 'foo', 'x'), error("ERR Unrecognized option 'foo'"));
  t.deepEqual(
    await run(context, 'CLIENT', 'SETINFO', 'LIB-NAME', 'a b'),
    error('ERR lib-name cannot contain spaces, newlines or special characters.'),
  );
});

test('INFO is one line of known fields', async (t) => {
  const context = testContext({
    session: {
      id: 7,
      name: 'me',
      lastCommand: 'client|info',
      lastActiveMs: STARTED_MS + 3000,
      inputBytes: 26,
      outputBytes: 5,
      libName: 'lib',
      libVersion: '1',
    },
  });
  t.is(
    textOf(await run(context, 'CLIENT', 'INFO')),
    'id=7 addr=127.0.0.1:4001 laddr=127.0.0.1:6379 name=me age=5 idle=2 flags=N db=0 sub=0 psub=0 ssub=0 multi=-1 ' +
      'watch=0 qbuf=26 multi-mem=0 omem=5 tot-mem=31 events=r cmd=client|info user=default redir=-1 resp=2 lib-name=lib lib-ver=1\n',
  );
});

test('LIST shows flags and can be filtered', async (t) => {
  const blocked = testSession({ id: 4, blocked: true, noEvict: true, noTouch: true, closeAfterReply: true });
  const context = testContext({ others: [...others(), blocked] });
  const ids = async (...words: string[]) =>
    [...textOf(await run(context, 'CLIENT', 'LIST', ...words)).matchAll(/^id=(\d+)/gm)].map((match) =>
      Number(match[1]),
    );
  t.deepEqual(await ids(), [1, 2, 3, 4]);
  t.deepEqual(await ids('TYPE', 'normal'), [1, 2, 3, 4]);
  t.deepEqual(await ids('type', 'REPLICA'), []);
  t.deepEqual(await ids('ID', '3', '1', '99'), [1, 3]);
  const text = textOf(await run(context, 'CLIENT', 'LIST'));
  t.regex(text, /id=3 .*flags=U .*cmd=NULL .*resp=3/);
  t.regex(text, /id=4 .*flags=bceT /);
});

test('LIST refuses what it does not know', async (t) => {
  const context = testContext();
  for (const words of [['FOO'], ['FOO', '1'], ['TYPE'], ['TYPE', 'normal', 'x'], ['ID']]) {
    t.deepEqual(await run(context, 'CLIENT', 'LIST', ...words), SYNTAX, words.join(' '));
  }
  t.deepEqual(await run(context, 'CLIENT', 'LIST', 'TYPE', 'foo'), error("ERR Unknown client type 'foo'"));
  t.deepEqual(await run(context, 'CLIENT', 'LIST', 'ID', 'x'), error('ERR Invalid client ID'));
});

test('KILL by address', async (t) => {
  const context = testContext({ others: others() });
  t.deepEqual(await run(context, 'CLIENT', 'KILL', '127.0.0.1:4002'), OK);
  t.deepEqual(context.server.killed, [2]);
  t.deepEqual(await run(context, 'CLIENT', 'KILL', '127.0.0.1:9'), error('ERR No such client'));
  t.deepEqual(await run(context, 'CLIENT', 'KILL', '127.0.0.1:4001'), OK);
  t.true(context.session.closeAfterReply);
  t.deepEqual(context.server.killed, [2]);
});

test('KILL by options, which must all hold', async (t) => {
  const killed = async (...words: string[]) => {
    const context = testContext({ others: others() });
    const count = await run(context, 'CLIENT', 'KILL', ...words);
    return [count, ...context.server.killed, ...(context.session.closeAfterReply ? ['self'] : [])];
  };
  t.deepEqual(await killed('ID', '2'), [1, 2]);
  t.deepEqual(await killed('ID', '99'), [0]);
  t.deepEqual(await killed('ID', '1'), [0]);
  t.deepEqual(await killed('ID', '1', 'SKIPME', 'no'), [1, 'self']);
  t.deepEqual(await killed('TYPE', 'normal'), [2, 2, 3]);
  t.deepEqual(await killed('USER', 'default', 'skipme', 'NO'), [3, 2, 3, 'self']);
  t.deepEqual(await killed('LADDR', '/run/f.sock:0'), [1, 3]);
  t.deepEqual(await killed('ADDR', '127.0.0.1:4002', 'ID', '3'), [0]);
  t.deepEqual(await killed('TYPE', 'pubsub'), [0]);
});

test('KILL refuses what it does not know and kills nobody then', async (t) => {
  const context = testContext({ others: others() });
  const cases: readonly (readonly [words: string[], text: string])[] = [
    [['ID', '0'], 'ERR client-id should be greater than 0'],
    [['ID', 'x'], 'ERR client-id should be greater than 0'],
    [['TYPE', 'foo'], "ERR Unknown client type 'foo'"],
    [['USER', 'foo'], "ERR No such user 'foo'"],
    [['ID', '2', 'SKIPME', 'perhaps'], 'ERR syntax error'],
    [['ID', '2', 'FOO', 'x'], 'ERR syntax error'],
    [['ID', '2', 'SKIPME'], 'ERR syntax error'],
  ];
  for (const [words, text] of cases) t.deepEqual(await run(context, 'CLIENT', 'KILL', ...words), error(text));
  t.deepEqual(context.server.killed, []);
});

test('REPLY switches replies', async (t) => {
  const context = testContext();
  t.deepEqual(await run(context, 'CLIENT', 'REPLY', 'SKIP'), NONE);
  t.is(context.session.replyMode, 'skip');
  t.deepEqual(await run(context, 'CLIENT', 'REPLY', 'off'), NONE);
  t.is(context.session.replyMode, 'off');
  t.deepEqual(await run(context, 'CLIENT', 'REPLY', 'skip'), NONE);
  t.is(context.session.replyMode, 'off');
  t.deepEqual(await run(context, 'CLIENT', 'REPLY', 'ON'), OK);
  t.is(context.session.replyMode, 'on');
  t.deepEqual(await run(context, 'CLIENT', 'REPLY', 'foo'), SYNTAX);
});

test('NO-EVICT and NO-TOUCH are switches', async (t) => {
  const context = testContext();
  t.deepEqual(await run(context, 'CLIENT', 'NO-EVICT', 'on'), OK);
  t.deepEqual(await run(context, 'CLIENT', 'NO-TOUCH', 'ON'), OK);
  t.like(context.session, { noEvict: true, noTouch: true });
  t.deepEqual(await run(context, 'CLIENT', 'NO-EVICT', 'off'), OK);
  t.false(context.session.noEvict);
  t.deepEqual(await run(context, 'CLIENT', 'NO-EVICT', 'x'), SYNTAX);
  t.deepEqual(await run(context, 'CLIENT', 'NO-TOUCH', 'x'), SYNTAX);
});

test('PAUSE lasts until a time and is never weakened', async (t) => {
  const context = testContext({ nowMs: 1000 });
  const { server } = context;
  t.deepEqual(await run(context, 'CLIENT', 'PAUSE', '500', 'WRITE'), OK);
  t.like(server, { pauseUntilMs: 1500, pauseWritesOnly: true });
  await run(context, 'CLIENT', 'PAUSE', '100');
  t.like(server, { pauseUntilMs: 1500, pauseWritesOnly: false });
  await run(context, 'CLIENT', 'PAUSE', '600', 'write');
  t.like(server, { pauseUntilMs: 1600, pauseWritesOnly: false });
  t.deepEqual(await run(context, 'CLIENT', 'UNPAUSE'), OK);
  t.is(server.pauseUntilMs, undefined);
  await run(context, 'CLIENT', 'PAUSE', '1', 'WRITE');
  t.true(server.pauseWritesOnly);
});

test('PAUSE refuses what it does not know', async (t) => {
  const context = testContext();
  const cases: readonly (readonly [words: string[], text: string])[] = [
    [['x'], 'ERR timeout is not an integer or out of range'],
    [['-1'], 'ERR timeout is negative'],
    [['0', 'FOO'], 'ERR CLIENT PAUSE mode must be WRITE or ALL'],
    [['0', 'ALL', 'x'], "ERR unknown subcommand or wrong number of arguments for 'PAUSE'. Try CLIENT HELP."],
  ];
  for (const [words, text] of cases) t.deepEqual(await run(context, 'CLIENT', 'PAUSE', ...words), error(text));
  t.is(context.server.pauseUntilMs, undefined);
});

test('what would promise pushes is unknown', (t) => {
  const { table } = testContext();
  for (const word of ['TRACKING', 'MAINT_NOTIFICATIONS', 'CACHING', 'TRACKINGINFO', 'GETREDIR']) {
    const { command, container } = table.resolve([Buffer.from('CLIENT'), Buffer.from(word)]);
    t.is(command, undefined, word);
    t.is(container?.name, 'client', word);
  }
});

test('HELP lists every subcommand', async (t) => {
  const reply = await run(testContext(), 'CLIENT', 'HELP');
  const lines = (reply as { kind: 'simple'; text: string }[]).map(({ text }) => text);
  t.is(lines[0], 'CLIENT <subcommand> [<arg> [value] [opt] ...]. Subcommands are:');
  t.true(lines.includes('PAUSE timeout [WRITE | ALL]'));
  t.deepEqual(lines.slice(-2), ['HELP', '    Prints this help.']);
  t.is(lines.filter((line) => line === 'HELP').length, 1);
});
