import type { Reply } from '../resp/reply.js';
import type { Command } from './command.js';
import type { Context } from './context.js';
import {
  commandstatsSection,
  errorstatsSection,
  persistenceSection,
  replicationSection,
  statsSection,
} from './info-activity.js';
import { clusterSection, fabricSections, keyspaceSection, modulesSection } from './info-fabric.js';
import { clientsSection, cpuSection, memorySection, serverSection } from './info-process.js';
import type { InfoSection } from './info-section.js';

/** In the order they are shown. */
const SECTIONS: readonly InfoSection[] = [
  serverSection,
  clientsSection,
  memorySection,
  persistenceSection,
  statsSection,
  replicationSection,
  cpuSection,
  modulesSection,
  commandstatsSection,
  errorstatsSection,
  clusterSection,
  ...fabricSections,
  keyspaceSection,
];

/** Unknown names are left out, as in Redis. */
function selectSections(names: readonly string[]): readonly InfoSection[] {
  if (names.includes('all') || names.includes('everything')) return SECTIONS;
  const byDefault = names.length === 0 || names.includes('default');
  return SECTIONS.filter(({ name, onRequest }) => names.includes(name) || (byDefault && onRequest !== true));
}

function sectionText(section: InfoSection, context: Context): string {
  const lines = section.lines(context).map(([label, value]) => `${label}:${value}\r\n`);
  return `# ${section.title}\r\n${lines.join('')}`;
}

function info(context: Context, args: readonly Buffer[]): Reply {
  context.server.collectCounts();
  const names = args.slice(1).map((arg) => arg.toString('latin1').toLowerCase());
  const texts = selectSections(names).map((section) => sectionText(section, context));
  return { kind: 'verbatim', text: texts.join('\r\n') };
}

export const infoCommand: Command = {
  name: 'info',
  arity: -1,
  flags: ['loading', 'stale'],
  categories: ['@slow', '@dangerous'],
  summary: 'Reports on the server, its memory, clients, commands and store.',
  complexity: 'O(N) for N segments and connections',
  since: '1.0.0',
  group: 'server',
  arguments: [{ name: 'section', type: 'string', optional: true, multiple: true }],
  reply: 'text',
  notes:
    `Sections: ${SECTIONS.map(({ name }) => `\`${name}\``).join(', ')}; \`default\` is all but \`commandstats\`, \`all\` and ` +
    '`everything` are all.\n\n`used_memory` is what the process has resident outside shared memory; `used_memory_shared` is its ' +
    'resident part of the segments and the catalog, and `segment_memory` what the segments hold in /dev/shm.',
  handler: info,
};
