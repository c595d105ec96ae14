/** `client-output-buffer-limit` in Redis' words: for each class a hard limit, a soft limit and its seconds. */
import { ParameterRefusal } from './config-parameter.js';
import type { Parameter } from './config-parameter.js';

const MS_PER_SECOND = 1000;
const FIELDS = 4;
const INTEGER = /^[0-9]{1,15}$/;

/** Only `pubsub` can be set: other clients are paused, not disconnected, when they don't read, and there are no replicas. */
export const outputLimits: Parameter = {
  name: 'client-output-buffer-limit',
  read: ({ config: { limits } }) =>
    `normal 0 0 0 slave 0 0 0 pubsub ${limits.pushedBytesMax} ${limits.pushedSoftBytes} ` +
    String(Math.floor(limits.pushedSoftMs / MS_PER_SECOND)),
  prepare: ({ config: { limits } }, text) => {
    const words = text.trim().split(/\s+/);
    if (words.length % FIELDS !== 0) throw new ParameterRefusal('Wrong number of arguments');
    const changes: (() => void)[] = [];
    for (let at = 0; at < words.length; at += FIELDS) {
      const [name, ...values] = words.slice(at, at + FIELDS);
      if (!values.every((value) => INTEGER.test(value)))
        throw new ParameterRefusal('limits are integers of bytes and seconds');
      const [hard = 0, soft = 0, seconds = 0] = values.map(Number);
      if (name?.toLowerCase() === 'pubsub') {
        changes.push(() => {
          limits.pushedBytesMax = hard;
          limits.pushedSoftBytes = soft;
          limits.pushedSoftMs = seconds * MS_PER_SECOND;
        });
      } else if (hard + soft + seconds > 0) {
        throw new ParameterRefusal(
          'only pubsub has limits here: other clients are not read from while they do not take replies',
        );
      }
    }
    return () => changes.forEach((change) => change());
  },
};
