/**
 * The datashape grammar, as DyND's `ndt::type` reads it, of types that can lie in shared memory:
 *
 *     type       = dimension "*" type | "?" scalar | "option" "[" type "]" | record | tuple | name
 *     dimension  = integer | "var" | "fixed" "[" integer "]", each also to a power: 3**2 is 3 * 3
 *     record     = "{" field { "," field } [ "," ] "}"       field = ( name | quoted ) ":" type
 *     tuple      = "(" type { "," type } [ "," ] ")"
 *     name       = a scalar, "string", "bytes", "fixed_bytes[n]", "fixed_bytes[n, align=m]",
 *                  "fixed_string[n]", "fixed_string[n, 'encoding']", "complex[float32]", "datetime[tz='UTC']" …
 */
import { FabricError } from '../errors.js';
import { nearest } from '../util/nearest.js';
import type { Field, OptionNode, TypeNode } from './ast.js';
import { parseFixedBytes, parseFixedString } from './fixed.js';
import { integerOf } from './integer.js';
import { DIMENSIONS_MAX, NESTING_MAX, TYPE_TEXT_BYTES_MAX } from './limits.js';
import { MISSING } from './missing.js';
import { problemAt, shown } from './problem.js';
import { ALIASES, REFUSED, SCALARS, scalarNamed, type ScalarName } from './scalars.js';
import { Tokens, type Token } from './tokens.js';

/** Where a type stands. */
interface Place {
  depth: number;
  /** Fixed dimensions directly around it. */
  dimensions: number;
  /** Nothing is around it: `var`, `string` and `bytes` may stand here. */
  outermost: boolean;
}

const WHAT_TYPES_ARE = "a type such as float64, 3 * int32, {x: int32, y: float64} or 'bytes'";
/** Longer words are no misspelt types, and comparing them costs time. */
const MISSPELT_CHARACTERS_MAX = 32;
const NAMES = [
  ...Object.keys(SCALARS).filter((name) => !name.includes('[')),
  ...Object.keys(ALIASES),
  ...['string', 'bytes', 'fixed_bytes', 'fixed_string', 'var', 'fixed', 'option'],
];

export function parseText(text: string): TypeNode {
  const bytes = Buffer.byteLength(text);
  if (bytes > TYPE_TEXT_BYTES_MAX) {
    throw new FabricError('TYPE', `bad type: its text has ${bytes} bytes, at most ${TYPE_TEXT_BYTES_MAX} are allowed`);
  }
  const tokens = new Tokens(text);
  const node = parseAt(tokens, { depth: 0, dimensions: 0, outermost: true });
  if (tokens.next.kind !== 'end') {
    tokens.fail(
      tokens.atSymbol('*')
        ? 'the end of the type (dimensions stand before the item: 3 * float64)'
        : 'the end of the type',
    );
  }
  return node;
}

function parseAt(tokens: Tokens, place: Place): TypeNode {
  const { kind, text, column } = tokens.next;
  if (place.depth > NESTING_MAX) throw problemAt(column, `types nest at most ${NESTING_MAX} deep`);
  if (kind === 'integer') return parseFixedDimension(tokens, integerOf(tokens.take(), 0, 'a dimension'), column, place);
  if (kind === 'name') return parseNamed(tokens, tokens.take(), place);
  if (tokens.takeSymbol('?')) return optionOf(parseAt(tokens, inside(place)), column);
  if (tokens.takeSymbol('{')) return { kind: 'record', fields: parseFields(tokens, inside(place)), column };
  if (tokens.takeSymbol('(')) return { kind: 'tuple', items: parseItems(tokens, inside(place)), column };
  if (text === '...') tokens.fail(`${WHAT_TYPES_ARE}; a pattern of types can't be stored`);
  return tokens.fail(WHAT_TYPES_ARE);
}

const inside = (place: Place): Place => ({ depth: place.depth + 1, dimensions: 0, outermost: false });

function parseNamed(tokens: Tokens, name: Token, place: Place): TypeNode {
  const { text, column } = name;
  switch (text) {
    case 'var':
      return parseVarDimension(tokens, column, place);
    case 'fixed':
      return parseFixedKeyword(tokens, column, place);
    case 'option':
      return parseOptionKeyword(tokens, column, place);
    case 'string':
    case 'bytes':
      return parseWhole(tokens, text, column, place);
    case 'fixed_bytes':
      return parseFixedBytes(tokens, column);
    case 'fixed_string':
      return parseFixedString(tokens, column);
    case 'complex':
      return { kind: 'scalar', name: parseComplex(tokens), column };
    case 'datetime':
    case 'time':
      return { kind: 'scalar', name: parseTimeZone(tokens, text), column };
    default:
      return { kind: 'scalar', name: parseScalar(tokens, name), column };
  }
}

function parseScalar(tokens: Tokens, { text, column }: Token): ScalarName {
  const scalar = scalarNamed(text);
  if (scalar !== undefined) {
    if (tokens.atSymbol('[')) tokens.fail(`no arguments after '${text}'`);
    return scalar;
  }
  const refused = Object.hasOwn(REFUSED, text) ? REFUSED[text] : undefined;
  if (refused !== undefined) throw problemAt(column, `'${text}' can't be stored here: ${refused}`);
  const meant = text.length <= MISSPELT_CHARACTERS_MAX ? nearest(text, NAMES) : undefined;
  const hint = meant === undefined ? WHAT_TYPES_ARE : `a type; did you mean '${meant}'?`;
  if (/^[A-Z]/.test(text) && scalarNamed(meant ?? '') === undefined) {
    throw problemAt(column, `found the type variable ${shown(text)}, expected ${WHAT_TYPES_ARE}`);
  }
  throw problemAt(column, `found ${shown(text)}, expected ${hint}`);
}

