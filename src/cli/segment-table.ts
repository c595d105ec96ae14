import Table from 'cli-table3';
import type { SegmentStats } from '../main.js';

export type SegmentRow = Pick<SegmentStats, 'sharedId' | 'bytes' | 'usedBytes' | 'variables'>;

const BAR_CELLS = 20;
const MIB = 2 ** 20;

export function segmentTable(segments: readonly SegmentRow[]): string {
  if (segments.length === 0) return 'no segments yet: FABRIC.ALLOC <MiB> makes one';
  const table = plainTable(['segment', 'MiB', 'used MiB', 'variables', ''], [2, 3, 4]);
  for (const { sharedId, bytes, usedBytes, variables } of segments) {
    table.push([`/dev/shm${sharedId}`, mib(bytes), mib(usedBytes), String(variables), bar(usedBytes / bytes)]);
  }
  return textOf(table);
}

export function textOf(table: Table.Table): string {
  return table.toString().replace(/ +$/gm, '');
}

/** Columns without lines; `right` are the numbers (from 1) of those aligned to the right. */
export function plainTable(head: string[], right: readonly number[] = []): Table.Table {
  const line = {
    'top-mid': '',
    'top-left': '',
    'top-right': '',
    'bottom-mid': '',
    'bottom-left': '',
    'bottom-right': '',
  };
  return new Table({
    head,
    colAligns: head.map((_, index) => (right.includes(index + 1) ? 'right' : 'left')),
    style: { head: [], border: [], 'padding-left': 0, 'padding-right': 2 },
    chars: {
      ...line,
      top: '',
      bottom: '',
      left: '',
      'left-mid': '',
      mid: '',
      'mid-mid': '',
      right: '',
      'right-mid': '',
      middle: '',
    },
  });
}

export function mib(bytes: number): string {
  return (bytes / MIB).toLocaleString('en', { maximumFractionDigits: 1 });
}

export function bar(share: number): string {
  const filled = Math.min(BAR_CELLS, Math.ceil(share * BAR_CELLS));
  return '█'.repeat(filled) + '░'.repeat(BAR_CELLS - filled);
}
