/** All that the yellow pages list, in steps that leave the others their turn. */
import { nextTurn } from '../fabric/turns.js';
import type { Pages } from './pages.js';
import type { Copy } from './peer-messages.js';

/** Looked up in one turn, a placement drawn for each: well under a millisecond. */
const STEP_NAMES = 100;

export interface Listed {
  name: Buffer;
  /** One at least. */
  copies: readonly Copy[];
  /** How many are wanted. */
  replicas: number;
}

/** Whatever is there from beginning to end is seen. */
export async function* walk(pages: Pages): AsyncGenerator<readonly Listed[]> {
  let cursor = 0;
  do {
    const page = pages.scan(cursor, STEP_NAMES);
    cursor = page.cursor;
    yield page.names.map((name): Listed => ({ name, ...pages.look(name) })).filter(({ copies }) => copies.length > 0);
    await nextTurn();
  } while (cursor !== 0);
}
