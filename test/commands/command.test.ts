import test from 'ava';
import type { Command } from '../../dist/commands/command.js';
import { standardCommands } from '../../dist/commands/standard-commands.js';
import { set, simple } from '../../dist/resp/reply.js';
import type { MapReply, Reply } from '../../dist/resp/reply.js';
import { error, objectOf, run, testContext } from '../support/context.js';

const SYNTAX = error('ERR syntax error');

const get: Command = {
  name: 'get',
  arity: 2,
  flags: ['readonly', 'fast'],
  keys: { first: 1, last: 1, step: 1 },
  categories: ['@read', '@string', '@fast'],
  summary: 'Answers the bytes of a variable.',
  complexity: 'O(N)',
  since: '1.0.0',
  group: 'string',
  arguments: [{ name: 'key', type: 'key' }],
  reply: 'bytes | null',
  handler: () => null,
};
const put: Command = {
  ...get,
  name: 'fabric.put',
  arity: -3,
  flags: ['write', 'denyoom'],
  keys: { first: 1, last: -1, step: 2 },
  categories: ['@write', '@fabric', '@slow'],
  group: 'fabric',
  arguments: [
    {
      name: 'item',
      type: 'block',
      multiple: true,
      arguments: [
        { name: 'key', type: 'key' },
        { name: 'value', type: 'string', token: 'V', optional: true },
      ],
    },
    { name: 'mode', type: 'oneof', arguments: [{ name: 'now', type: 'pure-token', token: 'NOW' }] },
  ],
};
const commands = [...standardCommands, get, put];
const context = () => testContext({ commands });
const list = (reply: Reply) => reply as readonly Reply[];

test('COUNT and COMMAND agree', async (t) => {
  t.is(await run(context(), 'COMMAND', 'COUNT'), commands.length);
  t.is(list(await run(context(), 'COMMAND')).length, commands.length);
  t.is(list(await run(context(), 'COMMAND', 'INFO')).length, commands.length);
});

test('INFO answers ten elements for a command and null for an unknown one', async (t) => {
  const [entry, unknown] = list(await run(context(), 'COMMAND', 'INFO', 'GET', 'nope'));
  t.is(unknown, null);
  const keys: MapReply = {
    kind: 'map',
    entries: [
      ['flags', set([simple('RO'), simple('access')])],
      [
        'begin_search',
        {
          kind: 'map',
          entries: [
            ['type', 'index'],
            ['spec', { kind: 'map', entries: [['index', 1]] }],
          ],
        },
      ],
      [
        'find_keys',
        {
          kind: 'map',
          entries: [
            ['type', 'range'],
            [
              'spec',
              {
                kind: 'map',
                entries: [
                  ['lastkey', 0],
                  ['keystep', 1],
                  ['limit', 0],
                ],
              },
            ],
          ],
        },
      ],
    ],
  };
  t.deepEqual(entry, [
    'get',
    2,
    set([simple('readonly'), simple('fast')]),
    1,
    1,
    1,
    set([simple('@read'), simple('@string'), simple('@fast')]),
    set([]),
    set([keys]),
    set([]),
  ]);
});

test('INFO knows subcommands, and containers carry theirs', async (t) => {
  const [getname, client] = list(await run(context(), 'COMMAND', 'INFO', 'client|getname', 'client')) as [
    readonly Reply[],
    readonly Reply[],
  ];
  t.is(getname[0], 'client|getname');
  const nested = (client[9] as { items: readonly (readonly Reply[])[] }).items.map((item) => item[0]);
  t.true(nested.includes('client|getname'));
  t.is(client[1], -2);
});

test('DOCS documents arguments in the shape redis-cli reads', async (t) => {
  const docs = objectOf(await run(context(), 'COMMAND', 'DOCS', 'fabric.put', 'nope'));
  t.deepEqual(Object.keys(docs), ['fabric.put']);
  const put = objectOf(docs['fabric.put']!);
  t.like(put, { summary: 'Answers the bytes of a variable.', group: 'fabric', module: 'datafabric', since: '1.0.0' });
  const [item, mode] = list(put.arguments!).map(objectOf) as [Record<string, Reply>, Record<string, Reply>];
  t.deepEqual(item.flags, set([simple('multiple')]));
  const [key, value] = list(item.arguments!).map(objectOf);
  t.deepEqual(key, { name: 'key', type: 'key', display_text: 'key', key_spec_index: 0 });
  t.deepEqual(value, {
    name: 'value',
    type: 'string',
    display_text: 'value',
    token: 'V',
    flags: set([simple('optional')]),
  });
  t.deepEqual(list(mode.arguments!).map(objectOf), [{ name: 'now', type: 'pure-token', token: 'NOW' }]);
});

test('DOCS without names documents all, with subcommands inside', async (t) => {
  const docs = objectOf(await run(context(), 'COMMAND', 'DOCS'));
  t.is(Object.keys(docs).length, commands.length);
  const client = objectOf(docs.client!);
  t.true('client|kill' in objectOf(client.subcommands!));
  t.false('arguments' in client);
});

test('LIST can be filtered', async (t) => {
  const names = (...words: string[]) => run(context(), 'COMMAND', 'LIST', ...words);
  t.is(list(await names()).length, commands.length);
  t.deepEqual(await names('FILTERBY', 'MODULE', 'datafabric'), ['fabric.put']);
  t.deepEqual(await names('FILTERBY', 'MODULE', 'other'), []);
  t.deepEqual(await names('filterby', 'aclcat', 'string'), ['get']);
  t.deepEqual(await names('FILTERBY', 'PATTERN', '*|KILL'), ['client|kill']);
  for (const words of [['FOO'], ['FILTERBY', 'PATTERN'], ['FILTERBY', 'FOO', 'x'], ['FOO', 'PATTERN', 'x']]) {
    t.deepEqual(await names(...words), SYNTAX, words.join(' '));
  }
});

test('GETKEYS extracts names', async (t) => {
  const keys = async (...words: string[]) => {
    const reply = await run(context(), 'COMMAND', 'GETKEYS', ...words);
    return Array.isArray(reply) ? reply.map(String) : reply;
  };
  t.deepEqual(await keys('get', 'a'), ['a']);
  t.deepEqual(await keys('FABRIC.PUT', 'a', '1', 'b', '2'), ['a', 'b']);
  t.deepEqual(await keys('nope', 'a'), error('ERR Invalid command specified'));
  t.deepEqual(await keys('CLIENT', 'nope'), error('ERR Invalid command specified'));
  t.deepEqual(await keys('PING', 'a'), error('ERR The command has no key arguments'));
  t.deepEqual(await keys('GET', 'a', 'b'), error('ERR Invalid number of arguments specified for command'));
});

test('HELP tells of the command without a subcommand', async (t) => {
  const reply = await run(context(), 'COMMAND', 'HELP');
  const lines = (reply as { kind: 'simple'; text: string }[]).map(({ text }) => text);
  t.deepEqual(lines.slice(1, 3), ['(no subcommand)', '    Describes all commands.']);
  t.true(lines.includes('LIST [FILTERBY <MODULE module-name | ACLCAT category | PATTERN pattern>]'));
});
