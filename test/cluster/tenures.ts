/** Whether there were ever two coordinators at once, from what the candidates have said. */
import type { Told } from './candidate.js';

export interface Tenure {
  node: string;
  term: number;
  from: number;
  /** The last moment at which it may have granted something. */
  until: number;
  grants: number[];
}

export function tenuresOf(history: readonly Told[]): Tenure[] {
  const tenures: Tenure[] = [];
  const of = (node: string, term: number): Tenure => {
    const tenure = tenures.findLast((one) => one.node === node && one.term === term);
    if (tenure === undefined) throw new Error(`${node} was never elected for term ${term}`);
    return tenure;
  };
  for (const told of history) {
    if (told.kind === 'elected')
      tenures.push({ node: told.node, term: told.term, from: told.at, until: told.until, grants: [] });
    if (told.kind === 'grant') {
      const tenure = of(told.node, told.term);
      tenure.until = Math.max(tenure.until, told.until);
      tenure.grants.push(told.at);
    }
    if (told.kind === 'deposed') {
      const tenure = of(told.node, told.term);
      tenure.until = Math.min(tenure.until, told.at);
    }
  }
  return tenures.sort((a, b) => a.from - b.from);
}

/** A sentence for each thing that must not be. */
export function violationsOf(history: readonly Told[]): string[] {
  const tenures = tenuresOf(history);
  return tenures.flatMap((tenure, index) => {
    const { node, term, until, grants } = tenure;
    const last = Math.max(until, ...grants);
    const violations = grants.some((at) => at > until) ? [`${node} granted in term ${term} after its end`] : [];
    for (const later of tenures.slice(index + 1)) {
      if (later.term <= term) violations.push(`term ${later.term} of ${later.node} came after term ${term} of ${node}`);
      if (later.from < last)
        violations.push(
          `${later.node} was elected ${(last - later.from).toFixed(1)} ms before ${node} had ended (terms ${later.term} and ${term})`,
        );
    }
    return violations;
  });
}
