import type { Context } from './context.js';

export type InfoLine = readonly [label: string, value: string | number];

/** One `# Title` of INFO. */
export interface InfoSection {
  /** Lower case, as asked for. */
  name: string;
  title: string;
  /** Shown only when it is named, or with `all` and `everything`. */
  onRequest?: boolean;
  lines(context: Context): readonly InfoLine[];
}

/** `reservedBytes` → `reserved_bytes` */
export const snakeCase = (name: string) => name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);

/** `a=1,b=2` */
export const pairs = (fields: Readonly<Record<string, string | number>>) =>
  Object.entries(fields)
    .map(([label, value]) => `${label}=${value}`)
    .join(',');
