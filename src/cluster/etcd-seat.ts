/** The coordinator's seat: a key in etcd that lasts as long as its holder's lease, and the count of terms. */
import type { EtcdClient } from './etcd-client.js';
import type { Leader } from './election.js';

export interface Seat {
  /** Undefined: the seat is free. */
  holder: { leader: Leader | undefined; lease: string } | undefined;
  /** The last term that was taken, and the revision of its key; 0: none. */
  term: number;
  termRevision: string;
  /** Of etcd when it was looked at. */
  revision: number;
}

export class EtcdSeat {
  readonly #client: EtcdClient;
  readonly #key: string;
  readonly #termKey: Buffer;

  constructor(client: EtcdClient, prefix: string) {
    this.#client = client;
    this.#key = `${prefix}coordinator`;
    this.#termKey = Buffer.from(`${prefix}term`);
  }

  async look(): Promise<Seat> {
    const { header, responses } = await this.#client.call((etcd) =>
      etcd.kv.txn({
        compare: [],
        success: [{ request_range: { key: Buffer.from(this.#key) } }, { request_range: { key: this.#termKey } }],
        failure: [],
      }),
    );
    const [holder] = responses[0]!.response_range.kvs;
    const [term] = responses[1]!.response_range.kvs;
    return {
      holder: holder && { leader: leaderOf(holder.value), lease: holder.lease },
      term: term === undefined ? 0 : Number(term.value.toString()),
      termRevision: term?.mod_revision ?? '0',
      revision: Number(header.revision),
    };
  }

  /** Takes a free seat for that term; the revision it is taken with, or undefined when another was quicker. */
  async take(
    { termRevision }: Seat,
    leader: { node: string; term: number },
    lease: string,
  ): Promise<number | undefined> {
    const key = Buffer.from(this.#key);
    const { succeeded, header, responses } = await this.#client.call((etcd) =>
      etcd.kv.txn({
        compare: [
          { key, target: 'Create', result: 'Equal', create_revision: '0' },
          { key: this.#termKey, target: 'Mod', result: 'Equal', mod_revision: termRevision },
        ],
        success: [
          { request_put: { key, value: Buffer.from(JSON.stringify(leader)), lease } },
          { request_put: { key: this.#termKey, value: Buffer.from(String(leader.term)) } },
        ],
        failure: [{ request_range: { key } }],
      }),
    );
    if (succeeded) return Number(header.revision);
    // It may have been asked again after the first answer was lost.
    const [holder] = responses[0]!.response_range.kvs;
    return holder?.lease === lease ? Number(holder.mod_revision) : undefined;
  }

  /** Calls back when the seat has been taken or left after that revision; a hint that may never come. Returns what ends it. */
  watch(revision: number, changed: () => void): () => void {
    return this.#client.watch(this.#key, revision + 1, changed);
  }
}

/** Undefined for what no node has written. */
function leaderOf(value: Buffer): Leader | undefined {
  try {
    const { node, term } = JSON.parse(value.toString()) as Partial<Leader>;
    return typeof node === 'string' && typeof term === 'number' ? { node, term } : undefined;
  } catch {
    return undefined;
  }
}
