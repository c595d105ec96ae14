import { aclCommand } from './acl.js';
import { clientCommand } from './client.js';
import { commandCommand } from './command-table.js';
import type { Command } from './command.js';
import { configCommand } from './config.js';
import { connectionCommands } from './connection.js';
import { infoCommand } from './info.js';
import { serverCommands } from './server.js';
import { slowlogCommand } from './slowlog.js';

/** Those a Redis client sends by itself or an operator types: none of them touches a variable. */
export const standardCommands: readonly Command[] = [
  ...connectionCommands,
  aclCommand,
  clientCommand,
  commandCommand,
  infoCommand,
  configCommand,
  ...serverCommands,
  slowlogCommand,
];
