import type { Config, UserConfig } from '../../dist/cluster/config.js';
import { sha256 } from '../../dist/cluster/config-users.js';
import { testConfig } from './context.js';

/** A user whose password is `pw`. */
export function user(fields: Partial<UserConfig> = {}): UserConfig {
  return {
    name: 'bob',
    enabled: true,
    nopass: false,
    passwordSha256: [sha256('pw')],
    commands: [],
    read: [],
    write: [],
    ...fields,
  };
}

export const configWith = (...users: readonly UserConfig[]): Config => ({ ...testConfig(), users });
