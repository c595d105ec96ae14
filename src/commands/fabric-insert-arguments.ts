/** The arguments of FABRIC.INSERT after name, documentation and type. */
import { FabricError } from '../errors.js';
import type { Label } from '../fabric/admission.js';
import type { Placing } from '../fabric/gate.js';
import { ArgumentReader, parseInteger, quoted } from '../util/args.js';
import type { Context } from './context.js';
import { isOwnNode } from './elsewhere.js';
import { requireSources } from './permission.js';

/** Name, documentation, type and payload, and nothing else: then the fourth is the payload, whatever it says. */
const SHORT_FORM_ARGUMENTS = 5;
/** Copies of one variable. */
const REPLICAS_MAX = 8;
const PLAIN: Options = { replace: false, placing: undefined };

export type InsertSource =
  | { kind: 'bytes'; payload: Buffer | undefined }
  | { kind: 'file'; path: Buffer; range: { offset: number; length: number } | undefined }
  | { kind: 'shm'; name: Buffer; range: { offset: number; length: number } };

export interface InsertArguments {
  label: Label;
  source: InsertSource;
}

/** A whole request. */
export function parseInsert(context: Context, args: readonly Buffer[]): InsertArguments {
  const reader = new ArgumentReader(args, 4);
  if (args.length === SHORT_FORM_ARGUMENTS) return insertOf(args, PLAIN, bytes(reader.next('payload')));
  const options = parseOptions(context, reader);
  const source = parseSource(reader);
  if (source.kind === 'file' || source.kind === 'shm') requireSources(context, source.kind);
  return insertOf(args, options, source);
}

/** A request whose last argument is large and still to come. */
export function parseInsertBefore(context: Context, before: readonly Buffer[]): InsertArguments {
  if (before.length === SHORT_FORM_ARGUMENTS - 1) return insertOf(before, PLAIN, bytes(undefined));
  const reader = new ArgumentReader(before, 4);
  const options = parseOptions(context, reader);
  if (!reader.take('BYTES') || !reader.done()) {
    throw new FabricError('ERR', 'syntax error: only the payload, the last argument after BYTES, may be this long');
  }
  return insertOf(before, options, bytes(undefined));
}

const bytes = (payload: Buffer | undefined): InsertSource => ({ kind: 'bytes', payload });

function insertOf(args: readonly Buffer[], options: Options, source: InsertSource): InsertArguments {
  return { label: { name: args[1]!, documentation: args[2]!, type: args[3]!, ...options }, source };
}

interface Options {
  replace: boolean;
  placing: Placing | undefined;
}

/** Takes the keywords up to the source. */
function parseOptions(context: Context, reader: ArgumentReader): Options {
  let replace = false;
  let node: Buffer | undefined;
  let place: string | undefined;
  let replicas: number | undefined;
  for (;;) {
    const isPlace = reader.keyword() === 'NODE' || reader.keyword() === 'PLACE';
    if (isPlace && (node !== undefined || place !== undefined))
      throw new FabricError('ERR', 'syntax error: give one NODE or one PLACE, not both');
    if (reader.take('NODE')) node = reader.next('node');
    else if (reader.take('PLACE')) place = placeOf(reader.next('local or spread'));
    else if (reader.take('REPLICAS')) replicas = replicasOf(context, reader.next('REPLICAS'));
    else if (reader.take('REPLACE')) replace = true;
    else break;
  }
  const own = node === undefined || isOwnNode(context, node);
  const plain = own && place !== 'spread' && (replicas ?? 1) === 1;
  if (plain || context.cluster === undefined) return { replace, placing: undefined };
  const placing = { node: node?.toString('latin1'), spread: place === 'spread', replicas: replicas ?? 1 };
  return { replace, placing };
}

function placeOf(place: Buffer): string {
  const text = place.toString('latin1').toLowerCase();
  if (text === 'local' || text === 'spread') return text;
  throw new FabricError('ERR', `PLACE must be local or spread, not ${quoted(place)}`);
}

function replicasOf({ cluster }: Context, arg: Buffer): number {
  const replicas = parseInteger(arg, { min: 1, max: 255, what: 'REPLICAS' });
  const nodes = cluster?.size ?? 1;
  if (replicas > Math.min(nodes, REPLICAS_MAX))
    throw new FabricError(
      'ERR',
      `REPLICAS ${replicas} needs ${replicas} nodes, but this cluster has ${nodes === 1 ? 'one' : nodes}: say REPLICAS ${Math.min(nodes, REPLICAS_MAX)}`,
    );
  return replicas;
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
