import { FabricError } from '../errors.js';

/** Hands on the pieces of a source that promised so many bytes; throws when it has more or fewer. */
export async function* exactly(bytes: number, source: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  let seen = 0;
  for await (const piece of source) {
    seen += piece.length;
    if (seen > bytes) throw new FabricError('ERR', `the source has more than the ${bytes} bytes it was to have`);
    yield piece;
  }
  if (seen < bytes) throw new FabricError('ERR', `the source ended after ${seen} of ${bytes} bytes`);
}
