/** Steps of a node at which it can be caught: before or after a method of one of its parts. */

export interface Step {
  name: string;
  /** In dist/, and the class or object it exports. */
  module: string;
  part: string;
  method: string;
  when: 'before' | 'after';
  /** Of a question to another node. */
  verb?: string;
}

const step = (name: string, module: string, part: string, method: string, when: Step['when']): Step => ({
  name,
  module,
  part,
  method,
  when,
});

export const STEPS = [
  step('leave to be asked for', 'cluster/member.js', 'Member', 'commit', 'before'),
  step('leave given', 'cluster/member.js', 'Member', 'commit', 'after'),
  { ...step('outcome to be told', 'cluster/peers.js', 'Peers', 'ask', 'before'), verb: 'coordinator.ended' },
  step('copy to be adopted', 'cluster/member.js', 'Member', 'adopt', 'before'),
  step('copy adopted', 'cluster/member.js', 'Member', 'adopt', 'after'),
  step('asked for leave', 'cluster/naming.js', 'Naming', 'commit', 'before'),
  step('leave to be sent', 'cluster/naming.js', 'Naming', 'commit', 'after'),
  step('told of the outcome', 'cluster/naming.js', 'Naming', 'ended', 'before'),
  step('outcome noted', 'cluster/pages.js', 'Pages', 'put', 'after'),
  step('asked to remove', 'cluster/naming.js', 'Naming', 'remove', 'before'),
  step('removal to be noted', 'cluster/pages.js', 'Pages', 'remove', 'before'),
  step('asked to adopt', 'cluster/holdings.js', 'Holdings', 'adopt', 'before'),
  step('adoption to be noted', 'cluster/pages.js', 'Pages', 'add', 'before'),
  step('copy to be taken', 'fabric/copies.js', 'Copies', 'take', 'before'),
  step('copy taken', 'fabric/copies.js', 'Copies', 'take', 'after'),
  step('payload to be sent', 'fabric/copies.js', 'Copies', 'stretch', 'before'),
  step('copy to be sealed', 'fabric/copies.js', 'Copies', 'seal', 'before'),
  step('copy sealed', 'fabric/copies.js', 'Copies', 'seal', 'after'),
  step('to be veiled', 'fabric/copies.js', 'Copies', 'veil', 'before'),
  step('veiled', 'fabric/copies.js', 'Copies', 'veil', 'after'),
  step('to be removed', 'fabric/copies.js', 'Copies', 'remove', 'before'),
  step('removed', 'fabric/copies.js', 'Copies', 'remove', 'after'),
  step('tombstone to be kept', 'cluster/tombstone-file.js', 'TombstoneFile', 'keep', 'before'),
  step('tombstone kept', 'cluster/tombstone-file.js', 'TombstoneFile', 'keep', 'after'),
  step('asked to carry off', 'cluster/coordinator.js', 'Coordinator', 'carryOff', 'before'),
  step('copy to be carried off', 'cluster/member.js', 'Member', 'carryOff', 'before'),
  step('copy carried off', 'cluster/member.js', 'Member', 'carryOff', 'after'),
  step('copy to be thinned', 'cluster/holdings.js', 'Holdings', 'thin', 'before'),
  step('thinning to be noted', 'cluster/pages.js', 'Pages', 'thin', 'before'),
  step('thinning noted', 'cluster/pages.js', 'Pages', 'thin', 'after'),
  step('copy to be shed', 'fabric/copies.js', 'Copies', 'shed', 'before'),
  step('copy shed', 'fabric/copies.js', 'Copies', 'shed', 'after'),
  step('segment to be given back', 'fabric/segments.js', 'Segments', 'dealloc', 'before'),
  step('move to be told', 'cluster/member.js', 'Member', 'moved', 'before'),
  step('move told', 'cluster/member.js', 'Member', 'moved', 'after'),
  step('move to be noted', 'cluster/pages.js', 'Pages', 'move', 'before'),
  step('move noted', 'cluster/pages.js', 'Pages', 'move', 'after'),
  step('asked to drain', 'cluster/upkeep.js', 'Upkeep', 'drain', 'before'),
  step('drain noted', 'cluster/upkeep.js', 'Upkeep', 'drain', 'after'),
  step('drain to be kept', 'cluster/drain-mark.js', 'DrainMark', 'set', 'before'),
  step('drain kept', 'cluster/drain-mark.js', 'DrainMark', 'set', 'after'),
  step('asked to forget', 'cluster/coordinator.js', 'Coordinator', 'forget', 'before'),
  step('copy to be replaced', 'cluster/carrier.js', 'Carrier', 'replace', 'before'),
  step('copies to be dropped', 'cluster/pages.js', 'Pages', 'drop', 'before'),
  step('copies dropped', 'cluster/pages.js', 'Pages', 'drop', 'after'),
  step('asked to join', 'cluster/coordinator.js', 'Coordinator', 'join', 'before'),
  step('inventory to be taken in', 'cluster/pages.js', 'Pages', 'load', 'before'),
  step('inventory taken in', 'cluster/pages.js', 'Pages', 'load', 'after'),
  step('joining noted', 'cluster/roster.js', 'Roster', 'joined', 'after'),
  step('joining settled', 'cluster/naming.js', 'Naming', 'returned', 'after'),
  step('inventory to be told', 'fabric/copies.js', 'Copies', 'inventory', 'before'),
  step('inventory told', 'fabric/copies.js', 'Copies', 'inventory', 'after'),
  { ...step('joined', 'cluster/peers.js', 'Peers', 'ask', 'after'), verb: 'coordinator.join' },
  /** The seal of the node's own reservation, which it hands to its cluster. */
  step('own copy sealed', 'cluster/cluster.js', 'Cluster', 'publish', 'after'),
] as const satisfies readonly Step[];

export type StepName = (typeof STEPS)[number]['name'];

/** Names the file that says at which step a node is to stop. */
export const TRAP_VARIABLE = 'DATAFABRIC_TEST_TRAP';
export const SPRUNG = 'sprung';
