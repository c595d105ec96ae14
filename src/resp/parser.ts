import RedisParser from 'redis-parser';

/**
 * Decodes requests which `scanFrames` has found to be whole and well-formed. Fed anything else redis-parser could throw, stall or
 * keep state from one connection to the next; fed whole frames it keeps none, so that one serves all connections.
 */
export class RequestParser {
  readonly #parser: RedisParser;
  #requests: Buffer[][] = [];

  constructor() {
    this.#parser = new RedisParser({
      returnBuffers: true,
      returnReply: (reply) => this.#requests.push(reply as Buffer[]),
      returnError: (error) => {
        throw error;
      },
    });
  }

  /** The argument arrays of `frames`; they are views of its memory. */
  decode(frames: Buffer): Buffer[][] {
    const requests: Buffer[][] = [];
    this.#requests = requests;
    this.#parser.execute(frames);
    return requests;
  }
}
