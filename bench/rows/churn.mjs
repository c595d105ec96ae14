// Variables that come and go at random, on a node.
import { randomFrom } from '../harness/random.mjs';
import { Source } from './fragments.mjs';

const SIZE_MIN = 64;
const INSERT_SHARE = 0.6;
const UNIT_BYTES = 64;

export class Churn {
  /** How often an insertion was refused while memory was in quarantine. */
  waits = 0;
  #node;
  #segmentBytes;
  #sizeMax;
  #random;
  #source;
  #live = [];
  #pinned = [];
  #next = 0;

  constructor(node, segmentBytes, sizeMax, seed) {
    this.#node = node;
    this.#segmentBytes = segmentBytes;
    this.#sizeMax = sizeMax;
    const random = randomFrom(seed);
    this.#random = () => random() / 2 ** 32;
    this.#source = new Source(sizeMax);
  }

  /** Payload bytes of what is there, per byte of the segment. */
  get utilisation() {
    const bytes = [...this.#live, ...this.#pinned].reduce((sum, variable) => sum + variable.bytes, 0);
    return bytes / this.#segmentBytes;
  }

  async runToFailure() {
    for (;;) {
      if (this.#random() >= INSERT_SHARE && this.#live.length > 0) await this.#deleteOne();
      else if (!(await this.#insertOne())) return;
    }
  }

  async pin(share) {
    for (let left = Math.round(this.#live.length * share); left > 0; left--) {
      const variable = this.#takeOne();
      await this.#node.client.call('FABRIC.PTR', variable.name);
      this.#pinned.push(variable);
    }
  }

  async locate(share) {
    for (const { name } of this.#live) if (this.#random() < share) await this.#node.client.call('FABRIC.LOCATE', name);
  }

  end() {
    this.#source.remove();
  }

  #takeOne() {
    const at = Math.floor(this.#random() * this.#live.length);
    const taken = this.#live[at];
    this.#live[at] = this.#live.at(-1);
    this.#live.pop();
    return taken;
  }

  async #deleteOne() {
    await this.#node.client.call('FABRIC.DELETE', this.#takeOne().name);
  }

  async #insertOne() {
    const spread = Math.log(this.#sizeMax / SIZE_MIN);
    const variable = { name: `churn:${this.#next++}`, bytes: Math.floor(SIZE_MIN * Math.exp(this.#random() * spread)) };
    if (!(await this.#tryInsert(variable)) && !(await this.#tryAgain(variable))) return false;
    this.#live.push(variable);
    return true;
  }

  async #tryAgain(variable) {
    if ((await this.#node.quarantinedBytes()) < UNIT_BYTES) return false;
    this.waits++;
    await this.#node.freed();
    return this.#tryInsert(variable);
  }

  async #tryInsert({ name, bytes }) {
    try {
      await this.#source.insertInto(this.#node.client, name, bytes);
      return true;
    } catch (error) {
      if (error.message.startsWith('OOM')) return false;
      throw error;
    }
  }
}
