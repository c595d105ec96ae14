import test from 'ava';
import { arityMatches, documentedCount } from '../../dist/commands/arity.js';
import type { ArgumentDoc, Command } from '../../dist/commands/command.js';
import { commandTable } from '../../dist/commands/all-commands.js';
import { CommandTable } from '../../dist/commands/table.js';
import { argumentUsage, usageOf } from '../../dist/commands/usage.js';

const handler = () => 'done';

/** A command without what does the work. */
function hollow(fields: Partial<Command>): Command {
  return {
    name: 'x',
    arity: 1,
    flags: [],
    categories: [],
    summary: 'Does x.',
    complexity: 'O(1)',
    since: '1.0.0',
    group: 'server',
    arguments: [],
    reply: 'done',
    ...fields,
  };
}

const command = (fields: Partial<Command>) => hollow({ handler, ...fields });

const key: ArgumentDoc = { name: 'key', type: 'key' };
const word: ArgumentDoc = { name: 'word', type: 'string' };
const buffers = (...words: string[]) => words.map((each) => Buffer.from(each));

const container = hollow({
  name: 'box',
  arity: -2,
  subcommands: [command({ name: 'box|open', arity: 2 }), command({ name: 'box|put', arity: 3, arguments: [word] })],
});

test('requests resolve to commands in any spelling', (t) => {
  const get = command({ name: 'get', arity: 2, arguments: [key] });
  const table = new CommandTable([get, container]);
  for (const name of ['get', 'GET', 'gEt']) t.is(table.resolve(buffers(name, 'a')).command, get, name);
  for (const name of ['BOX', 'box', 'Box']) {
    t.is(table.resolve(buffers(name, 'open')).command?.name, 'box|open');
    t.is(table.resolve(buffers(name, 'OPEN')).command?.name, 'box|open');
  }
});

test('a container alone resolves to itself, with a wrong subcommand it is named', (t) => {
  const table = new CommandTable([container]);
  t.deepEqual(table.resolve(buffers('box')), { command: container });
  t.deepEqual(table.resolve(buffers('box', 'shut')), { container });
});

test('what is no command resolves to nothing', (t) => {
  const table = new CommandTable([container]);
  for (const args of [
    [],
    ['nope'],
    [''],
    ['box|open'],
    ['open'],
    ['b'.repeat(100_000)],
    ['__proto__'],
    ['constructor'],
  ]) {
    t.deepEqual(table.resolve(buffers(...args)), {}, args[0]?.slice(0, 20));
  }
});

test('names are looked up whole', (t) => {
  const table = new CommandTable([container]);
  t.is(table.get('box|put')?.name, 'box|put');
  t.is(table.get('put'), undefined);
  t.deepEqual(
    table.all().map(({ name }) => name),
    ['box'],
  );
});

test('arity counts the name; negative ones are a minimum', (t) => {
  t.true(arityMatches(command({ arity: 2 }), 2));
  t.false(arityMatches(command({ arity: 2 }), 1));
  t.false(arityMatches(command({ arity: 2 }), 3));
  t.true(arityMatches(command({ arity: -2 }), 2));
  t.true(arityMatches(command({ arity: -2 }), 9));
  t.false(arityMatches(command({ arity: -2 }), 1));
});

test('keys are extracted by first, last and step', (t) => {
  const table = new CommandTable([]);
  const args = buffers('cmd', 'a', '1', 'b', '2');
  const keys = (first: number, last: number, step: number) =>
    table.keysOf(command({ keys: { first, last, step } }), args).map(String);
  t.deepEqual(keys(1, 1, 1), ['a']);
  t.deepEqual(keys(1, -1, 2), ['a', 'b']);
  t.deepEqual(keys(1, -2, 1), ['a', '1', 'b']);
  t.deepEqual(keys(1, 9, 1), ['a', '1', 'b', '2']);
  t.deepEqual(table.keysOf(command({}), args), []);
});

