/** The arguments of FABRIC.INSERT after name, documentation and type. */
import { FabricError } from '../errors.js';
import { ArgumentReader, parseInteger, quoted } from '../util/args.js';
import type { Context } from './context.js';
import { requireSources } from './permission.js';

/** Name, documentation, type and payload, and nothing else: then the fourth is the payload, whatever it says. */
const SHORT_FORM_ARGUMENTS = 5;

export type InsertSource =
  | { kind: 'bytes'; payload: Buffer | undefined }
  | { kind: 'file'; path: Buffer; range: { offset: number; length: number } | undefined }
  | { kind: 'shm'; name: Buffer; range: { offset: number; length: number } };

export interface InsertArguments {
  label: { name: Buffer; documentation: Buffer; type: Buffer; replace: boolean };
  source: InsertSource;
}

/** A whole request. */
export function parseInsert(context: Context, args: readonly Buffer[]): InsertArguments {
  const reader = new ArgumentReader(args, 4);
  if (args.length === SHORT_FORM_ARGUMENTS) return insertOf(args, false, bytes(reader.next('payload')));
  const replace = parseOptions(context, reader);
  const source = parseSource(reader);
  if (source.kind === 'file' || source.kind === 'shm') requireSources(context, source.kind);
  return insertOf(args, replace, source);
}

/** A request whose last argument is large and still to come. */
export function parseInsertBefore(context: Context, before: readonly Buffer[]): InsertArguments {
  if (before.length === SHORT_FORM_ARGUMENTS - 1) return insertOf(before, false, bytes(undefined));
  const reader = new ArgumentReader(before, 4);
  const replace = parseOptions(context, reader);
  if (!reader.take('BYTES') || !reader.done()) {
    throw new FabricError('ERR', 'syntax error: only the payload, the last argument after BYTES, may be this long');
  }
  return insertOf(before, replace, bytes(undefined));
}

const bytes = (payload: Buffer | undefined): InsertSource => ({ kind: 'bytes', payload });

function insertOf(args: readonly Buffer[], replace: boolean, source: InsertSource): InsertArguments {
  return { label: { name: args[1]!, documentation: args[2]!, type: args[3]!, replace }, source };
}

/** Takes the keywords up to the source; returns whether REPLACE is among them. */
function parseOptions({ fabric }: Context, reader: ArgumentReader): boolean {
  let replace = false;
  let placed = false;
  for (;;) {
    const isNode = reader.keyword() === 'NODE';
    if (isNode || reader.keyword() === 'PLACE') {
      if (placed) throw new FabricError('ERR', 'syntax error: give one NODE or one PLACE, not both');
      placed = true;
    }
    if (reader.take('NODE')) fabric.requireOwnNode(reader.next('node'));
    else if (reader.take('PLACE')) requirePlace(reader.next('local or spread'));
    else if (reader.take('REPLICAS')) requireOneReplica(reader.next('REPLICAS'));
    else if (reader.take('REPLACE')) replace = true;
    else return replace;
  }
}

/** On a cluster of one, both are this node. */
function requirePlace(place: Buffer): void {
  const text = place.toString('latin1').toLowerCase();
  if (text !== 'local' && text !== 'spread') {
    throw new FabricError('ERR', `PLACE must be local or spread, not ${quoted(place)}`);
  }
}

function requireOneReplica(arg: Buffer): void {
  const replicas = parseInteger(arg, { min: 1, max: 255, what: 'REPLICAS' });
  if (replicas > 1) {
    throw new FabricError(
      'ERR',
      `REPLICAS ${replicas} needs ${replicas} nodes, but this cluster has one: say REPLICAS 1`,
    );
  }
}

function parseSource(reader: ArgumentReader): InsertSource {
  const source = takeSource(reader);
  if (!reader.done()) reader.fail(`nothing after ${source.kind.toUpperCase()}'s arguments`);
  return source;
}

function takeSource(reader: ArgumentReader): InsertSource {
  if (reader.take('BYTES')) return bytes(reader.next('payload'));
  if (reader.take('FILE')) {
    const path = reader.next('path');
    return { kind: 'file', path, range: reader.done() ? undefined : takeRange(reader) };
  }
  if (reader.take('SHM')) return { kind: 'shm', name: reader.next('shm_name'), range: takeRange(reader) };
  return reader.fail(['NODE', 'PLACE', 'REPLICAS', 'REPLACE', 'BYTES', 'FILE', 'SHM']);
}

export function takeRange(reader: ArgumentReader): { offset: number; length: number } {
  const offset = reader.integer('offset', 0, Number.MAX_SAFE_INTEGER);
  return { offset, length: reader.integer('length', 0, Number.MAX_SAFE_INTEGER - offset) };
}
