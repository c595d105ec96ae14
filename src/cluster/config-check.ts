/** From a document to checked values; every problem is found, not only the first. */
import type { z } from 'zod';
import { nearest } from '../util/nearest.js';
import type { ConfigDocument } from './config-document.js';
import type { Field } from './config-field.js';
import { ConfigError, type Problem } from './config-problem.js';
import { barring, DEFAULT_USER, exposedHosts, guestOf } from './config-reach.js';
import { schema, sections, type RawConfig } from './config-schema.js';
import { checkStores } from './config-stores.js';
import { checkTls } from './config-tls.js';
import { checkCluster, nodeSections } from './config-cluster.js';
import { userSections } from './config-users.js';

/** What a check needs to know beyond the document. */
export interface CheckSurroundings {
  /** From a path as the file has it. */
  absolute(path: string): string;
  /** Why a rule of a user's `commands` means nothing; undefined when it means something. */
  refuseRule(rule: string): string | undefined;
}

export function checkConfig(document: ConfigDocument, surroundings: CheckSurroundings): RawConfig {
  const parsed = schema.safeParse(document.values);
  const problems = parsed.success
    ? contradictions(parsed.data, document, surroundings)
    : describeIssues(parsed.error.issues, document);
  if (problems.length > 0) throw new ConfigError(problems);
  return parsed.data!;
}

function describeIssues(issues: readonly z.core.$ZodIssue[], document: ConfigDocument): Problem[] {
  const problems = new Map<string, Problem>();
  const add = (problem: Problem): void => void problems.set(`${problem.where} ${problem.text}`, problem);
  for (const issue of issues) {
    if (issue.code === 'unrecognized_keys') {
      for (const key of issue.keys) add(describeUnknownKey([...issue.path, key], document));
    } else {
      add(describeValue(issue.path, document));
    }
  }
  return [...problems.values()];
}

const USERS = 'users';
/** Sections that may stand more than once. */
const LISTS: Readonly<Record<string, Readonly<Record<string, Field>>>> = { [USERS]: userSections, nodes: nodeSections };

function describeUnknownKey(path: readonly PropertyKey[], document: ConfigDocument): Problem {
  const { key: where, offset } = document.mark(path);
  const key = String(path.at(-1));
  const section = path.length > 1 ? String(path[0]) : undefined;
  const known =
    section === undefined ? [...Object.keys(sections), ...Object.keys(LISTS)] : Object.keys(fieldsOf(section));
  const what = section === undefined ? `there is no section [${key}]` : `${titleOf(section)} has no key "${key}"`;
  return { where, offset, text: `${what}${hint(key, known)} Allowed: ${known.join(', ')}` };
}

const fieldsOf = (section: string): Readonly<Record<string, Field>> => LISTS[section] ?? sections[section] ?? {};

const titleOf = (section: string): string => (section in LISTS ? `[[${section}]]` : `[${section}]`);

function hint(key: string, known: readonly string[]): string {
  const meant = nearest(key, known);
  if (meant !== undefined) return `; did you mean "${meant}"?`;
  const home = Object.keys(sections).find((name) => key in sections[name]!);
  return home === undefined ? '.' : `; it belongs in [${home}].`;
}

function describeValue(path: readonly PropertyKey[], document: ConfigDocument): Problem {
  const section = String(path[0]);
  // Tables that may stand more than once have their number between.
  const key = path[section in LISTS ? 2 : 1];
  const { value: where, found, offset } = document.mark(path);
  const field = key === undefined ? undefined : fieldsOf(section)[String(key)];
  if (!field) {
    return { where, offset, text: `found ${found}; allowed: a table ${titleOf(section)} with its keys below it` };
  }
  const shown = field.secret || field.careful === true ? 'another value' : found;
  return { where, offset, text: `${section}.${String(key)}: found ${shown}; allowed: ${field.allowed}` };
}

/** What no single key can tell. */
function contradictions(raw: RawConfig, document: ConfigDocument, surroundings: CheckSurroundings): Problem[] {
  const { listen, tls, security, users, limits } = raw;
  const problems: Problem[] = [];
  const add = (path: readonly PropertyKey[], text: string): void => {
    const { value: where, offset } = document.mark(path);
    const shown = path.filter((part) => typeof part !== 'number').map(String);
    problems.push({ where, offset, text: `${shown.join('.')}: ${text}` });
  };
  const exposed = exposedHosts(listen, tls, tls.client_certificates);
  const guest = guestOf(security, users);
  if (exposed.length > 0 && guest !== undefined) {
    add(
      [exposed.some((host) => listen.hosts.includes(host)) ? 'listen' : 'tls', 'hosts'],
      `${exposed.join(', ')} can be reached from other machines, and there is no password for the user ${guest}: anyone ` +
        `could come in. ${barring(guest)}`,
    );
  }
  if (listen.hosts.length === 0 && tls.hosts.length === 0 && listen.unix_socket === undefined) {
    add(
      ['listen', 'hosts'],
      'is empty and there is neither listen.unix_socket nor tls.hosts: nobody could connect. Set one of them',
    );
  }
  if (limits.reserved_bytes_max < limits.bulk_bytes_max) {
    add(
      ['limits', 'reserved_bytes_max'],
      `${limits.reserved_bytes_max} is less than limits.bulk_bytes_max, ${limits.bulk_bytes_max}: the largest payload could ` +
        'never come in. Raise the one or lower the other',
    );
  }
  const absolute = (path: string): string => surroundings.absolute(path);
  checkTls(tls, absolute, (key, text) => add(['tls', key], text));
  checkCluster(raw, absolute, add);
  checkStores(raw, document, add);
  checkUsers(raw, surroundings, (index, key, text) => add([USERS, index, key], text));
  return problems;
}

function checkUsers(
  { security, users }: RawConfig,
  surroundings: CheckSurroundings,
  add: (index: number, key: string, text: string) => void,
): void {
  users.forEach(({ name, enabled, nopass, passwordSha256, commands }, index) => {
    if (users.findIndex((other) => other.name === name) < index) add(index, 'name', `there is another user ${name}`);
    if (nopass && passwordSha256.length > 0) add(index, 'nopass', `the user ${name} has a password too: leave one out`);
    if (enabled && !nopass && passwordSha256.length === 0) {
      add(index, 'name', `the user ${name} could never come in: set password, password_sha256 or nopass = true`);
    }
    if (name === DEFAULT_USER && security.password !== undefined) {
      add(
        index,
        'name',
        'security.password (or DATAFABRIC_PASSWORD) is the password of the user default: set it here only',
      );
    }
    for (const rule of commands) {
      const refusal = surroundings.refuseRule(rule);
      if (refusal !== undefined) add(index, 'commands', refusal);
    }
  });
}
