/**
 * The list of labels, as text:
 *
 *     datafabric labels 1
 *     floor 00000005
 *     00000003 before-the-move
 */
import { readVersions, versionLines } from './version-lines.js';
import { versionOf, versionText } from './version.js';

export interface LabelsDocument {
  /** Repository versions before this one are there only if they have a label: compaction took the others. */
  floor: number;
  labels: ReadonlyMap<string, number>;
}

const TITLE = 'datafabric labels 1';
const FLOOR = 'floor ';

export function writeLabels({ floor, labels }: LabelsDocument): Buffer {
  return Buffer.from([TITLE, FLOOR + versionText(floor), ...versionLines(labels), ''].join('\n'));
}

export function readLabels(text: Buffer): LabelsDocument | undefined {
  const [title, floorLine, ...lines] = text.toString().split('\n');
  const floor = floorLine?.startsWith(FLOOR) === true ? versionOf(floorLine.slice(FLOOR.length)) : undefined;
  if (title !== TITLE || floor === undefined || lines.pop() !== '') return undefined;
  const labels = readVersions(lines);
  return labels && { floor, labels };
}
