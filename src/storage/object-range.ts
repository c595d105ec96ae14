import { FabricError } from '../errors.js';
import type { ObjectRange } from './store.js';

/** Refuses a range that isn't within an object of so many bytes. */
export function checkRange(key: string, { offset, length }: ObjectRange, bytes: number): void {
  const whole = Number.isSafeInteger(offset) && Number.isSafeInteger(length) && offset >= 0 && length >= 0;
  if (whole && offset + length <= bytes) return;
  throw new FabricError('ERR', `${key} has ${bytes} bytes: there are no ${length} from ${offset} on`);
}
