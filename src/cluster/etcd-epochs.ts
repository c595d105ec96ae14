/** A counter in etcd, of which nobody is given a number twice. */
import { FabricError } from '../errors.js';
import type { EtcdClient } from './etcd-client.js';

/** An xid has 21 bits for it. */
const EPOCH_MAX = 2 ** 21 - 1;

export class EtcdEpochs {
  readonly #client: EtcdClient;
  readonly #key: Buffer;

  constructor(client: EtcdClient, key: string) {
    this.#client = client;
    this.#key = Buffer.from(key);
  }

  async next(above: number): Promise<number> {
    for (;;) {
      const { value, revision } = await this.#read();
      const next = Math.max(value, above) + 1;
      if (next > EPOCH_MAX)
        throw new FabricError(
          'ERR',
          `there are no epochs above ${EPOCH_MAX}, and ${next - 1} has been given: no more xids can be made`,
        );
      if (await this.#replace(revision, next)) return next;
    }
  }

  /** Revision 0: it isn't there yet. */
  async #read(): Promise<{ value: number; revision: string }> {
    const { kvs } = await this.#client.call((etcd) => etcd.kv.range({ key: this.#key }));
    const [kv] = kvs;
    if (kv === undefined) return { value: 0, revision: '0' };
    const value = Number(kv.value.toString());
    if (!Number.isSafeInteger(value) || value < 0)
      throw new FabricError(
        'ERR',
        `etcd's ${this.#key.toString()} holds '${kv.value.toString()}', which is no epoch: put the highest one there`,
      );
    return { value, revision: kv.mod_revision };
  }

  /** One whose answer was lost and that is asked again says no: that number stays unused. */
  async #replace(revision: string, next: number): Promise<boolean> {
    const { succeeded } = await this.#client.call((etcd) =>
      etcd.kv.txn({
        compare: [{ key: this.#key, target: 'Mod', result: 'Equal', mod_revision: revision }],
        success: [{ request_put: { key: this.#key, value: Buffer.from(String(next)) } }],
        failure: [],
      }),
    );
    return succeeded;
  }
}
