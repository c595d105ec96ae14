import type { Command } from '../commands/command.js';
import type { Intake } from './bulk-intake.js';

/** A request that may run. */
export interface Admitted {
  readonly command: Command;
  readonly args: readonly Buffer[];
  /** What its large bulks came to. */
  readonly intake: Intake | undefined;
}
