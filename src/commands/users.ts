/** Everyone who may come in. */
import { DEFAULT_USER } from '../cluster/config-reach.js';
import { sha256 } from '../cluster/config-users.js';
import type { Config } from '../cluster/config.js';
import { secretsEqual } from '../util/secret.js';
import { GuessBrake } from './guess-brake.js';
import type { CommandTable } from './table.js';
import { User, type Secrets } from './user.js';

/** Nobody's: compared with when there is nothing else, so that time doesn't tell which users exist. */
const NOBODY: Secrets = { nopass: false, passwordSha256: [sha256('')] };

export class Users {
  readonly brake = new GuessBrake();
  readonly #users: ReadonlyMap<string, User>;

  constructor(config: Pick<Config, 'security' | 'users'>, table: CommandTable) {
    const configured = config.users.map((user) => new User(user, user, table));
    const named = new Map(configured.map((user) => [user.name, user]));
    if (!named.has(DEFAULT_USER)) named.set(DEFAULT_USER, implicitDefault(config, table));
    this.#users = new Map([...named].toSorted(([one], [other]) => (one < other ? -1 : 1)));
  }

  /** Sorted by name. */
  all(): Iterable<User> {
    return this.#users.values();
  }

  find(name: string): User | undefined {
    return this.#users.get(name);
  }

  /** Who a connection is before it says otherwise. */
  get default(): User {
    return this.#users.get(DEFAULT_USER)!;
  }

  /** Whether that needs no AUTH. */
  get open(): boolean {
    return this.default.enabled && this.default.nopass;
  }

  /** The user, if the password is right. Takes as long for a user that doesn't exist. */
  authenticate(name: string, password: Buffer): User | undefined {
    const user = this.find(name);
    const { nopass, passwordSha256 } = user ?? NOBODY;
    const given = sha256(password);
    const right = passwordSha256.filter((expected) => secretsEqual(given, expected)).length > 0;
    return user?.enabled === true && (nopass || right) ? user : undefined;
  }
}

/** May do everything; CONFIG SET changes the password while the server runs. */
function implicitDefault({ security }: Pick<Config, 'security'>, table: CommandTable): User {
  const grants = { name: DEFAULT_USER, enabled: true, commands: ['+@all'], read: ['*'], write: ['*'] };
  const secrets: Secrets = {
    get nopass() {
      return security.password === undefined;
    },
    get passwordSha256() {
      return security.password === undefined ? [] : [sha256(security.password)];
    },
  };
  return new User(grants, secrets, table);
}
