/** What is going on when bad luck comes: a change of one name, and the steps that each node takes in it. */
import { ACTIONS, inserting, type Action } from '../history/actions.js';
import { COORDINATOR, type NodeName } from './trio.js';
import type { StepName } from './steps.js';

export interface Scene {
  name: string;
  /** Before anything happens: by whom, and what. */
  before: readonly (readonly [node: NodeName, action: Action])[];
  /** A node that is cut off, and counts as down, when the change begins. */
  away?: NodeName;
  by: NodeName;
  action: Action;
  /** What each node is in it, and where it can be caught. */
  roles: readonly { role: string; node: NodeName; steps: readonly StepName[] }[];
}

const [WRITER, OTHER] = ['beta', 'gamma'] as const;

const OF_WRITER = ['leave to be asked for', 'leave given', 'outcome to be told'] as const;
const OF_COORDINATOR = ['asked for leave', 'leave to be sent', 'told of the outcome', 'outcome noted'] as const;
const OF_TARGET = ['copy to be taken', 'copy taken', 'copy to be sealed', 'copy sealed'] as const;

const coordinator = (...steps: readonly StepName[]) => ({ role: 'coordinator', node: COORDINATOR, steps });

export const SCENES: readonly Scene[] = [
  {
    name: 'INSERT',
    before: [],
    by: WRITER,
    action: ACTIONS.INSERT,
    roles: [
      coordinator(...OF_COORDINATOR),
      { role: 'writer', node: WRITER, steps: [...OF_WRITER, 'own copy sealed'] },
      { role: 'bystander', node: OTHER, steps: [] },
    ],
  },
  {
    name: 'INSERT elsewhere',
    before: [],
    by: WRITER,
    action: inserting(() => ['NODE', OTHER]),
    roles: [
      coordinator(...OF_COORDINATOR),
      { role: 'writer', node: WRITER, steps: [...OF_WRITER, 'payload to be sent'] },
      { role: 'holder', node: OTHER, steps: OF_TARGET },
    ],
  },
  {
    name: 'INSERT of 3 replicas',
    before: [],
    by: WRITER,
    action: inserting(() => ['REPLICAS', '3']),
    roles: [
      coordinator(...OF_COORDINATOR, ...OF_TARGET),
      { role: 'writer', node: WRITER, steps: [...OF_WRITER, 'own copy sealed', 'payload to be sent'] },
      { role: 'replica', node: OTHER, steps: OF_TARGET },
    ],
  },
  {
    name: 'SET over a remote value',
    before: [[OTHER, ACTIONS.INSERT]],
    by: WRITER,
    action: ACTIONS.SET,
    roles: [
      coordinator(...OF_COORDINATOR),
      { role: 'writer', node: WRITER, steps: [...OF_WRITER, 'own copy sealed'] },
      { role: 'former holder', node: OTHER, steps: ['to be veiled', 'veiled', 'to be removed', 'removed'] },
    ],
  },
  {
    name: 'DELETE of two copies',
    before: [
      [OTHER, ACTIONS.INSERT],
      [WRITER, (turn) => ACTIONS.PULL({ ...turn, nodes: [WRITER] })],
    ],
    by: WRITER,
    action: ACTIONS.DELETE,
    roles: [
      coordinator('asked to remove', 'removal to be noted'),
      { role: 'asked', node: WRITER, steps: ['to be removed', 'removed'] },
      { role: 'holder', node: OTHER, steps: ['to be removed', 'removed'] },
    ],
  },
  {
    name: 'DELETE with a holder away',
    before: [
      [OTHER, ACTIONS.INSERT],
      [WRITER, (turn) => ACTIONS.PULL({ ...turn, nodes: [WRITER] })],
    ],
    away: OTHER,
    by: WRITER,
    action: ACTIONS.DELETE,
    roles: [
      coordinator('asked to remove', 'tombstone to be kept', 'tombstone kept', 'removal to be noted'),
      { role: 'holder', node: WRITER, steps: ['tombstone to be kept', 'tombstone kept', 'to be removed', 'removed'] },
    ],
  },
  {
    name: 'PULL',
    before: [[OTHER, ACTIONS.INSERT]],
    by: WRITER,
    action: (turn) => ACTIONS.PULL({ ...turn, nodes: [WRITER] }),
    roles: [
      coordinator('asked to adopt', 'adoption to be noted'),
      {
        role: 'puller',
        node: WRITER,
        steps: [...OF_TARGET, 'copy to be adopted', 'copy adopted'],
      },
      { role: 'source', node: OTHER, steps: ['payload to be sent'] },
    ],
  },
];
