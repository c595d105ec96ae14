/** What clients did with a trio, and whether that may be. */
import { setTimeout } from 'node:timers/promises';
import { ConnectionLost, Refused } from '../campaign/link.js';
import { checkHistory } from '../history/check.js';
import { Load } from '../history/load.js';
import type { Look } from '../history/operation.js';
import { monotonicNs, Recorder } from '../history/recorder.js';
import { checkSpace, placementsOf, spaceOf, type NodeSpace } from '../history/space.js';
import type { Violation } from '../history/violation.js';
import { COORDINATOR, NODES, type Absence, type Trio } from './trio.js';

/** After these a change may have been made. */
export const UNCERTAIN_CODES = ['REMOTE', 'NOCOORD', 'FENCED'] as const;

/** Nothing is under way any more, and what was left behind is settled: several times what the nodes wait for each other. */
const SETTLED_MS_MAX = 5_000;

export class Watch {
  readonly recorder = new Recorder();
  /** When nodes may have been without the coordinator: they go on telling of what they have. */
  readonly #apart: Absence[] = [];

  /** Begins when the node may not hear of changes any more; the returned function says that all have joined again. */
  apart(victim: string): () => void {
    return this.#begin(victim === COORDINATOR ? NODES.filter((node) => node !== COORDINATOR) : [victim]);
  }

  /** Nobody knows who hears of what, as the coordinator is to be another. */
  allApart(): () => void {
    return this.#begin(NODES);
  }

  #begin(nodes: readonly string[]): () => void {
    const span = { nodes, fromNs: monotonicNs(), toNs: Infinity };
    this.#apart.push(span);
    return () => (span.toNs = monotonicNs());
  }

  /** Every name, through every node. */
  async lookAtEnd(trio: Trio): Promise<void> {
    const clients = NODES.map((node) => trio.client(node, `last at ${node}`));
    await new Load(this.recorder, { seed: 0, clients }).lookAtEnd();
  }

  /** `trio` tells, too, who was away without any fault: nodes of a busy machine are slow. */
  check(trio: Trio): Violation[] {
    this.#apart.push(...trio.absences());
    return checkHistory(this.recorder.operations, { mayBeOld: (look) => this.#mayBeOld(look) });
  }

  #mayBeOld({ kind, node, seen, invokedNs, returnedNs }: Look): boolean {
    // Where other nodes have it is told from a cache: whoever comes there with its xid is refused.
    if (kind === 'LOCATE' && seen && seen.holder !== node) return true;
    return this.#apart.some(
      ({ nodes, fromNs, toNs }) => nodes.includes(node) && invokedNs <= toNs && returnedNs >= fromNs,
    );
  }
}

/** Every node's bytes add up and none are reserved, now or soon: nobody may write meanwhile. */
export async function checkTrioSpace(trio: Trio): Promise<Violation[]> {
  const deadline = performance.now() + SETTLED_MS_MAX;
  for (;;) {
    const violations = await spaceNow(trio);
    if (violations.length === 0 || performance.now() > deadline) return violations;
    await setTimeout(50);
  }
}

async function spaceNow(trio: Trio): Promise<Violation[]> {
  try {
    const spaces = await Promise.all(NODES.map((node) => spaceAt(trio, node)));
    const conflicts = await conflictsOf(trio);
    const unsettled = spaces.filter(({ limboBytes, quarantinedBytes }) => limboBytes + quarantinedBytes > 0);
    return [
      ...checkSpace(spaces, spaces),
      ...unsettled.map(({ node, limboBytes, quarantinedBytes }): Violation => {
        const sentence = `${node} has ${limboBytes} bytes in limbo and ${quarantinedBytes} in quarantine for ever`;
        return { rule: 'space', sentence, operations: [] };
      }),
      ...conflicts.map((text): Violation => ({ rule: 'one value', sentence: `CONFLICT: ${text}`, operations: [] })),
    ];
  } catch (error) {
    if (!(error instanceof Refused || error instanceof ConnectionLost)) throw error;
    return [{ rule: 'space', sentence: error.message, operations: [] }];
  }
}

/** One name, two values: which one it is was decided, and the other is in nobody's way, but it must not come to that. */
async function conflictsOf(trio: Trio): Promise<string[]> {
  const link = trio.link(COORDINATOR);
  try {
    const [, conflicts] = (await link.call('FABRIC.CONFLICTS')) as [unknown, unknown[][]];
    return conflicts.map((fields) => fields.map(String).join(' '));
  } finally {
    link.close();
  }
}

async function spaceAt(trio: Trio, node: string): Promise<NodeSpace> {
  const link = trio.link(node);
  try {
    const placed = await placementsOf(link.call);
    return await spaceOf(
      node,
      link.call,
      placed.filter(({ nodes }) => nodes.includes(node)),
    );
  } finally {
    link.close();
  }
}
