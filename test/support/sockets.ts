/** The addon's sockets with everything they tell recorded, and plain clients to drive them. */
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import type { ExecutionContext } from 'ava';
import { native, type NativeNet, type NetCallbacks } from '../../dist/native.js';

export type EventName = keyof NetCallbacks;

export interface NetEvent {
  name: EventName;
  connection: number;
  /** What follows the connection in the callback. */
  rest: unknown[];
}

interface Waiter {
  wanted: (event: NetEvent) => boolean;
  resolve: (event: NetEvent) => void;
}

type Handlers = { [Name in EventName]?: (...args: Parameters<NetCallbacks[Name]>) => void };

export class RecordedNet {
  readonly net: NativeNet;
  readonly events: NetEvent[] = [];
  readonly #received = new Map<number, Buffer[]>();
  readonly #waiters: Waiter[] = [];
  /** True while a method of `net` called through `during` runs. */
  inCall = false;
  eventsInCall = 0;

  /** `handlers` are called after the event is recorded. */
  constructor(handlers: Handlers = {}, marks = { highWaterBytes: 1 << 20, lowWaterBytes: 1 << 18 }) {
    this.net = native.openNet(
      {
        accept: (...args) => (this.#record('accept', ...args), handlers.accept?.(...args)),
        data: (...args) => {
          const chunks = this.#received.get(args[0]) ?? [];
          this.#received.set(args[0], [...chunks, args[1]]);
          this.#record('data', ...args);
          handlers.data?.(...args);
        },
        sunk: (...args) => (this.#record('sunk', ...args), handlers.sunk?.(...args)),
        sinkFailed: (...args) => (this.#record('sinkFailed', ...args), handlers.sinkFailed?.(...args)),
        end: (...args) => (this.#record('end', ...args), handlers.end?.(...args)),
        drain: (...args) => (this.#record('drain', ...args), handlers.drain?.(...args)),
        refused: (...args) => this.#record('refused', ...args),
        idle: (...args) => this.#record('idle', ...args),
        sealed: (...args) => handlers.sealed?.(...args),
        closed: (...args) => (this.#record('closed', ...args), handlers.closed?.(...args)),
      },
      marks,
    );
  }

  #record(name: EventName, connection: number, ...rest: unknown[]): void {
    if (this.inCall) this.eventsInCall += 1;
    const event = { name, connection, rest };
    this.events.push(event);
    for (const waiter of this.#waiters.filter(({ wanted }) => wanted(event))) {
      this.#waiters.splice(this.#waiters.indexOf(waiter), 1);
      waiter.resolve(event);
    }
  }

  /** Runs a call, in which no event may arrive. */
  during(call: () => void): void {
    this.inCall = true;
    try {
      call();
    } finally {
      this.inCall = false;
    }
  }

  count(name: EventName, connection?: number): number {
    return this.events.filter((event) => event.name === name && (connection ?? event.connection) === event.connection)
      .length;
  }

  /** The first event of that name, past or to come. */
  event(name: EventName, connection?: number): Promise<NetEvent> {
    const wanted = (event: NetEvent) =>
      event.name === name && (connection === undefined || event.connection === connection);
    const past = this.events.find(wanted);
    return past ? Promise.resolve(past) : this.next(wanted);
  }

  next(wanted: (event: NetEvent) => boolean): Promise<NetEvent> {
    return new Promise((resolve) => this.#waiters.push({ wanted, resolve }));
  }

  received(connection: number): Buffer {
    return Buffer.concat(this.#received.get(connection) ?? []);
  }

  /** Resolves once that many bytes have come as data. */
  async receivedBytes(connection: number, bytes: number): Promise<Buffer> {
    while (this.received(connection).length < bytes) {
      await this.next((event) => event.name === 'data' && event.connection === connection);
    }
    return this.received(connection);
  }

  /** A connected client and its number here. */
  async client(port: number): Promise<{ socket: Socket; connection: number }> {
    const accepted = this.next(({ name }) => name === 'accept');
    const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true });
    socket.on('error', () => undefined);
    await once(socket, 'connect');
    return { socket, connection: (await accepted).connection };
  }
}

/** Sockets that are closed with the test. */
export function openSockets(
  t: ExecutionContext,
  handlers: Handlers = {},
  marks?: { highWaterBytes: number; lowWaterBytes: number },
) {
  const recorded = new RecordedNet(handlers, marks);
  t.teardown(() => recorded.net.close());
  return recorded;
}

/** Resolves when a socket has closed, with an error or without. */
export function closing(socket: Socket): Promise<void> {
  return new Promise((resolve) => (socket.closed ? resolve() : socket.once('close', () => resolve())));
}

/** Everything a socket receives up to its end. */
export async function readAll(socket: Socket): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of socket) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

/** That many bytes of what a socket receives. */
export async function readBytes(socket: Socket, bytes: number): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for (let left = bytes; left > 0;) {
    const chunk = socket.read(Math.min(left, socket.readableLength)) as Buffer | null;
    if (chunk === null || chunk.length === 0) {
      await once(socket, 'readable');
      continue;
    }
    chunks.push(chunk);
    left -= chunk.length;
  }
  return Buffer.concat(chunks);
}

/** Bytes without a period that a mix-up could hide in. */
export function pattern(bytes: number, seed = 1): Buffer {
  const buffer = Buffer.alloc(bytes);
  let state = seed;
  for (let i = 0; i < bytes; i++) {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
    buffer[i] = state >>> 24;
  }
  return buffer;
}
