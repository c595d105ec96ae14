import { FabricError } from '../errors.js';

/** One thing wrong with a configuration, where a person can find it. */
export interface Problem {
  /** `file:line:column`, or what else it came from: `--port`, `DATAFABRIC_PASSWORD`. */
  where: string;
  /** What was found and what is allowed. */
  text: string;
  /** Where it stands in the file, to sort by. */
  offset: number;
}

/** Everything wrong with a configuration at once, one line each. */
export class ConfigError extends FabricError {
  readonly problems: readonly Problem[];

  constructor(unsorted: readonly Problem[]) {
    const problems = [...unsorted].sort((a, b) => a.offset - b.offset);
    super('ERR', problems.map(({ where, text }) => `${where}: ${text}`).join('\n'));
    this.name = 'ConfigError';
    this.problems = problems;
  }
}
