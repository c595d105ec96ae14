/** Lets bytes through in one direction, or holds them: TCP would send what was lost again, so nothing is dropped. */
import { Transform } from 'node:stream';

export class Gate {
  /** Bytes that came through. */
  passed = 0;
  #opening: PromiseWithResolvers | undefined;

  get isOpen(): boolean {
    return this.#opening === undefined;
  }

  shut(): void {
    this.#opening ??= withResolvers();
  }

  open(): void {
    this.#opening?.resolve();
    this.#opening = undefined;
  }

  async opened(): Promise<void> {
    while (this.#opening) await this.#opening.promise;
  }

  /** What a connection is led through. */
  stream(): Transform {
    return new Transform({
      transform: (chunk: Buffer, _encoding, done) => {
        void this.opened().then(() => {
          this.passed += chunk.length;
          done(null, chunk);
        });
      },
      flush: (done) => void this.opened().then(() => done()),
    });
  }
}

interface PromiseWithResolvers {
  promise: Promise<void>;
  resolve: () => void;
}

function withResolvers(): PromiseWithResolvers {
  let resolve: () => void = () => undefined;
  const promise = new Promise<void>((done) => (resolve = done));
  return { promise, resolve };
}
