/** Ways to spoil a good history so that it can't be any more. */
import { isLook, isWrite, type Look, type Operation } from './operation.js';

export type Mutation = (history: readonly Operation[], pick: <T>(items: readonly T[]) => T) => Operation[] | undefined;

const looksAtBytes = (history: readonly Operation[]): Look[] =>
  history.filter(isLook).filter(({ kind, outcome }) => kind === 'GET' && outcome === 'ok');

const changed = (history: readonly Operation[], look: Look, seen: Look['seen']): Operation[] =>
  history.map((operation): Operation => (operation === look ? { ...look, seen: seen ?? null } : operation));

/** Undefined from a mutation: the history has nothing it could spoil. */
export const MUTATIONS: Readonly<Record<string, Mutation>> = {
  'bytes nobody wrote': (history, pick) => {
    const looks = looksAtBytes(history);
    return looks.length === 0 ? undefined : changed(history, pick(looks), { length: 7, crc32c: 0xffff_ffff });
  },

  "another name's bytes": (history, pick) => {
    const looks = looksAtBytes(history);
    if (looks.length === 0) return undefined;
    const look = pick(looks);
    const others = history.filter(isWrite).filter(({ name }) => name !== look.name);
    if (others.length === 0) return undefined;
    const { length, crc32c } = pick(others).value;
    return changed(history, look, { length, crc32c });
  },

  'bytes that were written later': (history, pick) => {
    const pairs = looksAtBytes(history).flatMap((look) =>
      history
        .filter(isWrite)
        .filter((write) => write.name === look.name && write.invokedNs > look.returnedNs)
        .map(({ value: { length, crc32c } }) => ({ look, seen: { length, crc32c } })),
    );
    if (pairs.length === 0) return undefined;
    const { look, seen } = pick(pairs);
    return changed(history, look, seen);
  },

  'bytes that were replaced or deleted before': (history, pick) => {
    const triples = looksAtBytes(history).flatMap((look) => {
      const done = history.filter(
        ({ name, outcome, returnedNs }) => name === look.name && outcome === 'ok' && returnedNs < look.invokedNs,
      );
      const writes = done.filter(isWrite);
      const ends = done.filter(({ kind }) => kind === 'SET' || kind === 'DELETE');
      return writes
        .filter((write) => ends.some(({ invokedNs }) => invokedNs > write.returnedNs))
        .map(({ value: { length, crc32c } }) => ({ look, seen: { length, crc32c } }));
    });
    if (triples.length === 0) return undefined;
    const { look, seen } = pick(triples);
    return changed(history, look, seen);
  },

  'nothing, where an acknowledged write must be': (history, pick) => {
    const looks = looksAtBytes(history).filter((look) => {
      const others = history.filter(({ name, kind }) => name === look.name && kind === 'DELETE');
      const written = history
        .filter(isWrite)
        .some(({ name, outcome, returnedNs }) => name === look.name && outcome === 'ok' && returnedNs < look.invokedNs);
      return others.length === 0 && written;
    });
    return looks.length === 0 ? undefined : changed(history, pick(looks), null);
  },
};
