import { createInterface } from 'node:readline/promises';
import { UsageError } from './failure.js';

/** Asks before data is removed. */
export async function confirmed(question: string): Promise<boolean> {
  if (!process.stdin.isTTY) throw new UsageError('purge removes data and asks first; without a terminal say --yes');
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  try {
    return /^y(es)?$/i.test((await terminal.question(`${question} [y/N] `)).trim());
  } finally {
    terminal.close();
  }
}
