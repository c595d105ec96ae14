/** Every argument of every FABRIC.* and string command, with what it isn't meant to be. */
import test, { type ExecutionContext } from 'ava';
import fc from 'fast-check';
import { commandTable } from '../../dist/commands/all-commands.js';
import type { ArgumentDoc, Command } from '../../dist/commands/command.js';
import { request } from '../resp/feeding.js';
import type { RawReply } from '../support/raw-resp.js';
import { trials } from './fuzzing.js';
import { isError, startTarget, wellFormed, type Target } from './target.js';

const GROUPS: ReadonlySet<string> = new Set(['fabric', 'string', 'generic']);
const commands = [...commandTable().all()].filter(({ group }) => GROUPS.has(group));
const ERROR = /^-(?:ERR|EXISTS|NOTFOUND|OOM|INUSE|TYPE|REMOTE|STALE|NOPERM) /;

/** Never a number of any command. */
const NO_INTEGERS = [
  ...[
    '',
    ' ',
    ' 1',
    '1 ',
    '+1',
    '01',
    '-0',
    '0x10',
    '1e3',
    '1e30',
    '1.0',
    '1.5',
    '.5',
    'NaN',
    'Infinity',
    '-Infinity',
    'null',
    'one',
  ],
  ...['9007199254740992', '9007199254740993', '9223372036854775807', '9223372036854775808', '-9223372036854775809'],
  ...[
    '18446744073709551615',
    '18446744073709551616',
    '9'.repeat(400),
    '1\0',
    '\0',
    '1\r\n',
    '\xd9\xa1',
    '1,000',
    '1_000',
  ],
];
/** Numbers which at least some commands can't take. */
const EXTREME = ['-1', '-9007199254740991', '9007199254740991', '4294967296', '2147483648', '0'];

interface Known {
  node: string;
  segment: string;
}

/** A valid word for an argument, so that the wrong one beside it is what is refused. */
function valid({ name, type, token }: ArgumentDoc, known: Known): string {
  if (type === 'integer') return '1';
  if (type === 'key') return 'fixed';
  if (name === 'node') return known.node;
  if (name === 'shared_id') return known.segment;
  if (name === 'type') return 'bytes';
  if (name === 'shm_name') return '/psm_x';
  return token ?? 'x';
}

type Call = string[];

/** Every way to write the arguments in which `wrong` stands for one of the integers. */
function* callsWith(docs: readonly ArgumentDoc[], wrong: string, known: Known): Generator<Call> {
  for (const [at, doc] of docs.entries()) {
    for (const inner of wrongWays(doc, wrong, known)) {
      const around = (some: readonly ArgumentDoc[]) =>
        some.filter(({ optional }) => optional !== true).flatMap((other) => validWords(other, known));
      yield [...around(docs.slice(0, at)), ...inner, ...around(docs.slice(at + 1))];
    }
  }
}

function* wrongWays(doc: ArgumentDoc, wrong: string, known: Known): Generator<Call> {
  const token = doc.token === undefined ? [] : [doc.token];
  if (doc.type === 'integer') yield [...token, wrong];
  for (const choice of doc.type === 'oneof' ? doc.arguments! : []) {
    for (const inner of wrongWays(choice, wrong, known)) yield [...token, ...inner];
  }
  if (doc.type === 'block') for (const inner of callsWith(doc.arguments!, wrong, known)) yield [...token, ...inner];
}

function validWords(doc: ArgumentDoc, known: Known): Call {
  const token = doc.token === undefined || doc.type === 'pure-token' ? [] : [doc.token];
  if (doc.type === 'oneof') return [...token, ...validWords(doc.arguments![0]!, known)];
  if (doc.type === 'block') {
    return [
      ...token,
      ...doc.arguments!.filter(({ optional }) => optional !== true).flatMap((inner) => validWords(inner, known)),
    ];
  }
  return [...token, valid(doc, known)];
}

