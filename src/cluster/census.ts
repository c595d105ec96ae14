/** The nodes of the cluster, as this one knows them: by the coordinator's word, which it hears with each heartbeat. */
import type { NodeReport } from '../fabric/fabric.js';
import type { ClusterConfig } from './config.js';
import type { NodeCondition, NodeStatus, Overview, Pulse } from './peer-messages.js';
import { NO_PULSE } from './pulse.js';

export interface CensusParts {
  config: Pick<ClusterConfig, 'nodes'>;
  /** This one. */
  node: string;
  /** Its own. */
  pulse: () => Pulse;
  /** The coordinator's name, as far as it is known. */
  leader: () => string | undefined;
  /** What the coordinator says now; rejects when it is away. */
  ask: () => Promise<Overview>;
  /** What it said last. */
  last: () => Overview;
}

const UP: ReadonlySet<NodeCondition> = new Set(['up', 'suspect', 'draining']);

export class Census {
  readonly #parts: CensusParts;

  constructor(parts: CensusParts) {
    this.#parts = parts;
  }

  /** As the coordinator sees them now; when it is away, as it saw them last. */
  async nodes(): Promise<NodeReport[]> {
    const { config, node: own, leader } = this.#parts;
    const statuses = await this.#statuses();
    const known = new Map(statuses.map((status) => [status.node, status]));
    return config.nodes.map(({ name, host, port, tlsPort = 0, zone, weight }) => {
      const status = known.get(name) ?? { condition: 'unknown' as const, ...NO_PULSE };
      const { condition: state, segments, bytes, usedBytes, variables } = name === own ? this.#ownStatus() : status;
      const role = name === leader() ? 'coordinator' : 'member';
      const address = `${host}:${port}`;
      return { node: name, address, tlsPort, role, state, zone, weight, segments, bytes, usedBytes, variables };
    });
  }

  #ownStatus(): Omit<NodeStatus, 'node'> {
    const pulse = this.#parts.pulse();
    return { condition: pulse.draining === undefined ? 'up' : 'draining', ...pulse };
  }

  async #statuses(): Promise<readonly NodeStatus[]> {
    const { ask, last, leader } = this.#parts;
    try {
      return (await ask()).nodes;
    } catch {
      // What it said last doesn't say that it is there.
      return last().nodes.map((status) => (status.node === leader() ? { ...status, condition: 'down' } : status));
    }
  }

  /** Those that answer, as far as this node knows. */
  up(): string[] {
    return this.#parts.config.nodes.map(({ name }) => name).filter((name) => this.isUp(name));
  }

  isUp(node: string): boolean {
    if (node === this.#parts.node) return true;
    const condition = this.#parts.last().nodes.find((status) => status.node === node)?.condition;
    return condition !== undefined && UP.has(condition);
  }
}
