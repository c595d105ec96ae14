/** What users were refused lately. */
import type { Session } from './context.js';

export type AclReason = 'command' | 'key' | 'auth';

export interface AclEntry {
  count: number;
  readonly reason: AclReason;
  readonly object: Buffer;
  readonly username: string;
  atMs: number;
  clientInfo: string;
}

const ENTRIES_MAX = 128;
/** The same refusal within this time counts up the entry. */
const GROUPED_MS = 60_000;
/** A guessed name can be as long as a request. */
const OBJECT_BYTES_MAX = 512;

export class AclLog {
  readonly #now: () => number;
  /** Newest first. */
  readonly #describe: (session: Session, nowMs: number) => string;
  #entries: AclEntry[] = [];

  /** `describe` gives a session's line of CLIENT LIST. */
  constructor(now: () => number, describe: (session: Session, nowMs: number) => string) {
    this.#now = now;
    this.#describe = describe;
  }

  get entries(): readonly AclEntry[] {
    return this.#entries;
  }

  note(session: Session, reason: AclReason, object: Buffer, username = session.user.name): void {
    const atMs = this.#now();
    const clientInfo = this.#describe(session, atMs).trimEnd();
    const shown = Buffer.from(object.subarray(0, OBJECT_BYTES_MAX));
    const former = this.#entries.find(
      (entry) =>
        entry.reason === reason &&
        entry.username === username &&
        entry.object.equals(shown) &&
        atMs - entry.atMs <= GROUPED_MS,
    );
    const entry = former ?? { count: 0, reason, object: shown, username, atMs, clientInfo };
    Object.assign(entry, { count: entry.count + 1, atMs, clientInfo });
    this.#entries = [entry, ...this.#entries.filter((other) => other !== former)].slice(0, ENTRIES_MAX);
  }

  reset(): void {
    this.#entries = [];
  }
}
