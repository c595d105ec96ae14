/** The string view: variables in Redis' words. */
import type { Command } from './command.js';
import { stringGetCommand, strlenCommand } from './string-get.js';
import {
  dbsizeCommand,
  delCommand,
  existsCommand,
  flushAllCommand,
  touchCommand,
  typeCommand,
  unlinkCommand,
} from './string-keys.js';
import { keysCommand, randomKeyCommand } from './string-names.js';
import { getRangeCommand, substrCommand } from './string-range.js';
import { scanCommand } from './string-scan.js';
import { setCommand } from './string-set.js';

export const stringCommands: readonly Command[] = [
  stringGetCommand,
  setCommand,
  getRangeCommand,
  substrCommand,
  delCommand,
  unlinkCommand,
  existsCommand,
  touchCommand,
  strlenCommand,
  typeCommand,
  scanCommand,
  keysCommand,
  randomKeyCommand,
  dbsizeCommand,
  flushAllCommand,
];
