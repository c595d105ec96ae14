/** The file through which a test says where a server is to die; it maps the same. The layout is that of native/crash_points.h. */
import { closeSync, openSync, readSync, writeSync } from 'node:fs';
import type { StorePoint } from './store-points.js';

const WORD_BYTES = 8;
const WORD = { armed: 0, passagesLeft: 1, after: 2, omitted: 3, killed: 4, passages: 8 };

export interface Trap {
  point: string;
  /** The passage at which the server is killed, from 1. */
  passage: number;
  /** After the store instead of before it. */
  after: boolean;
}

export class CrashControl {
  readonly #fd: number;

  constructor(
    readonly path: string,
    readonly points: readonly StorePoint[],
  ) {
    this.#fd = openSync(path, 'w+');
    writeSync(this.#fd, Buffer.alloc((WORD.passages + points.length) * WORD_BYTES));
  }

  /** What a server needs to be under this control. */
  get env(): NodeJS.ProcessEnv {
    const preload = new URL('./crash-addon.js', import.meta.url);
    return { FABRIC_CRASH_CONTROL: this.path, NODE_OPTIONS: `--import=${preload.href}` };
  }

  arm({ point, passage, after }: Trap): void {
    this.disarm();
    this.#write(WORD.killed, 0);
    this.#write(WORD.passagesLeft, passage);
    this.#write(WORD.after, after ? 1 : 0);
    this.#write(WORD.armed, this.#number(point));
  }

  disarm(): void {
    this.#write(WORD.armed, 0);
  }

  /** The commit is not stored from now on. */
  omit(point: string): void {
    this.#write(WORD.omitted, this.#number(point));
  }

  /** The point at which the server was killed since it was last armed. */
  killed(): string | undefined {
    return this.points[this.#read(WORD.killed) - 1]?.name;
  }

  /** How often the store was reached so far. */
  passages(point: string): number {
    return this.#read(WORD.passages + this.#number(point) - 1);
  }

  close(): void {
    closeSync(this.#fd);
  }

  #number(point: string): number {
    const index = this.points.findIndex(({ name }) => name === point);
    if (index < 0)
      throw new Error(`there is no store ${point}; they are ${this.points.map(({ name }) => name).join(', ')}`);
    return index + 1;
  }

  #read(word: number): number {
    const bytes = Buffer.alloc(WORD_BYTES);
    readSync(this.#fd, bytes, 0, WORD_BYTES, word * WORD_BYTES);
    return Number(bytes.readBigUInt64LE());
  }

  #write(word: number, value: number): void {
    const bytes = Buffer.alloc(WORD_BYTES);
    bytes.writeBigUInt64LE(BigInt(value));
    writeSync(this.#fd, bytes, 0, WORD_BYTES, word * WORD_BYTES);
  }
}