const hasInteger = (docs: readonly ArgumentDoc[]): boolean =>
  docs.some(({ type, arguments: inner }) => type === 'integer' || hasInteger(inner ?? []));

async function prepared(t: ExecutionContext): Promise<{ target: Target; known: Known; before: Map<string, number> }> {
  const target = await startTarget(t, {
    config: { log: { level: 'info' }, security: { shm_source_prefixes: ['/psm_'] } },
  });
  await target.ask('FABRIC.INSERT', 'fixed', '', 'bytes', 'value');
  const before = await target.freeBytes();
  return { target, before, known: { node: target.server.node, segment: [...before.keys()][0]! } };
}

/** On a connection of its own, so that a wait it begins ends with it. */
async function call(target: Target, words: readonly (string | Buffer)[]): Promise<RawReply> {
  const replies = wellFormed(await target.play([request(...words)]));
  if (replies.length !== 1) throw new Error(`${JSON.stringify(words)} is answered by ${replies.length} replies`);
  return replies[0]!;
}

async function assertUnharmed(t: ExecutionContext, target: Target, before: ReadonlyMap<string, number>): Promise<void> {
  t.is(await target.ask('GET', 'fixed'), '$value');
  for (const name of await names(target)) if (name !== 'fixed') await target.ask('DEL', Buffer.from(name, 'latin1'));
  await target.assertWell(t);
  await target.assertFree(t, before);
  t.notRegex(target.server.output(), /unexpectedly/);
}

async function names(target: Target): Promise<string[]> {
  const page = (await target.ask('FABRIC.LIST', 'COUNT', '100000')) as readonly RawReply[];
  return (page[2] as readonly string[]).slice(1).map((name) => name.slice(1));
}

test('whatever is no integer is refused by name, wherever an integer belongs', async (t) => {
  const { target, known, before } = await prepared(t);
  const numeric = commands.filter((command) => hasInteger(command.arguments));
  t.true(numeric.length >= 10);
  for (const command of numeric) {
    for (const wrong of NO_INTEGERS) {
      for (const words of callsWith(command.arguments, wrong, known)) {
        const reply = await call(
          target,
          [command.name, ...words].map((word) => Buffer.from(word, 'latin1')),
        );
        const shown = `${command.name} ${JSON.stringify(words)}: ${JSON.stringify(reply).slice(0, 300)}`;
        t.true(isError(reply), shown);
        t.regex(reply as string, command.group === 'fabric' ? /^-ERR .*must be an integer from/ : /^-ERR /, shown);
      }
    }
    for (const extreme of EXTREME) {
      for (const words of callsWith(command.arguments, extreme, known)) {
        const reply = await call(target, [command.name, ...words]);
        if (isError(reply)) t.regex(reply, ERROR, `${command.name} ${words.join(' ')}`);
      }
    }
  }
  await assertUnharmed(t, target, before);
});

const bytes = fc.uint8Array({ maxLength: 30 }).map((array) => Buffer.from(array));
const word: fc.Arbitrary<string | Buffer> = fc.oneof(
  {
    weight: 3,
    arbitrary: fc
      .constantFrom(...NO_INTEGERS, ...EXTREME, '1', '2', '8', '64')
      .map((text) => Buffer.from(text, 'latin1')),
  },
  {
    weight: 3,
    arbitrary: fc.constantFrom(
      ...[
        'WAIT',
        'LEASE',
        'SLOT',
        'NODE',
        'PLACE',
        'REPLICAS',
        'REPLACE',
        'BYTES',
        'FILE',
        'SHM',
        'LENGTH',
        'XID',
        'ID',
        'MATCH',
      ],
      ...['COUNT', 'CURSOR', 'TYPE', 'DELETE', 'MOVE', 'PULL', 'local', 'spread', 'NX', 'EX'],
    ),
  },
  {
    weight: 3,
    arbitrary: fc.constantFrom(
      'fixed',
      'default/fixed',
      'other',
      '',
      '/',
      'a/',
      '/a',
      'n'.repeat(512),
      'n'.repeat(513),
      '\0',
      '[a-z',
      '*?\\',
    ),
  },
  {
    weight: 2,
    arbitrary: fc
      .constantFrom(
        ...[
          'bytes',
          'string',
          '0 * int8',
          '3 * uint8',
          'var * float64',
          '9007199254740991 * 9007199254740991 * int64',
          '{',
          '{x: int32',
        ],
        ...[
          'var * var * int8',
          '1'.repeat(100) + ' * int8',
          '?'.repeat(5000),
          '{a: '.repeat(3000),
          '3 * '.repeat(2000) + 'int8',
          '-1 * int8',
          'int7',
          '\xff\xfe',
        ],
      )
      .map((text) => Buffer.from(text, 'latin1')),
  },
  { weight: 2, arbitrary: bytes },
  { weight: 1, arbitrary: fc.constantFrom('/etc/passwd', '/psm_none', '/', '/proc/self/mem', 'x:0123456789abcdef') },
);