const contradictions: Readonly<Record<string, readonly [commands: readonly Command[], message: RegExp]>> = {
  'a name twice': [[command({}), command({})], /command x is there twice/],
  'a name in upper case': [[command({ name: 'X' })], /lower case/],
  'nothing to run': [[hollow({})], /nothing to run/],
  'an arity below its arguments': [[command({ arity: 1, arguments: [word] })], /at least 2/],
  'an arity above its arguments': [[command({ arity: -3, arguments: [word] })], /at least 2/],
  'a fixed arity with an option': [[command({ arguments: [{ ...word, optional: true }] })], /varies/],
  'a fixed arity with a list': [[command({ arity: 2, arguments: [{ ...word, multiple: true }] })], /varies/],
  'a container with arguments': [[{ ...container, arguments: [word] }], /no arguments of its own/],
  "a container's arity": [[{ ...container, arity: -1 }], /does not suit a container/],
  "a stranger's subcommand": [[{ ...container, name: 'bag' }], /it stands in bag/],
  'a subcommand twice': [
    [{ ...container, subcommands: [...container.subcommands!, command({ name: 'box|open', arity: 2 })] }],
    /box\|open is there twice/,
  ],
};

for (const [what, [commands, message]] of Object.entries(contradictions)) {
  test(`a table with ${what} is refused`, (t) => {
    t.throws(() => new CommandTable(commands), { message });
  });
}

test('documented counts follow tokens, options, choices and blocks', (t) => {
  const pure: ArgumentDoc = { name: 'now', type: 'pure-token', token: 'NOW' };
  const count = (...docs: ArgumentDoc[]) => documentedCount(docs);
  t.deepEqual(count(word, word), { min: 2, fixed: true });
  t.deepEqual(count({ ...word, token: 'MATCH' }), { min: 2, fixed: true });
  t.deepEqual(count(pure), { min: 1, fixed: true });
  t.deepEqual(count({ ...pure, optional: true }), { min: 0, fixed: false });
  t.deepEqual(count({ ...word, multiple: true }), { min: 1, fixed: false });
  t.deepEqual(count({ name: 'b', type: 'block', arguments: [word, pure] }), { min: 2, fixed: true });
  t.deepEqual(count({ name: 'o', type: 'oneof', arguments: [pure, pure] }), { min: 1, fixed: true });
  t.deepEqual(count({ name: 'o', type: 'oneof', arguments: [pure, { ...word, token: 'A' }] }), {
    min: 1,
    fixed: false,
  });
});

test('usage is written as in the Redis documentation', (t) => {
  const on: ArgumentDoc = { name: 'on', type: 'pure-token', token: 'ON' };
  const off: ArgumentDoc = { name: 'off', type: 'pure-token', token: 'OFF' };
  const choice: ArgumentDoc = { name: 'mode', type: 'oneof', arguments: [on, off] };
  t.is(argumentUsage(choice), '<ON | OFF>');
  t.is(argumentUsage({ ...choice, optional: true }), '[ON | OFF]');
  t.is(argumentUsage({ ...choice, token: 'MODE', optional: true }), '[MODE <ON | OFF>]');
  t.is(argumentUsage({ ...word, multiple: true }), 'word [word ...]');
  t.is(argumentUsage({ ...word, token: 'ID', multiple: true, optional: true }), '[ID word [word ...]]');
  t.is(argumentUsage({ name: 'b', type: 'block', token: 'AUTH', arguments: [word, word] }), 'AUTH word word');
  t.is(usageOf(command({ name: 'box|put', arguments: [word] })), 'BOX PUT word');
  t.is(usageOf(container), 'BOX subcommand');
});

test('every record of the whole table is complete', (t) => {
  const all = commandTable()
    .all()
    .flatMap((each) => [each, ...(each.subcommands ?? [])]);
  t.true(all.length > 60);
  for (const { name, summary, complexity, since, categories, flags, keys, reply } of all) {
    t.regex(summary, /^[A-Z].*\.$/, name);
    t.regex(since, /^\d+\.\d+\.\d+$/, name);
    t.true(categories.length > 0 && categories.every((category) => /^@[a-z]+$/.test(category)), name);
    t.true(categories.includes('@fast') !== categories.includes('@slow'), name);
    t.false(flags.includes('write') && flags.includes('readonly'), name);
    t.true(keys === undefined || (keys.first > 0 && keys.step > 0), name);
    t.true(complexity !== '' && reply !== '', name);
  }
});
