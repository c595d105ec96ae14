/**
 * Which nodes a variable goes to when it is to be spread: computable by anybody who knows the nodes, without asking.
 *
 * Every node draws a straw of its own for the name (straw2). The zone of the longest straw comes first, and in it the node that
 * drew it; the next replica goes to the zone of the longest straw among the others, and so on. A zone's straw is thus the longest
 * of its nodes', which wins as often as the zone's weight says; but unlike a straw drawn for the zone as a whole, it moves
 * nothing between its nodes when one of them comes or goes. That costs a draw for each node.
 */
import { drawOf, identityOf, negativeLog2, UNITS, type Identity } from './straw2.js';

export interface PlacementNode {
  name: string;
  zone: string;
  /** Share of the load, relative to the others'; 0: none. */
  weight: number;
  full: boolean;
  up: boolean;
}

/** The usable nodes of a zone, by columns: a choice runs through all of them. */
interface Zone {
  nodes: readonly PlacementNode[];
  /** Of their identities. */
  high: Int32Array;
  low: Int32Array;
  weight: Float64Array;
  /** A length that the straw is sure to reach, per 1 − u: most are told too long without their logarithm. */
  slope: Float64Array;
}

interface Best {
  node: PlacementNode;
  length: number;
}

const DRAWS = 2 ** 32;
/** −log2(u) ≥ (1 − u) / ln 2 = 1.4427 (1 − u); less by more than the table may be off. */
const SLOPE = (1.44 * UNITS) / DRAWS;

const isUsable = ({ weight, full, up }: PlacementNode): boolean => up && !full && weight > 0;
const byName = (a: PlacementNode, b: PlacementNode): number => (a.name < b.name ? -1 : 1);
/** Of equal straws the first name's wins. */
const byLength = (a: Best, b: Best): number => a.length - b.length || byName(a.node, b.node);

function zoneOf(nodes: readonly PlacementNode[]): Zone {
  const identities = nodes.map(({ name }) => identityOf(name));
  return {
    nodes,
    high: Int32Array.from(identities, ({ high }) => high),
    low: Int32Array.from(identities, ({ low }) => low),
    weight: Float64Array.from(nodes, ({ weight }) => weight),
    slope: Float64Array.from(nodes, ({ weight }) => SLOPE / weight),
  };
}

export class Placement {
  readonly #zones: readonly Zone[];
  readonly #count: number;

  /** Nodes that are down, full or without weight take no part. */
  constructor(nodes: Iterable<PlacementNode>) {
    const usable = [...nodes].filter(isUsable).sort(byName);
    const names = new Set(usable.map(({ zone }) => zone));
    this.#count = usable.length;
    this.#zones = [...names].map((name) => zoneOf(usable.filter(({ zone }) => zone === name)));
  }

  /** The nodes for that many replicas, the first choice first; in different zones as long as there are any, fewer when there aren't so many nodes. */
  choose(name: Uint8Array | string, replicas: number): PlacementNode[] {
    const identity = identityOf(name);
    const wanted = Math.min(replicas, this.#count);
    const chosen = new Set<PlacementNode>();
    while (chosen.size < wanted) {
      const round = this.#zones.flatMap((zone) => bestOf(zone, identity, chosen) ?? []).sort(byLength);
      for (const { node } of round.slice(0, wanted - chosen.size)) chosen.add(node);
    }
    return [...chosen];
  }
}

/** The winner among those of a zone that aren't chosen yet. */
function bestOf(zone: Zone, name: Identity, chosen: ReadonlySet<PlacementNode>): Best | undefined {
  const { nodes, high, low, weight, slope } = zone;
  let best: PlacementNode | undefined;
  let least = Infinity;
  for (let i = 0; i < high.length; i++) {
    const draw = drawOf(name.high ^ high[i]!, name.low ^ low[i]!);
    if ((DRAWS - draw) * slope[i]! >= least) continue;
    const length = negativeLog2(draw) / weight[i]!;
    if (length >= least || chosen.has(nodes[i]!)) continue;
    best = nodes[i];
    least = length;
  }
  return best && { node: best, length: least };
}
