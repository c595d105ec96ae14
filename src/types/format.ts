/** A type in canonical form: as DyND prints it. */
import type { Field, TypeNode } from './ast.js';

export function formatType(node: TypeNode): string {
  switch (node.kind) {
    case 'scalar':
      return node.name;
    case 'option':
      return `?${formatType(node.value)}`;
    case 'string':
    case 'bytes':
      return node.kind;
    case 'fixed_bytes':
      return node.align === 1 ? `fixed_bytes[${node.bytes}]` : `fixed_bytes[${node.bytes}, align=${node.align}]`;
    case 'fixed_string':
      return node.encoding === 'utf8' ? `fixed_string[${node.size}]` : `fixed_string[${node.size}, '${node.encoding}']`;
    case 'dimension':
      return `${node.size ?? 'var'} * ${formatType(node.element)}`;
    case 'record':
      return `{${node.fields.map(formatField).join(', ')}}`;
    case 'tuple':
      return `(${node.items.map(formatType).join(', ')})`;
  }
}

const formatField = ({ name, type }: Field): string => `${formatName(name)}: ${formatType(type)}`;

const SHORT: Readonly<Record<string, string>> = {
  '\b': '\\b',
  '\f': '\\f',
  '\n': '\\n',
  '\r': '\\r',
  '\t': '\\t',
  '\\': '\\\\',
  "'": "\\'",
};

/** A field name, in single quotes and ASCII unless it is an identifier. */
export function formatName(name: string): string {
  if (/^[A-Za-z_][A-Za-z0-9_]*$/.test(name)) return name;
  return `'${Array.from(name, escaped).join('')}'`;
}

function escaped(character: string): string {
  const short = SHORT[character];
  if (short !== undefined) return short;
  const codePoint = character.codePointAt(0)!;
  if (codePoint >= 0x20 && codePoint < 0x7f) return character;
  const hex = codePoint.toString(16);
  return codePoint < 0x10000 ? `\\u${hex.padStart(4, '0')}` : `\\U${hex.padStart(8, '0')}`;
}
