/** Bodies of replies. */
import { Readable } from 'node:stream';
import { FabricError, isFabricError } from '../errors.js';

export interface Expected {
  bytes: number;
  /** How long the server may be silent while it is waited for. A slow reader is nobody's fault. */
  stallMs: number;
  /** What is read, for the error. */
  what: string;
}

/** A reply that broke off; asked again, it may come whole. */
export class BrokenOff extends FabricError {}

/** A body that ends well only when all that was promised has come; its errors are FabricErrors. */
export function download(body: Readable, expected: Expected): Readable {
  const stream = Readable.from(promised(body, expected), { objectMode: false });
  stream.once('close', () => body.destroy());
  return stream;
}

/** All of such a body. */
export async function gather(body: Readable, expected: Expected): Promise<Buffer> {
  const pieces: Buffer[] = [];
  for await (const piece of promised(body, expected)) pieces.push(piece);
  return Buffer.concat(pieces, expected.bytes);
}

async function* promised(body: Readable, { bytes, stallMs, what }: Expected): AsyncGenerator<Buffer> {
  let seen = 0;
  let patience: NodeJS.Timeout | undefined;
  const waitForServer = () => {
    patience = setTimeout(() => body.destroy(new Error(`nothing came for ${stallMs} ms`)), stallMs);
  };
  try {
    waitForServer();
    for await (const piece of body as AsyncIterable<Buffer>) {
      clearTimeout(patience);
      seen += piece.length;
      if (seen > bytes) break;
      yield piece;
      waitForServer();
    }
  } catch (error) {
    if (isFabricError(error)) throw error;
    throw new BrokenOff('ERR', `${what}: ${(error as Error).message} after ${seen} of ${bytes} bytes; try again`);
  } finally {
    clearTimeout(patience);
    body.destroy();
  }
  if (seen === bytes) return;
  const found = seen > bytes ? 'more came than' : `${seen} bytes came of`;
  throw new BrokenOff('ERR', `${what}: ${found} the ${bytes} promised; try again`);
}
