/**
 * Writes docs/commands.md from the command table of the build; with --check, exits 1 when the file is stale.
 */
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { commandTable } from '../dist/commands/all-commands.js';
import { usageOf } from '../dist/commands/usage.js';

const file = fileURLToPath(new URL('../docs/commands.md', import.meta.url));

const INTRODUCTION = `<!-- Written by scripts/commands-doc.mjs from the command table: change the records in src/commands, then run it. -->

# Commands

Words in capitals are typed as they stand, in either case; \`[optional]\`, \`<one | other>\`, \`several [several ...]\`.
Maps are RESP3 maps, and flat arrays of labels and values in RESP2; \`null\` stands for a variable that is not there. Errors begin with a
stable code. \`COMMAND DOCS\` answers the same from a running server.
`;

/** In the order of the document. */
const GROUPS = {
  fabric: 'Fabric',
  meta: 'Documents (META)',
  string: 'Strings',
  generic: 'Keys',
  transactions: 'Transactions',
  pubsub: 'Publish and subscribe',
  connection: 'Connection',
  server: 'Server',
};

const titleOf = (command) => command.name.toUpperCase().replace('|', ' ');
const anchorOf = (command) =>
  titleOf(command)
    .toLowerCase()
    .replace(/[^a-z0-9 -]/g, '')
    .replaceAll(' ', '-');
const cell = (text) => text.replaceAll('|', '\\|');

/** What a choice or a block consists of is listed below it. */
function argumentRows(argument, depth = 0) {
  const name = `${'&nbsp;&nbsp;'.repeat(depth)}${argument.token ? `\`${argument.token}\` ` : ''}${
    argument.type === 'pure-token' ? '' : `\`${argument.name}\``
  }`.trimEnd();
  const kind = { 'pure-token': 'keyword', oneof: 'one of', block: 'together' }[argument.type] ?? argument.type;
  const notes = [argument.optional && 'optional', argument.multiple && 'several'].filter(Boolean).join(', ');
  const nested = (argument.arguments ?? []).flatMap((each) => argumentRows(each, depth + 1));
  return [`| ${cell(name)} | ${kind} | ${notes} |`, ...nested];
}

function argumentTable(command) {
  if (command.arguments.length === 0) return [];
  return [
    ['| argument | type | |', '| --- | --- | --- |', ...command.arguments.flatMap((each) => argumentRows(each))].join(
      '\n',
    ),
  ];
}

function section(command) {
  const facts = [
    `- Reply: ${command.reply.replace(/^-> /, '')}`,
    `- Complexity: ${command.complexity}`,
    `- Flags: ${[...command.flags, ...command.categories].map((word) => `\`${word}\``).join(' ')}`,
  ];
  return [
    `### ${titleOf(command)}`,
    `\`\`\`\n${usageOf(command)}\n\`\`\``,
    command.summary,
    facts.join('\n'),
    ...argumentTable(command),
    ...(command.notes === undefined ? [] : [command.notes]),
  ].join('\n\n');
}

/** A container is only a heading for its subcommands, unless it does something by itself. */
const documented = (command) => [...(command.handler === undefined ? [] : [command]), ...(command.subcommands ?? [])];

function document(table) {
  const commands = table.all().flatMap(documented);
  const strangers = commands.filter(({ group }) => !(group in GROUPS));
  if (strangers.length > 0) throw new Error(`no heading for the group of ${strangers.map(titleOf).join(', ')}`);
  const groups = Object.entries(GROUPS).map(([group, heading]) => {
    const members = commands.filter((command) => command.group === group);
    const index = members.map((command) => `- [${titleOf(command)}](#${anchorOf(command)}): ${command.summary}`);
    return [`## ${heading}`, index.join('\n'), ...members.map(section)].join('\n\n');
  });
  return [INTRODUCTION, ...groups].join('\n').trimEnd() + '\n';
}

const fresh = document(commandTable());
if (process.argv.includes('--check')) {
  const found = await readFile(file, 'utf8').catch(() => undefined);
  if (found !== fresh) {
    console.error('docs/commands.md does not agree with the command table: run node scripts/commands-doc.mjs');
    process.exitCode = 1;
  }
} else {
  await mkdir(new URL('../docs/', import.meta.url), { recursive: true });
  await writeFile(file, fresh);
}
