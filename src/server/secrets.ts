/** Passwords in requests, which no monitor may show. */
import type { Command } from '../commands/command.js';

const REDACTED = Buffer.from('(redacted)');

/** The arguments with what may be a password struck out, as in Redis. */
export function redacted({ name }: Command, args: readonly Buffer[]): readonly Buffer[] {
  if (name === 'auth') return args.map((arg, at) => (at === 0 ? arg : REDACTED));
  if (name !== 'hello') return args;
  const auth = args.findIndex((arg, at) => at > 1 && arg.toString('latin1').toUpperCase() === 'AUTH');
  return auth < 0 ? args : args.map((arg, at) => (at === auth + 1 || at === auth + 2 ? REDACTED : arg));
}
