/** What is going on when bad luck comes: a change of one name, and the steps that each node takes in it. */
import { ACTIONS, inserting, type Action } from '../history/actions.js';
import { deallocating, draining, forgetting, restarting, returning, type ErrandOf } from './errands.js';
import { COORDINATOR, type NodeName } from './trio.js';
import type { StepName } from './steps.js';

/** By whom, and what, and of which of the cell's variables; absent: the one that everybody changes later. */
export type Deed = readonly [node: NodeName, action: Action, variable?: string];

export interface Scene {
  name: string;
  /** Before anything happens. */
  before: readonly Deed[];
  /** A node that is cut off, or killed, and counts as down, when it begins; and what is done without it before that. */
  away?: { node: NodeName; how: 'cut off' | 'killed'; meanwhile?: readonly Deed[] };
  /** What somebody is to be caught in: a change, or something that changes no value. */
  act: Deed | ErrandOf;
  /** What each node is in it, and where it can be caught. */
  roles: readonly { role: string; node: NodeName; steps: readonly StepName[] }[];
}

const [WRITER, OTHER] = ['beta', 'gamma'] as const;

const OF_WRITER = ['leave to be asked for', 'leave given', 'outcome to be told'] as const;
const OF_COORDINATOR = ['asked for leave', 'leave to be sent', 'told of the outcome', 'outcome noted'] as const;
const OF_TARGET = ['copy to be taken', 'copy taken', 'copy to be sealed', 'copy sealed'] as const;

const OF_PULLER = [...OF_TARGET, 'copy to be adopted', 'copy adopted'] as const;

const pullTo =
  (node: NodeName): Action =>
  (turn) =>
    ACTIONS.PULL({ ...turn, nodes: [node] });

/** A variable of a node, and copies of it. */
export const copied = (owner: NodeName, variable: string, ...nodes: readonly NodeName[]): Deed[] => [
  [owner, ACTIONS.INSERT, variable],
  ...nodes.map((node): Deed => [node, pullTo(node), variable]),
];

const coordinator = (...steps: readonly StepName[]) => ({ role: 'coordinator', node: COORDINATOR, steps });

