/** Users in Redis' notation: ACL LIST, ACL GETUSER. */
import { record, set, type Reply } from '../resp/reply.js';
import type { User } from './user.js';

/** Publishing and subscribing aren't restricted by name. */
const CHANNELS = '&*';
const NOTHING = '-@all';

/** Redis begins with one of these two. */
function commandsOf({ rules }: User): string {
  const [first] = rules;
  return first === '+@all' || first === NOTHING ? rules.join(' ') : [NOTHING, ...rules].join(' ');
}

/** `~pattern` for both, `%R~pattern` to read, `%W~pattern` to write. */
function keysOf({ patterns: { read, write } }: User): string {
  const both = read.filter((pattern) => write.includes(pattern));
  const rest = (patterns: readonly string[]) => patterns.filter((pattern) => !both.includes(pattern));
  return [
    ...both.map((pattern) => `~${pattern}`),
    ...rest(read).map((pattern) => `%R~${pattern}`),
    ...rest(write).map((pattern) => `%W~${pattern}`),
  ].join(' ');
}

const flagsOf = ({ enabled, nopass }: User): string[] => [enabled ? 'on' : 'off', ...(nopass ? ['nopass'] : [])];

/** `user bob on #… ~tenant/* &* -@all +@read` */
export function userLine(user: User): string {
  const passwords = user.passwordSha256.map((digits) => `#${digits}`);
  const parts = ['user', user.name, ...flagsOf(user), ...passwords, keysOf(user), CHANNELS, commandsOf(user)];
  return parts.filter((part) => part !== '').join(' ');
}

export function userReply(user: User): Reply {
  return record({
    flags: set(flagsOf(user)),
    passwords: user.passwordSha256,
    commands: commandsOf(user),
    keys: keysOf(user),
    channels: CHANNELS,
    selectors: [],
  });
}
