import { fabricCommands } from './fabric-commands.js';
import { metaCommands } from './meta-commands.js';
import { standardCommands } from './standard-commands.js';
import { stringCommands } from './string-commands.js';
import { CommandTable } from './table.js';

/** Every command of a node. */
export function commandTable(): CommandTable {
  return new CommandTable([...standardCommands, ...fabricCommands, ...metaCommands, ...stringCommands]);
}
