/** Nodes as FABRIC.NODES lists them, drawn for people. */
import { styleText } from 'node:util';
import type { Fields } from './asking.js';
import { bar, mib, plainTable, textOf } from './segment-table.js';

type Colour = 'green' | 'yellow' | 'red' | 'gray';

const COLOURS: Readonly<Record<string, Colour>> = {
  up: 'green',
  suspect: 'yellow',
  draining: 'yellow',
  down: 'red',
  unknown: 'red',
  forgotten: 'gray',
};
const HEAD = ['node', 'address', 'role', 'state', 'zone', 'weight', 'segments', 'MiB', 'used MiB', '', 'variables'];
/** Numbers, counted from 1. */
const RIGHT = [6, 7, 8, 9, 11];

export function nodeTable(nodes: readonly Fields[], coloured: boolean): string {
  const table = plainTable(HEAD, RIGHT);
  for (const node of nodes) {
    const text = (label: string): string => node.get(label) ?? '';
    const [bytes, used] = [Number(text('bytes')), Number(text('used_bytes'))];
    table.push([
      text('node'),
      text('address'),
      text('role'),
      shownState(text('state'), coloured),
      text('zone'),
      text('weight'),
      text('segments'),
      mib(bytes),
      mib(used),
      bar(bytes === 0 ? 0 : used / bytes),
      text('variables'),
    ]);
  }
  return textOf(table);
}

function shownState(state: string, coloured: boolean): string {
  const colour = COLOURS[state];
  return coloured && colour !== undefined ? styleText(colour, state, { validateStream: false }) : state;
}

/** Who should be there and isn't. One that was given up by hand isn't missed. */
export const missingNodes = (nodes: readonly Fields[]): string[] =>
  nodes
    .filter((node) => ['down', 'unknown'].includes(node.get('state') ?? ''))
    .map((node) => `${node.get('node')} (${node.get('state')})`);
