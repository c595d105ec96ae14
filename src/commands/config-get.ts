import { map } from '../resp/reply.js';
import type { Reply } from '../resp/reply.js';
import { globMatcher } from '../util/glob.js';
import { ownParameters } from './config-own.js';
import { redisParameters } from './config-redis.js';
import type { Context } from './context.js';

export const parameters = new Map(
  [...redisParameters, ...ownParameters].map((parameter) => [parameter.name, parameter]),
);

/** Each parameter once, however many patterns match it. */
export function getParameters(context: Context, args: readonly Buffer[]): Reply {
  const matchers = args.slice(2).map((pattern) => globMatcher(pattern, { ignoreCase: true }));
  const matching = [...parameters.values()].filter(({ name }) => {
    const bytes = Buffer.from(name);
    return matchers.some((matches) => matches(bytes));
  });
  return map(matching.map((parameter) => [parameter.name, parameter.read(context)]));
}
