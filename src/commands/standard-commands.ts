import { aclCommand } from './acl.js';
import { clientCommand } from './client.js';
import { commandCommand } from './command-table.js';
import type { Command } from './command.js';
import { configCommand } from './config.js';
import { connectionCommands } from './connection.js';
import { debugCommand } from './debug.js';
import { infoCommand } from './info.js';
import { latencyCommand } from './latency-report.js';
import { memoryCommand } from './memory.js';
import { moduleCommand } from './module.js';
import { monitorCommand } from './monitor.js';
import { publishCommands, pubsubCommand } from './pubsub-publish.js';
import { subscribeCommands } from './pubsub-subscribe.js';
import { serverCommands } from './server.js';
import { slowlogCommand } from './slowlog.js';
import { transactionCommands } from './transactions.js';

/** Those a Redis client sends by itself, an operator types, or that tie clients together: none of them stores or sends a variable. */
export const standardCommands: readonly Command[] = [
  ...connectionCommands,
  aclCommand,
  clientCommand,
  commandCommand,
  infoCommand,
  configCommand,
  ...serverCommands,
  slowlogCommand,
  latencyCommand,
  memoryCommand,
  moduleCommand,
  monitorCommand,
  debugCommand,
  ...transactionCommands,
  ...subscribeCommands,
  ...publishCommands,
  pubsubCommand,
];
