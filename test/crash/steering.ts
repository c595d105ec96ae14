/** How the load is brought to a store that it would seldom reach by itself. */
import type { Emphasis } from './load.js';

const BIRTH = [
  'header_written',
  'header_node',
  'header_complete',
  'pins_ready',
  'variables_ready',
  'string_bytes_ready',
];
/** Stores made because another process has removed a segment, or has truncated it. */
const LOSS = ['segment_lost', 'variable_lost'];
const TRUNCATION = ['insert_undone'];
/** Stores made while a server opens what another left; before each, where that other must have been killed. */
const RECOVERY: Readonly<Record<string, string | undefined>> = {
  epoch_raised: undefined,
  xid_counter_reset: undefined,
  sequence_repaired: 'sequence_ended',
  replay_applied: 'redo_applied',
  replay_cleared: 'redo_applied',
  reservation_orphaned: 'writer_taken',
  pin_stale: 'writer_released',
};

export type Occasion = 'birth' | 'loss' | 'truncation' | 'recovery' | 'load';

export function occasionOf(point: string): Occasion {
  if (BIRTH.includes(point)) return 'birth';
  if (LOSS.includes(point)) return 'loss';
  if (TRUNCATION.includes(point)) return 'truncation';
  return point in RECOVERY ? 'recovery' : 'load';
}

/** Where the server must be killed for the next one to come past that point at its start. */
export const preludeOf = (point: string): string | undefined => RECOVERY[point];

const EMPHASES: readonly [RegExp, Emphasis][] = [
  [/^segment_/, { housekeeping: 'segments' }],
  [/^redo_/, { actions: ['replace', 'removeMany'], housekeeping: 'defrag' }],
  [/^reservation_refused$/, { actions: ['refuse'] }],
  [/^reservation_aborted$/, { actions: ['abort'] }],
  [/^(reserv|writer_taken|writer_released)/, { actions: ['reserve', 'seal', 'abort'] }],
  [/^writer_died$/, { actions: ['loseSlot'] }],
  [/renewed$/, { actions: ['point', 'renew'] }],
  [/^pin_/, { actions: ['point', 'release'] }],
  [/^exposed$/, { actions: ['insert', 'locate'] }],
  [/^(removed|freed)$/, { actions: ['insert', 'remove'] }],
];

/** At most so many passages are waited for: segments come and go slowly. */
export const passagesMaxOf = (point: string): number => (point.startsWith('segment_') ? 3 : 40);

export function emphasisFor(point: string): Emphasis {
  return EMPHASES.find(([pattern]) => pattern.test(point))?.[1] ?? {};
}
