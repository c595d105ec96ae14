/** Maps as RESP2 sends them, labels and values in turn; values that are strings of bytes stay Buffers. */
export type Fields = ReadonlyMap<string, unknown>;

export function fieldsOf(reply: unknown): Fields {
  const flat = reply as unknown[];
  const fields = new Map<string, unknown>();
  for (let i = 0; i + 1 < flat.length; i += 2) fields.set(String(flat[i]), flat[i + 1]);
  return fields;
}

export function numberIn(fields: Fields, label: string): number {
  const value = fields.get(label);
  if (typeof value !== 'number') throw new Error(`the reply has no number ${label}`);
  return value;
}

export const textIn = (fields: Fields, label: string): string => String(fields.get(label));
