/**
 * A key of the configuration file: how its value is checked, what is allowed in words, and what stands for it when
 * it is absent. Schemas, error texts and `datafabric config show` derive from these.
 */
import { isIP } from 'node:net';
import { z } from 'zod';
import { parseDuration, parseSize } from './config-units.js';

export interface Field<T = unknown> {
  /** From what the file says to what the program uses; the default is filled in. */
  schema: z.ZodType<T>;
  /** Completes the sentence "allowed: …". */
  allowed: string;
  /** Never shown. */
  secret: boolean;
  /** A wrong value isn't shown: it may have a secret in it. */
  careful?: boolean;
}

function field<T>(schema: z.ZodType<T>, fallback: T, allowed: string): Field<T> {
  return { schema: schema.optional().transform((value) => value ?? fallback), allowed, secret: false };
}

/** A key without which its table makes no sense. */
export function required<T>(schema: z.ZodType<T>, allowed: string): Field<T> {
  return { schema, allowed, secret: false };
}

export function flag(fallback: boolean): Field<boolean> {
  return field(z.boolean(), fallback, 'true or false');
}

export function optionalFlag(): Field<boolean | undefined> {
  return field<boolean | undefined>(z.boolean(), undefined, 'true or false');
}

/** One text or several. */
export function orList(pattern: RegExp, allowed: string): Field<readonly string[]> {
  const one = z.string().regex(pattern);
  const schema = z.union([one.transform((text) => [text]), z.array(one)]);
  return field<readonly string[]>(schema, [], allowed);
}

export function secret<T>(plain: Field<T>): Field<T> {
  return { ...plain, secret: true };
}

export function careful<T>(plain: Field<T>): Field<T> {
  return { ...plain, careful: true };
}

export function integer(fallback: number, min: number, max: number): Field<number> {
  return field(z.int().min(min).max(max), fallback, `an integer from ${min} to ${max}`);
}

/** Not only whole ones. */
export function number(fallback: number, min: number, max: number): Field<number> {
  return field(z.number().min(min).max(max), fallback, `a number from ${min} to ${max}`);
}

export function choice<const T extends readonly string[]>(fallback: T[number], options: T): Field<T[number]> {
  const list = options.map((option) => `"${option}"`).join(', ');
  return field<T[number]>(z.enum(options), fallback, `one of ${list}`);
}

export function text(fallback: string, pattern: RegExp, allowed: string): Field<string> {
  return field(z.string().regex(pattern), fallback, allowed);
}

export function optionalText(pattern: RegExp, allowed: string): Field<string | undefined> {
  return field<string | undefined>(z.string().regex(pattern), undefined, allowed);
}

/** Bytes; `fallback` is in the file's own notation. */
export function size(fallback: string, minBytes: number): Field<number> {
  return quantity(
    parseSize,
    fallback,
    minBytes,
    `a size such as "512 MiB", or an integer of bytes, from ${minBytes} up`,
  );
}

/** Milliseconds; `fallback` is in the file's own notation. */
export function duration(fallback: string, minMs: number, maxMs: number): Field<number> {
  const allowed = `a duration such as "2s" or "500ms", or an integer of milliseconds, from ${minMs} to ${maxMs} ms`;
  return quantity(parseDuration, fallback, minMs, allowed, maxMs);
}

function quantity(
  parse: (text: string) => number | undefined,
  fallback: string,
  min: number,
  allowed: string,
  max = Number.MAX_SAFE_INTEGER,
): Field<number> {
  const schema = z
    .union([z.int(), z.string()])
    .transform((value) => (typeof value === 'number' ? value : (parse(value) ?? Number.NaN)))
    .pipe(z.int().min(min).max(max));
  return field(schema, parse(fallback)!, allowed);
}

/** Permission bits as a string of octal digits. */
export function permissions(fallback: string): Field<number> {
  const bits = (octal: string): number => Number.parseInt(octal, 8);
  const schema = z
    .string()
    .regex(/^0?[0-7]{3}$/)
    .transform(bits);
  return field(schema, bits(fallback), 'permission bits as octal digits in quotes, such as "0600" or "0640"');
}

export function texts(fallback: readonly string[], pattern: RegExp, allowed: string): Field<readonly string[]> {
  return field<readonly string[]>(z.array(z.string().regex(pattern)), fallback, allowed);
}

export function integers(fallback: readonly number[], min: number, max: number, of: string): Field<readonly number[]> {
  const schema = z.array(z.int().min(min).max(max));
  return field<readonly number[]>(schema, fallback, `a list of ${of}, each an integer from ${min} to ${max}`);
}

/** Addresses to listen on; names other than `localhost` are refused because what they resolve to may change. */
export function addresses(fallback: readonly string[]): Field<readonly string[]> {
  const address = z
    .string()
    .transform((host) => (host === 'localhost' ? '127.0.0.1' : host))
    .refine((host) => isIP(host) !== 0);
  return field<readonly string[]>(
    z.array(address),
    fallback,
    'a list of IP addresses, such as ["127.0.0.1", "::1"]; [] for none',
  );
}
