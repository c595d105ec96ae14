/** Whether a document may be stored under a key. */
import { FabricError } from '../errors.js';
import { checkFormat } from './format-check.js';
import { checkWritableKey } from './names.js';

const VALUE_BYTES_MAX = 64 << 20;

export async function checkDocument(key: string, value: Buffer): Promise<void> {
  checkWritableKey(key);
  if (value.length > VALUE_BYTES_MAX) {
    throw new FabricError(
      'ERR',
      `a document has at most ${VALUE_BYTES_MAX} bytes, not ${value.length}: META is for documents, not data`,
    );
  }
  await checkFormat(key, value);
}
