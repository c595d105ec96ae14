/** The matrix: who is where in what, and what happens to whom. */
import type { Random } from '../campaign/random.js';
import { FAULTS, type Fault } from './faults.js';
import { SCENES, type Scene } from './scenes.js';
import type { StepName } from './steps.js';
import type { NodeName } from './trio.js';

export interface Cell {
  scene: Scene;
  /** Whoever is at the step. */
  role: string;
  node: NodeName;
  step: StepName;
  fault: Fault;
  /** Whom it happens to. */
  victim: NodeName;
  victimRole: string;
}

export const titleOf = ({ scene, role, step, fault, victimRole }: Cell): string =>
  `${scene.name}: ${role} at '${step}', ${victimRole} ${fault.name}`;

/** Every fault of whoever is at a step, and one of another node: which, and of whom, the seed chooses. */
export function allCells(random: Random): Cell[] {
  return SCENES.flatMap((scene) =>
    scene.roles.flatMap((own) =>
      own.steps.flatMap((step) => {
        const at = { scene, role: own.role, node: own.node, step };
        const other = random.pick(scene.roles.filter(({ node }) => node !== own.node));
        return [...FAULTS.map((fault) => [fault, own] as const), [random.pick(FAULTS), other] as const].map(
          ([fault, { node, role }]) => ({ ...at, fault, victim: node, victimRole: role }),
        );
      }),
    ),
  );
}

/** As many, every fault and scene among them. */
export function sampleOf(cells: readonly Cell[], count: number, random: Random): Cell[] {
  const left = [...cells];
  const chosen: Cell[] = [];
  while (chosen.length < count && left.length > 0) {
    const times = (of: (cell: Cell) => unknown, cell: Cell) => chosen.filter((other) => of(other) === of(cell)).length;
    const weightOf = (cell: Cell) =>
      times(({ scene }) => scene, cell) + times(({ fault }) => fault, cell) + times(({ step }) => step, cell);
    const least = Math.min(...left.map(weightOf));
    const cell = random.pick(left.filter((candidate) => weightOf(candidate) === least));
    chosen.push(cell);
    left.splice(left.indexOf(cell), 1);
  }
  return chosen;
}
