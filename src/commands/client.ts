import type { ArgumentDoc, Command, CommandFlag } from './command.js';
import { killArguments, killClients } from './client-kill.js';
import { clientLine } from './client-line.js';
import { listArguments, listClients } from './client-list.js';
import { pause, unpause } from './client-pause.js';
import { setInfo, setName, setNoEvict, setNoTouch, setReplyMode } from './client-settings.js';
import { helpCommand } from './help.js';

const flags: readonly CommandFlag[] = ['noscript', 'loading', 'stale'];

/** About the client's own connection. */
const own = { flags, categories: ['@slow', '@connection'], complexity: 'O(1)', group: 'connection' } as const;

/** About other connections too. */
const admin = {
  ...own,
  flags: ['admin', ...flags] as readonly CommandFlag[],
  categories: ['@admin', '@slow', '@dangerous', '@connection'],
} as const;

const onOff: ArgumentDoc = {
  name: 'enabled',
  type: 'oneof',
  arguments: [
    { name: 'on', type: 'pure-token', token: 'ON' },
    { name: 'off', type: 'pure-token', token: 'OFF' },
  ],
};

const subcommands: readonly Command[] = [
  {
    ...own,
    name: 'client|id',
    arity: 2,
    summary: 'Answers the number of the connection.',
    since: '5.0.0',
    arguments: [],
    reply: 'integer',
    notes: 'Numbers rise and are never used twice while the server runs.',
    handler: ({ session }) => session.id,
  },
  {
    ...own,
    name: 'client|info',
    arity: 2,
    summary: 'Describes the connection as a line of CLIENT LIST.',
    since: '6.2.0',
    arguments: [],
    reply: 'text',
    handler: (context) => ({ kind: 'verbatim', text: clientLine(context.server, context.session, context.now()) }),
  },
  {
    ...admin,
    name: 'client|list',
    arity: -2,
    summary: 'Describes the connections, one a line.',
    complexity: 'O(N) for N connections',
    since: '2.4.0',
    arguments: listArguments,
    reply: 'text',
    handler: listClients,
  },
  {
    ...own,
    name: 'client|getname',
    arity: 2,
    summary: 'Answers the name of the connection.',
    since: '2.6.9',
    arguments: [],
    reply: 'string | null',
    handler: ({ session }) => (session.name === '' ? null : session.name),
  },
  {
    ...own,
    name: 'client|setname',
    arity: 3,
    summary: 'Names the connection; an empty name takes it away.',
    since: '2.6.9',
    arguments: [{ name: 'connection-name', type: 'string' }],
    reply: 'OK',
    handler: setName,
  },
  {
    ...own,
    name: 'client|setinfo',
    arity: 4,
    summary: 'Says which library the client uses; shown in CLIENT LIST.',
    since: '7.2.0',
    arguments: [
      {
        name: 'attr',
        type: 'oneof',
        arguments: [
          { name: 'libname', type: 'string', token: 'LIB-NAME' },
          { name: 'libver', type: 'string', token: 'LIB-VER' },
        ],
      },
    ],
    reply: 'OK',
    handler: setInfo,
  },
  {
    ...admin,
    name: 'client|kill',
    arity: -3,
    summary: 'Closes connections.',
    complexity: 'O(N) for N connections',
    since: '2.4.0',
    arguments: killArguments,
    reply: 'OK for an address, else how many',
    notes: 'Several options must all hold. Its own connection is spared unless `SKIPME no`.',
    handler: killClients,
  },
  {
    ...own,
    flags: [...flags, 'no_multi'],
    name: 'client|reply',
    arity: 3,
    summary: 'Switches replies off or on, or skips the next one.',
    since: '3.2.0',
    arguments: [
      {
        name: 'action',
        type: 'oneof',
        arguments: [
          { name: 'on', type: 'pure-token', token: 'ON' },
          { name: 'off', type: 'pure-token', token: 'OFF' },
          { name: 'skip', type: 'pure-token', token: 'SKIP' },
        ],
      },
    ],
    reply: 'OK for ON, else nothing',
    handler: setReplyMode,
  },
  {
    ...admin,
    name: 'client|no-evict',
    arity: 3,
    summary: 'Accepted for clients that send it; connections are never evicted.',
    since: '7.0.0',
    arguments: [onOff],
    reply: 'OK',
    handler: setNoEvict,
  },
  {
    ...own,
    name: 'client|no-touch',
    arity: 3,
    summary: 'Accepted for clients that send it; no access times are kept.',
    since: '7.2.0',
    arguments: [onOff],
    reply: 'OK',
    handler: setNoTouch,
  },
  {
    ...admin,
    name: 'client|pause',
    arity: -3,
    summary: 'Holds back the commands of all clients, or only their writes, for some milliseconds.',
    since: '3.0.0',
    arguments: [
      { name: 'timeout', type: 'integer' },
      {
        name: 'mode',
        type: 'oneof',
        optional: true,
        arguments: [
          { name: 'write', type: 'pure-token', token: 'WRITE' },
          { name: 'all', type: 'pure-token', token: 'ALL' },
        ],
      },
    ],
    reply: 'OK',
    handler: pause,
  },
  {
    ...admin,
    name: 'client|unpause',
    arity: 2,
    summary: 'Ends a pause.',
    since: '6.2.0',
    arguments: [],
    reply: 'OK',
    handler: unpause,
  },
  helpCommand('client', '5.0.0', ['@slow', '@connection']),
];

export const clientCommand: Command = {
  name: 'client',
  arity: -2,
  flags: [],
  categories: ['@slow'],
  summary: 'Connections of clients.',
  complexity: 'Depends on the subcommand.',
  since: '2.4.0',
  group: 'connection',
  arguments: [],
  reply: 'as its subcommands',
  subcommands,
};
