import type { HotUse } from '../../dist/native.js';
import type { Transport } from '../../dist/server/transport.js';

export type Direction =
  { kind: 'sink'; entry: number; offset: number; length: number; crc32c: number } | { kind: 'discard'; length: number };

/** Records what a connection asks of its socket. */
export class FakeTransport implements Transport {
  readonly writes: Buffer[] = [];
  readonly directions: Direction[] = [];
  /** `write` answers false while this is set. */
  full = false;
  hotProtocol: 0 | 2 | 3 = 0;
  bulkUnderWay = false;
  use: HotUse | undefined;
  paused = false;
  ended = false;
  destroyed = false;
  receivedBytes = 0;

  /** Everything written, payloads as `<entry:offset+length>`; forgets it. */
  taken(): string {
    return Buffer.concat(this.writes.splice(0)).toString('latin1');
  }

  write(bytes: Uint8Array): boolean {
    this.writes.push(Buffer.from(bytes));
    return !this.full;
  }

  writeVariable(entry: number, offset: number, length: number): boolean {
    this.writes.push(Buffer.from(`<${entry}:${offset}+${length}>`));
    return !this.full;
  }

  sink(entry: number, offset: number, length: number, crc32c: number): void {
    this.directions.push({ kind: 'sink', entry, offset, length, crc32c });
  }

  discard(length: number): void {
    this.directions.push({ kind: 'discard', length });
  }

  pause(): void {
    this.paused = true;
  }

  resume(): void {
    this.paused = false;
  }

  pending(): number {
    return this.writes.reduce((sum, bytes) => sum + bytes.length, 0);
  }

  received(): number {
    return this.receivedBytes;
  }

  hot(protocol: 0 | 2 | 3): void {
    this.hotProtocol = protocol;
  }

  hotUse(): HotUse | undefined {
    return this.use;
  }

  busy(): boolean {
    return this.bulkUnderWay;
  }

  end(): void {
    this.ended = true;
  }

  destroy(): void {
    this.destroyed = true;
  }
}