function parseWhole(tokens: Tokens, kind: 'string' | 'bytes', column: number, place: Place): TypeNode {
  if (!place.outermost) {
    throw problemAt(
      column,
      `found '${kind}', expected a type of fixed width: '${kind}' stands alone, as a whole payload; within others use fixed_${kind}[n]`,
    );
  }
  if (tokens.atSymbol('[')) tokens.fail(`no arguments after '${kind}'`);
  return { kind, column };
}

function parseComplex(tokens: Tokens): ScalarName {
  if (!tokens.takeSymbol('[')) return 'complex[float64]';
  const single = tokens.takeName('float32');
  if (!single && !tokens.takeName('float64') && !tokens.takeName('real')) tokens.fail("'float32' or 'float64'");
  tokens.expectSymbol(']');
  return single ? 'complex[float32]' : 'complex[float64]';
}

function parseTimeZone(tokens: Tokens, kind: 'time' | 'datetime'): ScalarName {
  if (!tokens.takeSymbol('[')) return kind;
  if (!tokens.takeName('tz')) tokens.fail("'tz'");
  tokens.expectSymbol('=');
  const zone = tokens.next;
  if (zone.kind !== 'string' || (zone.text !== 'UTC' && zone.text !== 'abstract'))
    tokens.fail("the string 'UTC' or 'abstract'");
  tokens.take();
  tokens.expectSymbol(']');
  return zone.text === 'UTC' ? `${kind}[tz='UTC']` : kind;
}

function parseOptionKeyword(tokens: Tokens, column: number, place: Place): TypeNode {
  tokens.expectSymbol('[');
  const option = optionOf(parseAt(tokens, inside(place)), column);
  tokens.expectSymbol(']');
  return option;
}

function optionOf(value: TypeNode, column: number): OptionNode {
  if (value.kind === 'scalar' && MISSING[value.name] !== undefined) return { kind: 'option', value, column };
  throw problemAt(
    value.column,
    'only bool, integers, floats, complex numbers, date, time and datetime have a value that says "missing": put the ? before one of these',
  );
}

function parseFixedKeyword(tokens: Tokens, column: number, place: Place): TypeNode {
  tokens.expectSymbol('[');
  const size = integerOf(tokens.take(), 0, 'a dimension');
  tokens.expectSymbol(']');
  return parseFixedDimension(tokens, size, column, place);
}

function parseFixedDimension(tokens: Tokens, size: number, column: number, place: Place): TypeNode {
  const power = tokens.takeSymbol('**') ? integerOf(tokens.take(), 1, 'the number of dimensions') : 1;
  const dimensions = place.dimensions + power;
  if (dimensions > DIMENSIONS_MAX)
    throw problemAt(column, `found dimension ${dimensions}, at most ${DIMENSIONS_MAX} are allowed`);
  tokens.expectSymbol('*', "'*' and the item's type after the dimension");
  let node = parseAt(tokens, { depth: place.depth + 1, dimensions, outermost: false });
  for (let i = 0; i < power; i++) node = { kind: 'dimension', size, element: node, column };
  return node;
}

function parseVarDimension(tokens: Tokens, column: number, place: Place): TypeNode {
  if (!place.outermost) {
    throw problemAt(column, "found 'var', expected a dimension of fixed size: only the outermost may be var");
  }
  tokens.expectSymbol('*', "'*' and the item's type after 'var'");
  const element = parseAt(tokens, { depth: 1, dimensions: 1, outermost: false });
  return { kind: 'dimension', size: null, element, column };
}

function parseFields(tokens: Tokens, place: Place): Field[] {
  const fields: Field[] = [];
  const names = new Set<string>();
  do {
    if (fields.length > 0 && tokens.atSymbol('}')) break;
    const { kind, text, column } = tokens.next;
    if (kind !== 'name' && kind !== 'string') tokens.fail("a field such as 'x: int32'");
    tokens.take();
    // A lone surrogate has no UTF-8 form; an empty name is how NumPy writes padding.
    if (text === '' || /\p{Surrogate}/u.test(text))
      throw problemAt(column, 'a field name is not empty and is valid Unicode');
    if (names.has(text)) throw problemAt(column, `found a second field ${shown(text)}, expected another name`);
    names.add(text);
    tokens.expectSymbol(':', `':' and the type of field ${shown(text)}`);
    fields.push({ name: text, type: parseAt(tokens, place) });
  } while (tokens.takeSymbol(','));
  tokens.expectSymbol('}', "',' or '}'");
  return fields;
}

function parseItems(tokens: Tokens, place: Place): TypeNode[] {
  const items: TypeNode[] = [];
  do {
    if (items.length > 0 && tokens.atSymbol(')')) break;
    items.push(parseAt(tokens, place));
  } while (tokens.takeSymbol(','));
  tokens.expectSymbol(')', "',' or ')'");
  return items;
}