/** Those which allocate or wait on purpose get no words that let them. */
const tame = (command: Command, words: readonly (string | Buffer)[]) =>
  command.name === 'fabric.alloc' ? words.map((text) => (/^[1-9]/.test(text.toString()) ? '0' : text)) : words;

test('any words for any command', async (t) => {
  const { target, known, before } = await prepared(t);
  const calls = fc.tuple(fc.constantFrom(...commands), fc.array(word, { maxLength: 9 }), fc.boolean());
  await fc.assert(
    fc.asyncProperty(fc.array(calls, { minLength: 8, maxLength: 8 }), async (attempts) => {
      const conversations = attempts.map(([command, words, placed]) => {
        const args = placed && command.group === 'fabric' ? [known.node, known.segment, ...words] : words;
        // The segment is what the other calls live in.
        return [request(command.name, ...(command.name === 'fabric.dealloc' ? words : tame(command, args)))];
      });
      for (const said of await target.playAll(conversations)) {
        const replies = wellFormed(said);
        t.is(replies.length, 1);
        if (isError(replies[0]!)) t.regex(replies[0], ERROR);
        t.false(isError(replies[0]!) && replies[0].includes('internal error'), String(replies[0]));
      }
      if ((await target.ask('EXISTS', 'fixed')) === ':0')
        await target.ask('FABRIC.INSERT', 'fixed', '', 'bytes', 'value');
    }),
    trials(t, 150, 0.2),
  );
  await target.ask('FABRIC.INSERT', 'fixed', '', 'bytes', 'REPLACE', 'BYTES', 'value');
  await assertUnharmed(t, target, before);
});

test('names of 1 to 512 bytes, whatever they are', async (t) => {
  const { target, before } = await prepared(t);
  for (const name of ['\0', '\r\n', '\xff', ' ', '"', '*'.repeat(512), '\0'.repeat(512), 'a/\0', 'a/b/c'].map((text) =>
    Buffer.from(text, 'latin1'),
  )) {
    t.is((await target.ask('FABRIC.INSERT', name, '', 'bytes', 'x'))[0], '*', name.toString('latin1'));
    t.is(await target.ask('GET', name), '$x');
    t.true((await names(target)).includes(name.toString('latin1')));
    t.is(await target.ask('FABRIC.DELETE', name), ':1');
  }
  for (const name of ['', '/', '/a', 'a/', 'default/', 'n'.repeat(513), 'n'.repeat(100_000)]) {
    for (const words of [
      ['FABRIC.INSERT', name, '', 'bytes', 'x'],
      ['SET', name, 'x'],
      ['GET', name],
      ['FABRIC.LOCATE', name],
      ['FABRIC.RESERVE', name, '', 'int8'],
    ]) {
      t.regex((await target.ask(...words)) as string, /^-ERR /, `${words[0]} ${name.slice(0, 20)}`);
    }
  }
  await assertUnharmed(t, target, before);
});
