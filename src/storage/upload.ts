/** Bodies of requests for servers that show an object as soon as they have the last byte of it. */
import { Readable } from 'node:stream';
import { exactly } from './exactly.js';

const PIECE_BYTES_MAX = 256 << 10;

/**
 * Sends a source that promised so many bytes. The last piece is held back until the source has ended well: before that the server can't have
 * seen the whole, and `send` is aborted. The server may take its time, `stallMs` for each piece and for its reply; so may the source, without bound.
 */
export async function upload<T>(
  bytes: number,
  source: AsyncIterable<Uint8Array>,
  stallMs: number,
  send: (body: Readable, signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const aborter = new AbortController();
  let failure: { of: unknown } | undefined;
  let patience: NodeJS.Timeout | undefined;
  const waitForServer = () => {
    patience = setTimeout(
      () => aborter.abort(new DOMException(`no answer for ${stallMs} ms`, 'TimeoutError')),
      stallMs,
    );
  };
  async function* pieces(): AsyncGenerator<Uint8Array> {
    clearTimeout(patience);
    try {
      for await (const piece of heldBack(exactly(bytes, source))) {
        waitForServer();
        yield piece;
        clearTimeout(patience);
      }
    } catch (error) {
      failure = { of: error };
      aborter.abort(error);
      throw error;
    }
    waitForServer();
  }
  const body = Readable.from(pieces(), { objectMode: false });
  // What it has to say is in `failure`; a stream's error without a listener would end the process.
  body.on('error', () => undefined);
  // Until it takes the first piece.
  waitForServer();
  try {
    return await send(body, aborter.signal);
  } catch (error) {
    // Assigned while `send` was at work, which the compiler doesn't see.
    const cause = failure as { of: unknown } | undefined;
    throw cause === undefined ? error : cause.of;
  } finally {
    clearTimeout(patience);
    body.destroy();
  }
}

/** Hands on each piece when the next is there, and the last when nothing went wrong behind it. */
async function* heldBack(source: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  let held: Uint8Array | undefined;
  for await (const piece of source) {
    if (piece.length === 0) continue;
    if (held) yield* sliced(held);
    // A copy: a source may use its buffer again.
    held = Buffer.from(piece);
  }
  if (held) yield* sliced(held);
}

/** In pieces that a server that works takes within its time. */
function* sliced(piece: Uint8Array): Generator<Uint8Array> {
  for (let at = 0; at < piece.length; at += PIECE_BYTES_MAX) yield piece.subarray(at, at + PIECE_BYTES_MAX);
}
