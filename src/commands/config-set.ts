import { FabricError } from '../errors.js';
import { OK } from '../resp/reply.js';
import type { Reply } from '../resp/reply.js';
import { parameters } from './config-get.js';
import { ParameterRefusal } from './config-parameter.js';
import type { Context } from './context.js';
import { repeated, syntaxError } from './refusals.js';

function failed(name: string, why: string): FabricError {
  return new FabricError('ERR', `CONFIG SET failed (possibly related to argument '${name}') - ${why}`);
}

/** Changes nothing yet; returns what does. */
function prepare(context: Context, nameArg: Buffer, value: Buffer): () => void {
  const name = nameArg.toString('latin1').toLowerCase();
  const parameter = parameters.get(name);
  if (parameter === undefined) {
    throw new FabricError('ERR', `Unknown option or number of arguments for CONFIG SET - '${repeated(nameArg)}'`);
  }
  if (parameter.prepare === undefined) throw failed(name, "can't set immutable config");
  try {
    return parameter.prepare(context, value.toString());
  } catch (error) {
    if (error instanceof ParameterRefusal) throw failed(name, error.message);
    throw error;
  }
}

/** All changes or none. */
export function setParameters(context: Context, args: readonly Buffer[]): Reply {
  if (args.length % 2 !== 0) throw syntaxError();
  const changes = new Map<string, () => void>();
  for (let at = 2; at < args.length; at += 2) {
    const name = args[at]!.toString('latin1').toLowerCase();
    if (changes.has(name)) throw failed(name, 'duplicate parameter');
    changes.set(name, prepare(context, args[at]!, args[at + 1]!));
  }
  for (const change of changes.values()) change();
  context.server.reconfigured();
  context.log.info({ client: context.session.remoteAddress, parameters: [...changes.keys()] }, 'configuration changed');
  return OK;
}
