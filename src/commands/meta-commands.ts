/** The META family, in the order of its help. */
import type { Command } from './command.js';
import { familyHelpCommand } from './family-help.js';
import { commitCommands } from './meta-commits.js';
import { documentCommands } from './meta-documents.js';
import { atMetaHost } from './meta-host.js';
import { metaCommon } from './meta-records.js';
import { remoteCommands } from './meta-remote.js';
import { upkeepCommands } from './meta-upkeep.js';

const atHost = [...documentCommands, ...commitCommands, ...upkeepCommands].map((command): Command =>
  command.handler === undefined ? command : { ...command, handler: atMetaHost(command.handler) },
);
const commands: readonly Command[] = [...atHost, ...remoteCommands];

export const metaCommands: readonly Command[] = [...commands, familyHelpCommand('meta', metaCommon, commands)];
