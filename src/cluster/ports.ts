/** The coordinator and the nodes as others reach them: each question is one to a peer. */
import { FabricError } from '../errors.js';
import type { CoordinatorPort, MemberPort } from './peer-messages.js';
import type { Peers } from './peers.js';

/** The methods of the two sides, by which they are asked for; their arguments travel as a list. */
const MEMBER_VERBS = [
  'inventory',
  'remove',
  'shed',
  'pins',
  'drain',
  'veil',
  'unveil',
  'take',
  'seal',
  'release',
  'conclude',
  'hurry',
  'keep',
  'forgive',
  'note',
  'pull',
] as const satisfies readonly (keyof MemberPort)[];

const COORDINATOR_VERBS = [
  'join',
  'beat',
  'overview',
  'place',
  'commit',
  'ended',
  'find',
  'remove',
  'adopt',
  'thin',
  'moved',
  'fate',
  'scan',
  'conflicts',
  'forget',
  'drain',
  'rebalance',
  'upkeep',
  'settle',
  'carryOff',
] as const satisfies readonly (keyof CoordinatorPort)[];

/** Those that bring payloads: as long as bytes come, they may take as long as they want. */
const PATIENT: ReadonlySet<string> = new Set(['take', 'pull', 'carryOff']);

/** What stands behind a port: it may answer at once. */
export type Answering<Port> = {
  [Verb in keyof Port]: Port[Verb] extends (...args: infer Args) => Promise<infer Answer>
    ? (...args: Args) => Answer | Promise<Answer>
    : never;
};

type Ask = (verb: string, args: readonly unknown[]) => Promise<unknown>;

export type Served = Readonly<Record<string, (args: readonly unknown[]) => unknown>>;

export function memberPort(peers: Peers, node: string): MemberPort {
  return portOf<MemberPort>(MEMBER_VERBS, (verb, args) =>
    peers.ask(node, `node.${verb}`, args, { patient: PATIENT.has(verb) }),
  );
}

/** This node's own, asked as the others are. */
export const ownPort = (member: Answering<MemberPort>): MemberPort =>
  portOf<MemberPort>(MEMBER_VERBS, (verb, args) => callOf(() => member, verb as keyof MemberPort)(args));

/** The one on this node, asked as from others: nobody waits for it longer than for its time in office. */
export const officePort = (
  coordinator: CoordinatorPort,
  during: <T>(work: Promise<T>) => Promise<T>,
): CoordinatorPort =>
  portOf<CoordinatorPort>(COORDINATOR_VERBS, (verb, args) =>
    during(callOf(() => coordinator, verb as keyof CoordinatorPort)(args)),
  );

export function coordinatorPort(peers: Peers, node: string): CoordinatorPort {
  return portOf<CoordinatorPort>(COORDINATOR_VERBS, async (verb, args) => {
    try {
      return await peers.ask(node, `coordinator.${verb}`, args, { patient: PATIENT.has(verb) });
    } catch (error) {
      throw error instanceof FabricError && error.code === 'REMOTE' ? away(error) : error;
    }
  });
}

/** What a node answers, by verb. What comes is trusted to be well-formed: who sends it has shown the cluster's password. */
export function servedBy(member: Answering<MemberPort>, coordinator: () => CoordinatorPort): Served {
  return {
    ...Object.fromEntries(MEMBER_VERBS.map((verb) => [`node.${verb}`, callOf(() => member, verb)])),
    ...Object.fromEntries(COORDINATOR_VERBS.map((verb) => [`coordinator.${verb}`, callOf(coordinator, verb)])),
  };
}

type Method = (...args: readonly unknown[]) => unknown;

const callOf =
  <Port extends object>(port: () => Port, verb: keyof Port) =>
  async (args: readonly unknown[]): Promise<unknown> =>
    await (port()[verb] as Method).apply(port(), args as unknown[]);

function portOf<Port extends object>(verbs: readonly (keyof Port & string)[], ask: Ask): Port {
  return Object.fromEntries(
    verbs.map((verb) => [verb, (...args: readonly unknown[]) => ask(verb, args)]),
  ) as unknown as Port;
}

/** REMOTE is also what the coordinator says of other nodes. */
function away(error: FabricError): FabricError {
  if (!error.message.includes("doesn't answer")) return error;
  return new FabricError('NOCOORD', `the coordinator: ${error.message}; what lies on this node can be read meanwhile`);
}
