/** Labels follow the repository versions they name. */
import { isFabricError } from '../errors.js';
import type { Side } from './transfer.js';
import type { TransferReport } from './transfer-report.js';

export interface LabelsTransfer {
  from: Side;
  to: Side;
  /** Repository versions before this one are the same on both sides. */
  brought: number;
  report: TransferReport;
}

export async function bringLabels(labels: ReadonlyMap<string, number>, transfer: LabelsTransfer): Promise<void> {
  const { to, brought, report } = transfer;
  const own = (await to.labels.read()).labels;
  for (const [name, target] of labels) {
    const before = own.get(name);
    if (before === target && target < brought) continue;
    const what =
      target >= brought ? 'its repository version was not brought' : await bring(name, target, before, transfer);
    if (what === undefined) report.labels++;
    else report.conflicts.push({ key: `label ${name}`, from: target, to: before, first: target, what });
  }
}

/** What keeps it from being brought. */
async function bring(
  name: string,
  target: number,
  before: number | undefined,
  { from, to }: LabelsTransfer,
): Promise<string | undefined> {
  if (before !== undefined && !(await wasMoved(name, target, before, from, to))) return 'both sides have moved it';
  try {
    await to.labels.set(name, target);
    return undefined;
  } catch (error) {
    if (isFabricError(error) && error.code === 'NOTFOUND') return 'its repository version was compacted';
    throw error;
  }
}

/** Only on the side it comes from, and since the other knew it. */
async function wasMoved(name: string, target: number, before: number, from: Side, to: Side): Promise<boolean> {
  return (await from.labels.stoodFor(name)).includes(before) && !(await to.labels.stoodFor(name)).includes(target);
}
