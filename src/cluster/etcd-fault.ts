/** What went wrong with etcd, in a sentence for whoever runs the cluster. */

const REFUSED = /authentication failed|permission denied|user name is empty|authentication is not enabled/i;
/** gRPC's number and name before its text. */
const GRPC_PREFIX = /^\d+ [A-Z_]+: /;

/** It answers, and wants another user or password. */
export const etcdRefuses = (error: unknown): boolean => REFUSED.test((error as Error).message);

export function describeEtcdFault(endpoint: string, error: unknown): string {
  const reason = (error as Error).message
    .replace(GRPC_PREFIX, '')
    .replace(/\s*Resolution note:.*$/s, '')
    .trim();
  if (etcdRefuses(error))
    return `etcd at ${endpoint} refuses this node (${reason}): see cluster.etcd_user and cluster.etcd_password (or DATAFABRIC_ETCD_PASSWORD)`;
  return `etcd at ${endpoint} doesn't answer (${reason}): see cluster.etcd_endpoints`;
}
