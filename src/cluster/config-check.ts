/** From a document to checked values; every problem is found, not only the first. */
import type { z } from 'zod';
import { nearest } from '../util/nearest.js';
import type { ConfigDocument } from './config-document.js';
import { ConfigError, type Problem } from './config-problem.js';
import { schema, sections, type RawConfig } from './config-schema.js';
import { isLoopback } from '../util/loopback.js';

export function checkConfig(document: ConfigDocument): RawConfig {
  const parsed = schema.safeParse(document.values);
  const problems = parsed.success
    ? contradictions(parsed.data, document)
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

function describeUnknownKey(path: readonly PropertyKey[], document: ConfigDocument): Problem {
  const { key: where, offset } = document.mark(path);
  const key = String(path.at(-1));
  const section = path.length > 1 ? String(path[0]) : undefined;
  const known = Object.keys(section === undefined ? sections : sections[section]!);
  const what = section === undefined ? `there is no section [${key}]` : `[${section}] has no key "${key}"`;
  return { where, offset, text: `${what}${hint(key, known)} Allowed: ${known.join(', ')}` };
}

function hint(key: string, known: readonly string[]): string {
  const meant = nearest(key, known);
  if (meant !== undefined) return `; did you mean "${meant}"?`;
  const home = Object.keys(sections).find((name) => key in sections[name]!);
  return home === undefined ? '.' : `; it belongs in [${home}].`;
}

function describeValue(path: readonly PropertyKey[], document: ConfigDocument): Problem {
  const [section, key] = path.map(String);
  const { value: where, found, offset } = document.mark(path);
  const field = key === undefined ? undefined : sections[section!]?.[key];
  if (!field) return { where, offset, text: `found ${found}; allowed: a table [${section}] with its keys below it` };
  const shown = field.secret ? 'another value' : found;
  return { where, offset, text: `${section}.${key}: found ${shown}; allowed: ${field.allowed}` };
}

/** What no single key can tell. */
function contradictions({ listen, security, limits }: RawConfig, document: ConfigDocument): Problem[] {
  const problems: Problem[] = [];
  const add = (path: readonly string[], text: string): void => {
    const { value: where, offset } = document.mark(path);
    problems.push({ where, offset, text: `${path.join('.')}: ${text}` });
  };
  const exposed = listen.hosts.filter((host) => !isLoopback(host));
  if (exposed.length > 0 && security.password === undefined) {
    add(
      ['listen', 'hosts'],
      `${exposed.join(', ')} can be reached from other machines, and there is no password: anyone could read and ` +
        'delete everything. Set security.password (or DATAFABRIC_PASSWORD), or listen on 127.0.0.1 only',
    );
  }
  if (listen.hosts.length === 0 && listen.unix_socket === undefined) {
    add(['listen', 'hosts'], 'is empty and there is no listen.unix_socket: nobody could connect. Set one of them');
  }
  if (limits.reserved_bytes_max < limits.bulk_bytes_max) {
    add(
      ['limits', 'reserved_bytes_max'],
      `${limits.reserved_bytes_max} is less than limits.bulk_bytes_max, ${limits.bulk_bytes_max}: the largest payload could ` +
        'never come in. Raise the one or lower the other',
    );
  }
  return problems;
}
