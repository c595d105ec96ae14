/** A TOML text as plain values, which remember where they stand. */
import { ParseError, getStaticTOMLValue, parseTOML, type AST } from 'toml-eslint-parser';
import { ConfigError } from './config-problem.js';

export interface Mark {
  /** `file:line:column` of the key, and of the value. */
  key: string;
  value: string;
  /** The value as it stands in the text, shortened. */
  found: string;
  /** Characters from the start of the text, to sort by; -1 for what doesn't stand in it. */
  offset: number;
}

export interface ConfigDocument {
  values: Readonly<Record<string, unknown>>;
  /** Where the value at a path stands; that of the nearest enclosing one when the path itself is absent. */
  mark(path: readonly PropertyKey[]): Mark;
}

const FOUND_CHARACTERS_MAX = 60;

export function parseConfigDocument(source: string, file: string): ConfigDocument {
  const program = parse(source, file);
  const marks = new Map<string, Mark>();
  const place = ({ line, column }: AST.Position): string => `${file}:${line}:${column + 1}`;

  const noteValue = (path: PropertyKey[], key: AST.TOMLNode, value: AST.TOMLContentNode): void => {
    const found = shorten(source.slice(...value.range));
    const [offset] = value.range;
    marks.set(pathKey(path), { key: place(key.loc.start), value: place(value.loc.start), found, offset });
    if (value.type === 'TOMLArray') value.elements.forEach((item, index) => noteValue([...path, index], item, item));
    if (value.type === 'TOMLInlineTable') value.body.forEach((pair) => notePair(path, pair));
  };
  const notePair = (parent: PropertyKey[], pair: AST.TOMLKeyValue): void => {
    const path = [...parent, ...getStaticTOMLValue(pair.key)];
    noteTables(path.slice(0, -1), pair.key, shorten(source.slice(...pair.key.range)));
    noteValue(path, pair.key, pair.value);
  };
  const noteTables = (path: PropertyKey[], { loc, range }: AST.TOMLNode, found: string): void => {
    const start = place(loc.start);
    for (let depth = 1; depth <= path.length; depth++) {
      const key = pathKey(path.slice(0, depth));
      if (!marks.has(key)) marks.set(key, { key: start, value: start, found, offset: range[0] });
    }
  };

  for (const item of program.body[0].body) {
    if (item.type === 'TOMLKeyValue') {
      notePair([], item);
      continue;
    }
    const name = getStaticTOMLValue(item.key).join('.');
    noteTables(item.resolvedKey, item.key, item.kind === 'array' ? `[[${name}]]` : `[${name}]`);
    item.body.forEach((pair) => notePair(item.resolvedKey, pair));
  }

  const start: Mark = { key: `${file}:1:1`, value: `${file}:1:1`, found: 'nothing', offset: -1 };
  return {
    values: getStaticTOMLValue(program),
    mark(path) {
      for (let depth = path.length; depth > 0; depth--) {
        const mark = marks.get(pathKey(path.slice(0, depth)));
        if (mark) return mark;
      }
      return start;
    },
  };
}

function parse(source: string, file: string): AST.TOMLProgram {
  try {
    return parseTOML(source, { tomlVersion: '1.0' });
  } catch (error) {
    if (!(error instanceof ParseError)) throw error;
    const text = `this isn't TOML: ${error.message.charAt(0).toLowerCase()}${error.message.slice(1)}`;
    throw new ConfigError([{ where: `${file}:${error.lineNumber}:${error.column + 1}`, text, offset: 0 }]);
  }
}

function pathKey(path: readonly PropertyKey[]): string {
  return path.map(String).join('\0');
}

function shorten(text: string): string {
  const line = text.replace(/\s+/g, ' ');
  return line.length > FOUND_CHARACTERS_MAX ? `${line.slice(0, FOUND_CHARACTERS_MAX - 1)}…` : line;
}
