// Writes src/meta/formats-idl.ts from docs/formats.thrift: an interface and a table for each struct; `--check` only compares. It knows as much of
// Thrift's language as that file uses, and refuses the rest.
import { readFileSync, writeFileSync } from 'node:fs';
import prettier from 'prettier';

const idl = readFileSync(new URL('../docs/formats.thrift', import.meta.url), 'utf8');
const target = new URL('../src/meta/formats-idl.ts', import.meta.url);

const BASE_TYPES = { i32: 'number', i64: 'number', string: 'string' };
const STRUCT = /^struct (\w+) \{\n(.*?)^\}\n/gms;
const FIELD = /^(\d+): (required|optional) (.+) (\w+)$/;

/** The type in TypeScript, and the expression of its table. */
function typeOf(text, structs) {
  if (text in BASE_TYPES) return { type: BASE_TYPES[text], table: `'${text}'` };
  if (structs.has(text)) return { type: text, table: `{ struct: ${tableName(text)} }` };
  const list = /^list<(.+)>$/.exec(text);
  if (list) {
    const element = typeOf(list[1], structs);
    return { type: `readonly ${element.type}[]`, table: `{ list: ${element.table} }` };
  }
  const map = /^map<string, (.+)>$/.exec(text);
  if (!map) throw new Error(`docs/formats.thrift: ${text} is no type this script understands`);
  const value = typeOf(map[1], structs);
  return { type: `ReadonlyMap<string, ${value.type}>`, table: `{ map: ${value.table} }` };
}

const tableName = (struct) => struct.replace(/([a-z])([A-Z])/g, '$1_$2').toUpperCase();

function fieldOf(line, structs) {
  const [, id, presence, text, name] = FIELD.exec(line) ?? [];
  if (name === undefined) throw new Error(`docs/formats.thrift: '${line}' is no field this script understands`);
  const { type, table } = typeOf(text, structs);
  const required = presence === 'required';
  return {
    property: `${name}${required ? '' : '?'}: ${type};`,
    row: `{ id: ${id}, name: '${name}', required: ${required}, type: ${table} }`,
  };
}

function structOf(name, body, structs) {
  const lines = body.split('\n').map((line) => line.trim());
  const fields = lines.filter((line) => line !== '' && !line.startsWith('/**')).map((line) => fieldOf(line, structs));
  structs.add(name);
  return `export interface ${name} { ${fields.map(({ property }) => property).join('\n')} }
export const ${tableName(name)}: StructTable<${name}> = { name: '${name}', fields: [${fields.map(({ row }) => row).join(',')}] };`;
}

const structs = new Set();
const parts = [...idl.matchAll(STRUCT)].map(([, name, body]) => structOf(name, body, structs));
const rest = idl.replace(STRUCT, '').replace(/\/\*\*.*?\*\//gs, '');
if (!/^\s*namespace py \w+\s*$/.test(rest)) throw new Error(`docs/formats.thrift: '${rest.trim()}' is not understood`);
const text = await prettier.format(
  [
    '/** Generated from docs/formats.thrift by scripts/formats.mjs: its structs, and how they are read and written. */',
    "import type { StructTable } from './thrift-table.js';",
    '',
    parts.join('\n\n'),
  ].join('\n'),
  { parser: 'typescript', ...(await prettier.resolveConfig(target)) },
);

if (!process.argv.includes('--check')) writeFileSync(target, text);
else if (readFileSync(target, 'utf8') !== text) {
  console.error('src/meta/formats-idl.ts is stale: run `node scripts/formats.mjs`');
  process.exit(1);
}
