/** The coordinator and the nodes as others reach them: each question is one to a peer. */
import { FabricError } from '../errors.js';
import type { CoordinatorPort, Copy, InventoryPage, MemberPort, NodeStatus, Welcome } from './peer-messages.js';
import type { Peers } from './peers.js';

export const memberPort = (peers: Peers, node: string): MemberPort => ({
  inventory: (term, cursor) => peers.ask(node, 'inventory', { term, cursor }) as Promise<InventoryPage>,
  remove: (term, name, xid) => peers.ask(node, 'remove', { term, name, xid }) as Promise<never>,
});

export function coordinatorPort(peers: Peers, node: string): CoordinatorPort {
  const ask = async <T>(verb: string, message: unknown): Promise<T> => {
    try {
      return (await peers.ask(node, verb, message)) as T;
    } catch (error) {
      if (error instanceof FabricError && error.code === 'REMOTE') throw away(error);
      throw error;
    }
  };
  return {
    join: (hello) => ask<Welcome>('join', hello),
    beat: (name, term, pulse) => ask<readonly NodeStatus[]>('beat', { node: name, term, pulse }),
    commit: (name, term, candidate) => ask<never>('commit', { node: name, term, candidate }),
    sealed: (name, term, candidate) => ask<never>('sealed', { node: name, term, candidate }),
    abandoned: (name, term, candidate) => ask<never>('abandoned', { node: name, term, candidate }),
    find: (name) => ask<readonly Copy[]>('find', { name }),
    remove: (names) => ask<number>('remove-names', { names }),
  };
}

/** REMOTE is also what the coordinator says of other nodes. */
function away(error: FabricError): FabricError {
  if (!error.message.includes("doesn't answer")) return error;
  return new FabricError('NOCOORD', `the coordinator: ${error.message}; what lies on this node can be read meanwhile`);
}
