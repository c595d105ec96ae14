/** META on a store that one node alone reaches: that node answers for the whole cluster. */
import type { Config } from '../cluster/config.js';
import type { Handler } from './command.js';

/** The first node of the cluster; undefined where every node reaches the store, or there is only one. */
export function metaHostOf({ meta, cluster }: Config): string | undefined {
  const reachesOne = meta.store === 'posix' || meta.store === 'memory';
  return reachesOne ? cluster?.nodes[0]?.name : undefined;
}

export const atMetaHost =
  (handler: Handler): Handler =>
  (context, args) => {
    const { cluster, config, fabric } = context;
    const host = metaHostOf(config);
    if (cluster === undefined || host === undefined || host === fabric.node) return handler(context, args);
    return cluster.run(host, args, true);
  };
