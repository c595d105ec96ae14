import type { UserConfig } from '../cluster/config.js';
import type { Command } from './command.js';
import { matchesEverything, namePatterns, type NameMatcher } from './name-patterns.js';
import type { CommandTable } from './table.js';
import { allowedBy } from './user-rules.js';

export type Access = 'read' | 'write';

/** Who a session acts as. What a user may do is worked out once, here. */
export class User {
  readonly name: string;
  readonly enabled: boolean;
  /** May run every command on every name: nothing needs to be asked for a request. */
  readonly unrestricted: boolean;
  /** May name sources of the server's machine: FILE and SHM. */
  readonly dangerous: boolean;
  /** As configured. */
  readonly rules: readonly string[];
  readonly patterns: Readonly<Record<Access, readonly string[]>>;
  readonly #secrets: Secrets;
  readonly #commands: ReadonlySet<Command>;
  /** Absent: every name. */
  readonly #matchers: Readonly<Record<Access, NameMatcher | undefined>>;

  constructor(config: UserGrants, secrets: Secrets, table: CommandTable) {
    const { commands, everything, dangerous } = allowedBy(config.commands, table);
    this.name = config.name;
    this.enabled = config.enabled;
    this.dangerous = dangerous;
    this.rules = config.commands;
    this.patterns = { read: config.read, write: config.write };
    this.#secrets = secrets;
    this.#commands = commands;
    this.#matchers = { read: matcherOf(config.read), write: matcherOf(config.write) };
    this.unrestricted = everything && this.mayAll('read') && this.mayAll('write');
  }

  get nopass(): boolean {
    return this.#secrets.nopass;
  }

  get passwordSha256(): readonly string[] {
    return this.#secrets.passwordSha256;
  }

  mayRun(command: Command): boolean {
    return this.#commands.has(command);
  }

  /** Every name there is or will be. */
  mayAll(access: Access): boolean {
    return this.#matchers[access] === undefined;
  }

  /** `name` in the spelling of the catalog. */
  may(access: Access, name: Buffer): boolean {
    return this.#matchers[access]?.(name) ?? true;
  }
}

export type UserGrants = Pick<UserConfig, 'name' | 'enabled' | 'commands' | 'read' | 'write'>;

export interface Secrets {
  /** Any password is right. */
  readonly nopass: boolean;
  /** Lower-case hex; each is right. */
  readonly passwordSha256: readonly string[];
}

const matcherOf = (patterns: readonly string[]): NameMatcher | undefined =>
  matchesEverything(patterns) ? undefined : namePatterns(patterns);
