/** Where a client is killed: between which of its actions, and who does that with which owner of its pins and reservations. */

/** `before` a command is sent, when its bytes are `sent` (or `half` of them), or when its reply is `answered`. */
export type When = 'before' | 'half' | 'sent' | 'answered';

export interface Moment {
  command: string;
  when: When;
}

export type Work = 'connect' | 'reserve' | 'insert' | 'read' | 'forked read' | 'forked reserve';
export type Kind = 'node' | 'python' | 'bare';
export type Owner = 'slot' | 'lease' | 'connection';

export interface Step {
  name: string;
  work: Work;
  /** None: the client says so itself, between two of its own actions. */
  moment?: Moment;
  /** What has become of a name that nobody else uses, once the dead client is cleared away. */
  leaves: 'nothing' | 'variable' | 'either';
  large?: boolean;
}

const at = (command: string, when: When): Moment => ({ command, when });

export const STEPS: readonly Step[] = [
  { name: 'connected', work: 'connect', leaves: 'nothing' },
  { name: 'slot locked', work: 'reserve', moment: at('FABRIC.RESERVE', 'before'), leaves: 'nothing' },
  { name: 'RESERVE sent', work: 'reserve', moment: at('FABRIC.RESERVE', 'sent'), leaves: 'nothing' },
  { name: 'RESERVE acknowledged', work: 'reserve', moment: at('FABRIC.RESERVE', 'answered'), leaves: 'nothing' },
  { name: 'half written', work: 'reserve', leaves: 'nothing' },
  { name: 'written', work: 'reserve', leaves: 'nothing' },
  { name: 'SEAL sent', work: 'reserve', moment: at('FABRIC.SEAL', 'sent'), leaves: 'either' },
  { name: 'SEAL acknowledged', work: 'reserve', moment: at('FABRIC.SEAL', 'answered'), leaves: 'variable' },
  { name: 'small INSERT half sent', work: 'insert', moment: at('FABRIC.INSERT', 'half'), leaves: 'nothing' },
  {
    name: 'large INSERT half sent',
    work: 'insert',
    moment: at('FABRIC.INSERT', 'half'),
    leaves: 'nothing',
    large: true,
  },
  { name: 'INSERT sent', work: 'insert', moment: at('FABRIC.INSERT', 'sent'), leaves: 'either' },
  { name: 'PTR sent', work: 'read', moment: at('FABRIC.PTR', 'sent'), leaves: 'nothing' },
  { name: 'PTR acknowledged', work: 'read', moment: at('FABRIC.PTR', 'answered'), leaves: 'nothing' },
  { name: 'mapped and reading', work: 'read', leaves: 'nothing' },
  { name: 'RELEASE sent', work: 'read', moment: at('FABRIC.RELEASE', 'sent'), leaves: 'nothing' },
  { name: 'reading, with a forked child', work: 'forked read', leaves: 'nothing' },
  { name: 'writing, with a forked child', work: 'forked reserve', leaves: 'nothing' },
];

export interface Case {
  step: Step;
  kind: Kind;
  owner: Owner;
}

/** A bare client has no slot; ours take one unless a lease is asked for. Only Python forks without an exec. */
function ownersOf({ name, work }: Step, kind: Kind): readonly Owner[] {
  if (work.startsWith('forked')) return kind === 'python' ? ['slot'] : [];
  if (name === 'slot locked') return kind === 'bare' ? [] : ['slot'];
  if (work === 'connect' || work === 'insert') return ['connection'];
  return kind === 'bare' ? ['connection', 'lease'] : ['slot', 'lease'];
}

export const CASES: readonly Case[] = STEPS.flatMap((step) =>
  (['node', 'python', 'bare'] as const).flatMap((kind) => ownersOf(step, kind).map((owner) => ({ step, kind, owner }))),
);

/** What a client that is going to die is told. */
export interface Job {
  id: number;
  url: string;
  work: Work;
  kind: Kind;
  owner: Owner;
  /** Where it stops: the step's name, and its moment if it has one. */
  step: string;
  moment?: Moment;
  /** Written by it, or read. */
  name: string;
  length: number;
  replace: boolean;
  leaseMs: number;
}

export interface Stop {
  id: number;
  /** The step; absent when it failed before. */
  at?: string;
  pid?: number;
  /** A forked child that lives on. */
  child?: number;
  /** A FabricError's code, or another error's text. */
  failed?: string;
}
