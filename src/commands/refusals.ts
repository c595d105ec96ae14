/** Texts clients know from Redis 7, word for word: some of them parse these. */
import { FabricError } from '../errors.js';

/** Redis cuts what it repeats of a request at this many bytes. */
const REPEATED_BYTES_MAX = 128;

/** A user's bytes as part of an error: cut, and on one line. */
export function repeated(arg: Buffer, bytesMax = REPEATED_BYTES_MAX): string {
  return arg.toString('utf8', 0, Math.min(arg.length, bytesMax)).replace(/\p{Cc}/gu, ' ');
}

export const syntaxError = () => new FabricError('ERR', 'syntax error');

export const notAnInteger = (what = 'value') => new FabricError('ERR', `${what} is not an integer or out of range`);

/** `name` as in the table: `client|getname`. */
export function wrongArity(name: string): FabricError {
  return new FabricError('ERR', `wrong number of arguments for '${name}' command`);
}

export function unknownCommand(args: readonly Buffer[]): FabricError {
  let beginning = '';
  for (const arg of args.slice(1)) {
    if (beginning.length >= REPEATED_BYTES_MAX) break;
    beginning += `'${repeated(arg, REPEATED_BYTES_MAX - beginning.length)}' `;
  }
  return new FabricError('ERR', `unknown command '${repeated(args[0]!)}', with args beginning with: ${beginning}`);
}

/** `container` as in the table: `client`. */
export function unknownSubcommand(container: string, subcommand: Buffer): FabricError {
  return new FabricError('ERR', `unknown subcommand '${repeated(subcommand)}'. Try ${container.toUpperCase()} HELP.`);
}

/** A subcommand that exists, with arguments no form of it takes. */
export function wrongSubcommandArity(container: string, subcommand: Buffer): FabricError {
  return new FabricError(
    'ERR',
    `unknown subcommand or wrong number of arguments for '${repeated(subcommand)}'. Try ${container.toUpperCase()} HELP.`,
  );
}
