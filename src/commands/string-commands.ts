/** The string view: variables in Redis' words. */
import type { Command } from './command.js';
import { stringGetCommand, strlenCommand } from './string-get.js';
import { dbsizeCommand, delCommand, existsCommand, flushAllCommand, typeCommand } from './string-keys.js';
import { scanCommand } from './string-scan.js';
import { setCommand } from './string-set.js';

export const stringCommands: readonly Command[] = [
  stringGetCommand,
  setCommand,
  delCommand,
  existsCommand,
  strlenCommand,
  typeCommand,
  scanCommand,
  dbsizeCommand,
  flushAllCommand,
];