export const SCENES: readonly Scene[] = [
  {
    name: 'INSERT',
    before: [],
    act: [WRITER, ACTIONS.INSERT],
    roles: [
      coordinator(...OF_COORDINATOR),
      { role: 'writer', node: WRITER, steps: [...OF_WRITER, 'own copy sealed'] },
      { role: 'bystander', node: OTHER, steps: [] },
    ],
  },
  {
    name: 'INSERT elsewhere',
    before: [],
    act: [WRITER, inserting(() => ['NODE', OTHER])],
    roles: [
      coordinator(...OF_COORDINATOR),
      { role: 'writer', node: WRITER, steps: [...OF_WRITER, 'payload to be sent'] },
      { role: 'holder', node: OTHER, steps: OF_TARGET },
    ],
  },
  {
    name: 'INSERT of 3 replicas',
    before: [],
    act: [WRITER, inserting(() => ['REPLICAS', '3'])],
    roles: [
      coordinator(...OF_COORDINATOR, ...OF_TARGET),
      { role: 'writer', node: WRITER, steps: [...OF_WRITER, 'own copy sealed', 'payload to be sent'] },
      { role: 'replica', node: OTHER, steps: OF_TARGET },
    ],
  },
  {
    name: 'SET over a remote value',
    before: [[OTHER, ACTIONS.INSERT]],
    act: [WRITER, ACTIONS.SET],
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
      [WRITER, pullTo(WRITER)],
    ],
    act: [WRITER, ACTIONS.DELETE],
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
      [WRITER, pullTo(WRITER)],
    ],
    away: { node: OTHER, how: 'cut off' },
    act: [WRITER, ACTIONS.DELETE],
    roles: [
      coordinator('asked to remove', 'tombstone to be kept', 'tombstone kept', 'removal to be noted'),
      { role: 'holder', node: WRITER, steps: ['tombstone to be kept', 'tombstone kept', 'to be removed', 'removed'] },
    ],
  },
  {
    name: 'PULL',
    before: [[OTHER, ACTIONS.INSERT]],
    act: [WRITER, pullTo(WRITER)],
    roles: [
      coordinator('asked to adopt', 'adoption to be noted'),
      {
        role: 'puller',
        node: WRITER,
        steps: OF_PULLER,
      },
      { role: 'source', node: OTHER, steps: ['payload to be sent'] },
    ],
  },
  {
    // Zones differ: what `OTHER` and the coordinator have goes to `WRITER`, and the other way round.
    name: 'DEALLOC MOVE elsewhere',
    before: [...copied(OTHER, '', COORDINATOR), ...copied(OTHER, 'still'), ...copied(OTHER, 'twice', WRITER)],
    act: deallocating(OTHER, WRITER, false),
    roles: [
      coordinator('asked to carry off', 'copy to be thinned', 'thinning to be noted', 'thinning noted'),
      {
        role: 'mover',
        node: OTHER,
        steps: [
          ...([
            'copy to be carried off',
            'payload to be sent',
            'copy to be shed',
            'copy shed',
            'copy carried off',
          ] as const),
          'segment to be given back',
        ],
      },
      { role: 'target', node: WRITER, steps: OF_PULLER },
    ],
  },
  {
    name: 'DEALLOC MOVE within',
    before: [...copied(OTHER, '', COORDINATOR), ...copied(OTHER, 'still')],
    act: deallocating(OTHER, WRITER, true),
    roles: [
      coordinator('move to be noted', 'move noted'),
      { role: 'mover', node: OTHER, steps: ['move to be told', 'move told', 'segment to be given back'] },
      { role: 'bystander', node: WRITER, steps: [] },
    ],
  },
  {
    name: 'DRAIN',
    before: [
      ...copied(OTHER, '', COORDINATOR),
      ...copied(OTHER, 'still'),
      ...copied(OTHER, 'twice', WRITER),
      ...copied(OTHER, 'all', WRITER, COORDINATOR),
    ],
    act: draining(OTHER, WRITER),
    roles: [
      coordinator(
        'asked to drain',
        'drain noted',
        'adoption to be noted',
        'copy to be thinned',
        'thinning to be noted',
      ),
      { role: 'drained', node: OTHER, steps: ['drain to be kept', 'drain kept', 'payload to be sent', 'copy shed'] },
      { role: 'target', node: WRITER, steps: ['copy taken', 'copy to be sealed', 'copy adopted'] },
    ],
  },
  {
    name: 'FORGET',
    before: [
      ...copied(OTHER, '', WRITER),
      ...copied(OTHER, 'still', COORDINATOR),
      ...copied(OTHER, 'twice', WRITER),
      ...copied(OTHER, 'alone'),
    ],
    away: { node: OTHER, how: 'killed' },
    act: forgetting(OTHER, WRITER, { alone: 'alone', copied: ['still', 'twice'], others: [COORDINATOR, WRITER] }),
    roles: [
      coordinator(
        ...(['asked to forget', 'copy to be replaced', 'copies to be dropped', 'copies dropped'] as const),
        'adoption to be noted',
      ),
      { role: 'target', node: WRITER, steps: ['copy taken', 'copy to be sealed', 'copy adopted'] },
    ],
  },
  {
    name: 'a node comes back',
    before: [
      ...copied(OTHER, ''),
      ...copied(OTHER, 'still', WRITER),
      ...copied(OTHER, 'gone', WRITER),
      ...copied(OTHER, 'replaced', WRITER),
    ],
    away: {
      node: OTHER,
      how: 'cut off',
      meanwhile: [
        [WRITER, ACTIONS.DELETE, 'gone'],
        [WRITER, ACTIONS.SET, 'replaced'],
      ],
    },
    act: returning,
    roles: [
      coordinator(
        ...(['asked to join', 'inventory to be taken in', 'inventory taken in', 'joining noted'] as const),
        'joining settled',
      ),
      {
        role: 'joiner',
        node: OTHER,
        steps: ['to be removed', 'removed', 'inventory to be told', 'inventory told', 'joined'],
      },
      { role: 'bystander', node: WRITER, steps: [] },
    ],
  },
  {
    name: 'the coordinator comes back',
    before: [...copied(OTHER, ''), ...copied(OTHER, 'still', WRITER), ...copied(OTHER, 'twice', COORDINATOR)],
    act: restarting,
    roles: [
      coordinator('asked to join', 'inventory to be taken in', 'inventory taken in', 'joining noted'),
      { role: 'joiner', node: OTHER, steps: ['inventory to be told', 'inventory told', 'joined'] },
      { role: 'bystander', node: WRITER, steps: [] },
    ],
  },
];
