/** The META family, in the order of its help. */
import type { Command } from './command.js';
import { familyHelpCommand } from './family-help.js';
import { commitCommands } from './meta-commits.js';
import { documentCommands } from './meta-documents.js';
import { metaCommon } from './meta-records.js';
import { remoteCommands } from './meta-remote.js';
import { upkeepCommands } from './meta-upkeep.js';

const commands: readonly Command[] = [...documentCommands, ...commitCommands, ...upkeepCommands, ...remoteCommands];

export const metaCommands: readonly Command[] = [...commands, familyHelpCommand('meta', metaCommon, commands)];
