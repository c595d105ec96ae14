/** Lists names in bounded steps. */
import type { Core } from './core.js';
import { nextTurn, STEP_ITEMS_MAX } from './turns.js';

export interface Page {
  /** 0 when the iteration is complete. */
  cursor: number;
  names: Buffer[];
}

export interface PageRequest {
  cursor: number;
  /** Names looked at, about; fewer are returned when `matches` refuses some. */
  count: number;
  matches: ((name: Buffer) => boolean) | undefined;
}

/** A page of names. A long one is gathered over several turns. */
export function listPage(core: Core, request: PageRequest): Page | Promise<Page> {
  return request.count <= STEP_ITEMS_MAX ? step(core, request) : gather(core, request);
}

function step(core: Core, { cursor, count, matches }: PageRequest): Page {
  const scan = core.store.scan(cursor, count);
  return matches === undefined ? scan : { cursor: scan.cursor, names: scan.names.filter(matches) };
}

async function gather(core: Core, { cursor, count, matches }: PageRequest): Promise<Page> {
  const names: Buffer[] = [];
  let at = cursor;
  for (let left = count; left > 0; left -= STEP_ITEMS_MAX) {
    const page = step(core, { cursor: at, count: Math.min(left, STEP_ITEMS_MAX), matches });
    for (const name of page.names) names.push(name);
    at = page.cursor;
    if (at === 0) break;
    await nextTurn();
  }
  return { cursor: at, names };
}
