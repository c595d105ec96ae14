/**
 * The document under the key `store`, as text: the fact sets that make up the current store, in their order. Names are JSON strings.
 *
 *     datafabric store 2
 *     variable "climate/2024"
 *     bucket "observations"
 *
 * In format 1 all were variables, and each line was a name as it is.
 */
import { isUtf8 } from 'node:buffer';
import { checkCount, checkName } from './format-limits.js';
import { Malformed } from './malformed.js';

export const FACT_SET_KINDS = ['variable', 'bucket'] as const;

export interface FactSet {
  kind: (typeof FACT_SET_KINDS)[number];
  name: string;
}

export const STORE_FORMAT = 2;

const TITLE = /^datafabric store ([1-9]\d{0,8})$/;
const LINE = /^(variable|bucket) (".*")$/;
const TITLE_BYTES_MAX = 64;

/** The format the first line states. */
export function storeFormat(text: Buffer): number | undefined {
  const digits = TITLE.exec(text.toString('latin1', 0, TITLE_BYTES_MAX).split('\n', 1)[0]!)?.[1];
  return digits === undefined ? undefined : Number(digits);
}

export function writeStore(factSets: readonly FactSet[]): Buffer {
  const lines = factSets.map(({ kind, name }) => `${kind} ${JSON.stringify(name)}`);
  const text = Buffer.from([`datafabric store ${STORE_FORMAT}`, ...lines, ''].join('\n'));
  readStore(text);
  return text;
}

export function readStore(text: Buffer): FactSet[] {
  return readLines(text, (line) => {
    const [, kind, json] = LINE.exec(line) ?? [];
    if (json === undefined) throw new Malformed(`it is no '${FACT_SET_KINDS.join(' "name"\' or \'')} "name"'`);
    return { kind: kind as FactSet['kind'], name: parseName(json) };
  });
}

/** As format 1 had it. */
export const readStoreFormat1 = (text: Buffer): FactSet[] => readLines(text, (name) => ({ kind: 'variable', name }));

function readLines(text: Buffer, read: (line: string) => FactSet): FactSet[] {
  if (!isUtf8(text)) throw new Malformed('it is no UTF-8');
  const [, ...lines] = text.toString().split('\n');
  if (lines.pop() !== '') throw new Malformed(`line ${lines.length + 2}: it ends within this line`);
  checkCount(lines.length, 'lines');
  const seen = new Set<string>();
  return lines.map((line, at) => {
    try {
      const factSet = read(line);
      checkName(factSet.name);
      const identity = `${factSet.kind} ${factSet.name}`;
      if (seen.has(identity)) throw new Malformed(`the ${factSet.kind} is there twice`);
      seen.add(identity);
      return factSet;
    } catch (error) {
      throw new Malformed(`line ${at + 2}: ${(error as Error).message}`);
    }
  });
}

function parseName(json: string): string {
  try {
    return JSON.parse(json) as string;
  } catch {
    throw new Malformed('the name is no JSON string');
  }
}
