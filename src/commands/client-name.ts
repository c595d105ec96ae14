import { FabricError } from '../errors.js';

/** Names are shown in every line of CLIENT LIST. */
const NAME_BYTES_MAX = 512;
const PRINTABLE = /^[!-~]*$/;

/** What a client calls itself or its library; `what` begins the sentence of a refusal. */
export function parseClientName(arg: Buffer, what: string): string {
  const text = arg.toString('latin1');
  if (!PRINTABLE.test(text)) {
    throw new FabricError('ERR', `${what} cannot contain spaces, newlines or special characters.`);
  }
  if (text.length > NAME_BYTES_MAX) {
    throw new FabricError('ERR', `${what} cannot be longer than ${NAME_BYTES_MAX} bytes, this one has ${text.length}.`);
  }
  return text;
}
