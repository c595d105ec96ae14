/** The FABRIC family, in the order of its help. */
import type { Command } from './command.js';
import { defragCommand } from './fabric-defrag.js';
import { deleteCommand } from './fabric-delete.js';
import { getCommand, pullCommand } from './fabric-get.js';
import { familyHelpCommand } from './family-help.js';
import { infoCommand } from './fabric-info.js';
import { insertCommand } from './fabric-insert.js';
import { listCommand } from './fabric-list.js';
import { fabricCommon } from './fabric-records.js';
import { locateCommand } from './fabric-locate.js';
import { releaseCommand, renewCommand } from './fabric-pins.js';
import { promoteCommand } from './fabric-promote.js';
import { ptrCommand } from './fabric-ptr.js';
import { forgetCommand } from './fabric-cluster.js';
import { adoptCommand, conflictsCommand, discardCommand } from './fabric-conflicts.js';
import { fetchCommand, peerCommand } from './fabric-peer.js';
import { abortCommand, reserveCommand, sealCommand } from './fabric-reserve.js';
import { drainCommand, rebalanceCommand, upkeepCommand } from './fabric-upkeep.js';
import { allocCommand, deallocCommand, nodesCommand, segmentsCommand } from './fabric-segments.js';

const commands: readonly Command[] = [
  allocCommand,
  deallocCommand,
  insertCommand,
  reserveCommand,
  sealCommand,
  abortCommand,
  listCommand,
  locateCommand,
  ptrCommand,
  releaseCommand,
  renewCommand,
  getCommand,
  pullCommand,
  deleteCommand,
  defragCommand,
  infoCommand,
  segmentsCommand,
  nodesCommand,
  forgetCommand,
  conflictsCommand,
  discardCommand,
  adoptCommand,
  drainCommand,
  rebalanceCommand,
  upkeepCommand,
  promoteCommand,
  peerCommand,
  fetchCommand,
];

export const fabricCommands: readonly Command[] = [...commands, familyHelpCommand('fabric', fabricCommon, commands)];
