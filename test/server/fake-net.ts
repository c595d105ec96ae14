import type { HotCounts, HotUse, NativeNet, NativeStore, NetCallbacks } from '../../dist/native.js';
import { FakeTransport } from './fake-transport.js';

/** Sockets that a test plays: `connect` is a client that arrives, its transport is what the server did to it. */
export class FakeNet implements NativeNet {
  readonly transports = new Map<number, FakeTransport>();
  readonly listening = new Map<number, string>();
  closed = false;
  hotAllowed = true;
  /** What `takeHotCounts` is to return, once. */
  readonly counts: HotCounts[] = [];
  /** `listenTcp` fails for this host. */
  busyHost: string | undefined;
  readonly #callbacks: NetCallbacks;
  #made = 0;

  constructor(callbacks: NetCallbacks) {
    this.#callbacks = callbacks;
  }

  connect(): { id: number; transport: FakeTransport } {
    const id = ++this.#made;
    const transport = new FakeTransport();
    this.transports.set(id, transport);
    this.#callbacks.accept(id, 1, `127.0.0.1:${4000 + id}`);
    return { id, transport };
  }

  send(id: number, bytes: Buffer): string {
    this.#callbacks.data(id, bytes);
    return this.transports.get(id)!.taken();
  }

  /** What the loop does with connections that were ended or destroyed. */
  closeEnded(): void {
    for (const [id, transport] of this.transports) {
      if (!transport.ended && !transport.destroyed) continue;
      this.transports.delete(id);
      this.#callbacks.closed(id);
    }
  }

  listenTcp(host: string, port: number): { listener: number; port: number } {
    if (host === this.busyHost) throw new Error('address in use');
    const listener = this.listening.size + 1;
    this.listening.set(listener, host);
    return { listener, port: port === 0 ? 40_000 + listener : port };
  }

  listenUnix(path: string): { listener: number } {
    const listener = this.listening.size + 1;
    this.listening.set(listener, path);
    return { listener };
  }

  claimNumber(): number {
    return ++this.#made;
  }

  closeListener(listener: number): void {
    this.listening.delete(listener);
  }

  write(connection: number, bytes: Uint8Array): boolean {
    return this.#transport(connection).write(bytes);
  }

  writeVariable(connection: number, _store: NativeStore, entry: number, offset: number, length: number): boolean {
    return this.#transport(connection).writeVariable(entry, offset, length);
  }

  sink(connection: number, _store: NativeStore, entry: number, offset: number, length: number, crc32c: number): void {
    this.#transport(connection).sink(entry, offset, length, crc32c);
  }

  discard(connection: number, length: number): void {
    this.#transport(connection).discard(length);
  }

  pause(connection: number): void {
    this.#transport(connection).pause();
  }

  resume(connection: number): void {
    this.#transport(connection).resume();
  }

  pending(connection: number): number {
    return this.#transport(connection).pending();
  }

  received(connection: number): number {
    return this.#transport(connection).received();
  }

  end(connection: number): void {
    this.#transport(connection).end();
  }

  destroy(connection: number): void {
    this.#transport(connection).destroy();
  }

  hot(connection: number, protocol: 0 | 2 | 3): void {
    this.#transport(connection).hot(protocol);
  }

  hotUse(connection: number): HotUse | undefined {
    return this.#transport(connection).hotUse();
  }

  allowHot(allowed: boolean): void {
    this.hotAllowed = allowed;
  }

  busy(connection: number): boolean {
    return this.#transport(connection).busy();
  }

  limitHot(): void {
    return;
  }

  learnType(): void {
    return;
  }

  watchSeals(): void {
    return;
  }

  remember(): void {
    return;
  }

  forget(): void {
    return;
  }

  forgetAll(): void {
    return;
  }

  takeHotCounts(): HotCounts {
    return (
      this.counts.splice(0)[0] ?? {
        commands: {},
        hits: 0,
        misses: 0,
        rememberedHits: 0,
        pins: 0,
        releases: 0,
        inserts: 0,
        insertedBytes: 0,
        inputBytes: 0,
        outputBytes: 0,
      }
    );
  }

  close(): void {
    this.closed = true;
  }

  #transport(connection: number): FakeTransport {
    return this.transports.get(connection)!;
  }
}
