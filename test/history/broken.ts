/** Connections to nodes that lie: for examining the checker. */
import type { Connection } from './load.js';

type Call = Connection['call'];
type Lie = (call: Call) => Call;

const WRITES = new Set(['SET', 'FABRIC.INSERT']);

const lying =
  (lie: Lie) =>
  (connect: () => Connection): (() => Connection) =>
  () => {
    const connection = connect();
    return { call: lie(connection.call), close: () => connection.close() };
  };

/** Every `nth` SET is acknowledged and forgotten. */
export const droppingWrites = (nth: number): ReturnType<typeof lying> => {
  let count = 0;
  return lying((call) => async (command, ...args) => {
    if (command === 'SET' && ++count % nth === 0) return Buffer.from('OK');
    return call(command, ...args);
  });
};

/** Every `nth` GET that would tell something new answers as the one before. */
export const answeringStale = (nth: number): ReturnType<typeof lying> => {
  let count = 0;
  const before = new Map<string, Buffer | null>();
  return lying((call) => async (command, ...args) => {
    const reply = await call(command, ...args);
    if (command !== 'FABRIC.GET') return reply;
    const [name, now] = [String(args[0]), reply as Buffer | null];
    const old = before.get(name);
    before.set(name, now);
    const isNews = old !== undefined && String(old) !== String(now);
    return isNews && ++count % nth === 0 ? old : now;
  });
};

/** Every `nth` DELETE is undone: what was there is written again, unasked. */
export const undoingDeletes = (nth: number): ReturnType<typeof lying> => {
  let count = 0;
  return lying((call) => async (command, ...args) => {
    if (command !== 'FABRIC.DELETE' || ++count % nth !== 0) return call(command, ...args);
    const bytes = (await call('FABRIC.GET', args[0]!)) as Buffer | null;
    const reply = await call(command, ...args);
    if (bytes !== null) await call('SET', args[0]!, bytes);
    return reply;
  });
};

/** Every `nth` write has its last byte changed on the way. */
export const spoilingBytes = (nth: number): ReturnType<typeof lying> => {
  let count = 0;
  return lying((call) => async (command, ...args) => {
    const payload = args.at(-1);
    if (!WRITES.has(command) || !Buffer.isBuffer(payload) || ++count % nth !== 0) return call(command, ...args);
    const spoilt = Buffer.from(payload);
    spoilt[spoilt.length - 1]! ^= 1;
    return call(command, ...args.slice(0, -1), spoilt);
  });
};
