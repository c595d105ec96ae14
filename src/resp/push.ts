/** Messages outside of request and reply, for any number of receivers: each is encoded at most once for each protocol. */
import { encode, encodePush, type Protocol } from './encoder.js';
import { Output } from './output.js';
import type { Reply } from './reply.js';

/** After a longer message the block, which was made for it, is given up. */
const BLOCK_KEPT_BYTES = 16 * 1024;

export interface Push {
  bytes(protocol: Protocol): Buffer;
}

/** Makes pushes; they share its blocks, as a message is small beside one. */
export class Pushes {
  #output = new Output();

  /** A push of RESP3, an array in RESP2. */
  message(items: readonly Reply[]): Push {
    return this.#push((protocol) => encodePush(this.#output, items, protocol));
  }

  /** `+text`, as MONITOR has it. */
  line(text: string): Push {
    return this.#push((protocol) => encode(this.#output, { kind: 'simple', text }, protocol));
  }

  #push(write: (protocol: Protocol) => void): Push {
    const encoded: (Buffer | undefined)[] = [];
    return {
      bytes: (protocol) => {
        let bytes = encoded[protocol];
        if (bytes === undefined) {
          write(protocol);
          bytes = this.#output.take();
          encoded[protocol] = bytes;
          if (bytes.length > BLOCK_KEPT_BYTES) this.#output = new Output();
        }
        return bytes;
      },
    };
  }
}
