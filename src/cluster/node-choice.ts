/** Which nodes are to take copies, of those the coordinator knows and as they are now. */
import type { ClusterConfig } from './config.js';
import type { PlaceRequest } from './peer-messages.js';
import { Placement, type PlacementNode } from './placement.js';
import type { Roster } from './roster.js';

export class NodeChoice {
  readonly #nodes: ClusterConfig['nodes'];
  readonly #roster: Roster;

  constructor({ nodes }: Pick<ClusterConfig, 'nodes'>, roster: Roster) {
    this.#nodes = nodes;
    this.#roster = roster;
  }

  zoneOf(node: string): string | undefined {
    return this.#nodes.find(({ name }) => name === node)?.zone;
  }

  /** All; full are those that have no stretch of so many bytes. */
  candidates(bytes: number): PlacementNode[] {
    return this.#roster.statuses().map(({ node, condition, largestFreeBytes }) => {
      const { zone, weight } = this.#nodes.find(({ name }) => name === node)!;
      const up = condition === 'up' || condition === 'suspect';
      return { name: node, zone, weight, up, full: largestFreeBytes < bytes };
    });
  }

  /** Up, to be filled, and of some weight. */
  usable(): PlacementNode[] {
    return this.candidates(0).filter(({ up, weight }) => up && weight > 0);
  }

  /** Fewer than asked for when there aren't so many; after `first`, those of other zones come first. */
  choose({ name, length, replicas, first }: PlaceRequest): string[] {
    const nodes = this.candidates(length);
    if (first === undefined) return new Placement(nodes).choose(name, replicas).map((node) => node.name);
    const others = nodes.filter((node) => node.name !== first);
    const zone = this.zoneOf(first);
    const elsewhere = new Placement(others.filter((node) => node.zone !== zone)).choose(name, replicas - 1);
    const near = new Placement(others.filter((node) => !elsewhere.some(({ name: chosen }) => chosen === node.name)));
    const chosen = [...elsewhere, ...near.choose(name, replicas - 1 - elsewhere.length)];
    return [first, ...chosen.map((node) => node.name)];
  }
}
