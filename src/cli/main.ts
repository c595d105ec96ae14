#!/usr/bin/env node
import { CommanderError } from 'commander';
import { describeFailure, exitCode, USAGE } from './failure.js';
import { buildProgram } from './program.js';

try {
  await buildProgram().parseAsync();
} catch (error) {
  if (error instanceof CommanderError) {
    process.exitCode = error.exitCode === 0 ? 0 : USAGE;
  } else {
    process.stderr.write(`${describeFailure(error)}\n`);
    process.exitCode = exitCode(error);
  }
}
