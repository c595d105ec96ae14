/** The stores of a configuration: that of META's documents, and that of the data which leaves shared memory. */
import type { Logger } from 'pino';
import type { Config, StoreConfig } from './cluster/config.js';
import type { StoreReport } from './commands/context.js';
import { Meta } from './meta/meta.js';
import type { NativeModule } from './native.js';
import { openStore, type StoreOptions } from './storage/open-store.js';
import { credentialsOf } from './storage/s3-options.js';
import type { Store } from './storage/store.js';
import { attachLater, type Later } from './util/attach-later.js';

type Native = Pick<NativeModule, 'crc32c' | 'openFileLooks'>;

/** META on its store, in the newest format. Rejects when the store can't be opened, doesn't exclude, or has a newer one. */
export async function openMeta({ meta: config }: Config, native: Native): Promise<Meta> {
  const options = storeOptions(config);
  // Every GET asks whether a newer version is there.
  const store = await openStore(options.kind === 'posix' ? { ...options, looks: native.openFileLooks() } : options);
  const meta = new Meta({ store, repository: config.repository, crc32c: (bytes) => native.crc32c(bytes) });
  try {
    await meta.upgrade();
    return meta;
  } catch (error) {
    await meta.close();
    throw error;
  }
}

/** The store of `[data]`; rejects as `openMeta` does. */
export const openData = ({ data }: Config): Promise<Store> => openStore(storeOptions(data));

/** Both of a node. Each may be away: then who needs it gets its error, and the next one has it tried again. */
export class NodeStores {
  readonly meta: Later<Meta>;
  readonly data: Later<Store>;
  readonly #config: Config;
  /** The node that has META's store for all; absent: each has it. */
  readonly #metaHost: string | undefined;

  constructor(config: Config, native: Native, metaHost?: string) {
    this.#config = config;
    this.#metaHost = metaHost === config.node.name ? undefined : metaHost;
    this.meta = attachLater(() => openMeta(config, native));
    this.data = attachLater(() => openData(config));
  }

  /** Begins to open and prove both; what fails is said in the log. */
  attach(log: Logger): void {
    const uses = this.#metaHost === undefined ? (['meta', 'data'] as const) : (['data'] as const);
    for (const use of uses) {
      this[use].get().then(
        ({ location }) => log.debug({ location }, `[${use}]: the store is there`),
        (error: unknown) => log.warn(`[${use}]: ${(error as Error).message}; it is tried again when it is needed`),
      );
    }
  }

  reports(): StoreReport[] {
    const { meta, data } = this.#config;
    const state =
      this.#metaHost === undefined
        ? this.meta.state
        : { state: 'attached' as const, location: `at node ${this.#metaHost}` };
    return [
      { use: 'meta', kind: meta.store, ...state },
      { use: 'data', kind: data.store, ...this.data.state },
    ];
  }

  async close(): Promise<void> {
    await Promise.all([this.meta.close(), this.data.close()]);
  }
}

function storeOptions(config: StoreConfig): StoreOptions {
  switch (config.store) {
    case 'memory':
      return { kind: 'memory' };
    case 'posix':
      return { kind: 'posix', path: config.path };
    case 'hdfs': {
      const { endpoint, path, user, timeoutMs } = config;
      return { kind: 'hdfs', endpoint, path, timeoutMs, ...(user !== undefined && { user }) };
    }
    case 's3': {
      const { bucket, prefix, region, endpoint, pathStyle, timeoutMs } = config;
      const credentials = credentialsOf(config);
      return {
        kind: 's3',
        bucket,
        prefix,
        region,
        pathStyle,
        timeoutMs,
        ...(endpoint !== undefined && { endpoint }),
        ...(credentials && { credentials }),
      };
    }
  }
}
