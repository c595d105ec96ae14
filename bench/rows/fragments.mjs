// Fills a node's segment with variables copied from shared memory, without sending their bytes.
import { randomBytes } from 'node:crypto';
import { openSync, closeSync, writeSync, unlinkSync } from 'node:fs';

const MIB = 2 ** 20;
const PIECE_BYTES = MIB - 64;

/** A shared-memory object of the bench's own, which INSERT SHM reads. */
export class Source {
  name = `/datafabric-bench-${randomBytes(4).toString('hex')}`;

  constructor(bytes) {
    const piece = randomBytes(MIB);
    const file = openSync(`/dev/shm${this.name}`, 'wx', 0o600);
    for (let done = 0; done < bytes; done += MIB) writeSync(file, piece, 0, Math.min(MIB, bytes - done));
    closeSync(file);
  }

  insertInto(client, name, bytes) {
    return client.call('FABRIC.INSERT', name, '', 'bytes', 'SHM', this.name, 0, bytes);
  }

  remove() {
    unlinkSync(`/dev/shm${this.name}`);
  }
}

/** Fills a segment with variables of a MiB and deletes every second one: what is left lies apart, and half of it has to move. */
export async function fillAndThin({ client }, segmentBytes) {
  const source = new Source(MIB);
  try {
    const count = Math.floor(segmentBytes / MIB) - 2;
    for (let i = 0; i < count; i++) await source.insertInto(client, `part:${i}`, PIECE_BYTES);
    for (let i = 0; i < count; i += 2) await client.call('FABRIC.DELETE', `part:${i}`);
  } finally {
    source.remove();
  }
}
