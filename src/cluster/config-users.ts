/** `[[users]]`: who may come in, and what each may do. */
import { createHash } from 'node:crypto';
import { z } from 'zod';
import { flag, orList, required, secret, texts, type Field } from './config-field.js';
import type { UserConfig } from './config.js';

const NAME = /^[A-Za-z0-9._@-]{1,64}$/;
const PASSWORD = /^[^\0]{1,512}$/;
const SHA256 = /^[0-9a-f]{64}$/i;
const RULE = /^[+-](@[a-z]+|[a-z0-9._-]+(\|[a-z0-9._-]+)?)$/i;
const PATTERN = /^.{1,512}$/s;

const patterns = 'a list of patterns of names, such as ["tenant/*"]; "*" is every name';

export const userFields = {
  name: required(z.string().regex(NAME), '1 to 64 letters, digits, ".", "_", "@" or "-"; each user has one'),
  enabled: flag(true),
  nopass: flag(false),
  password: secret(orList(PASSWORD, 'a string of 1 to 512 characters, or a list of such')),
  password_sha256: secret(orList(SHA256, 'the 64 hex digits of a SHA-256, or a list of such')),
  commands: texts(
    [],
    RULE,
    'a list of rules, each "+" or "-" and then "@category", a command or "container|subcommand", such as ["+@read", "-keys"]',
  ),
  read: texts([], PATTERN, patterns),
  write: texts([], PATTERN, patterns),
} as const;

export const userSections: Readonly<Record<string, Field>> = userFields;

export const sha256 = (text: string | Buffer): string => createHash('sha256').update(text).digest('hex');

const shape = Object.fromEntries(Object.entries(userFields).map(([key, { schema }]) => [key, schema])) as {
  [K in keyof typeof userFields]: (typeof userFields)[K]['schema'];
};

export const usersSchema = z
  .array(
    z
      .strictObject(shape)
      .transform(({ name, enabled, nopass, password, password_sha256, commands, read, write }): UserConfig => ({
        name,
        enabled,
        nopass,
        passwordSha256: [...password.map(sha256), ...password_sha256.map((digits) => digits.toLowerCase())],
        commands: commands.map((rule) => rule.toLowerCase()),
        read,
        write,
      })),
  )
  .default([]);
