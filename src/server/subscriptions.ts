/** Who hears what is published: channels, patterns and shard channels. Knows no sockets, only receivers. */
import type { ChannelKind, PubSub, Receiver, SubscriptionKind } from '../commands/pubsub.js';
import type { Push, Pushes } from '../resp/push.js';
import { globMatcher } from '../util/glob.js';

/** Binary-safe as a key of maps: one character per byte. */
const keyOf = (name: Buffer) => name.toString('latin1');
const nameOf = (key: string) => Buffer.from(key, 'latin1');

interface Pattern {
  readonly matches: (channel: Buffer) => boolean;
  readonly receivers: Set<Receiver>;
}

type Names = Readonly<Record<SubscriptionKind, Set<string>>>;
const LETTER: Readonly<Record<SubscriptionKind, string>> = { channel: '', pattern: 'p', shard: 's' };

const noNames = (): Names => ({ channel: new Set(), pattern: new Set(), shard: new Set() });

export class Subscriptions implements PubSub {
  readonly #pushes: Pushes;
  readonly #channels: Readonly<Record<ChannelKind, Map<string, Set<Receiver>>>> = {
    channel: new Map(),
    shard: new Map(),
  };
  readonly #patterns = new Map<string, Pattern>();
  /** What each receiver hears; those that hear nothing aren't in it. */
  readonly #names = new Map<Receiver, Names>();

  constructor(pushes: Pushes) {
    this.#pushes = pushes;
  }

  get receivers(): number {
    return this.#names.size;
  }

  get patterns(): number {
    return this.#patterns.size;
  }

  /** Whether it hears anything. */
  has(receiver: Receiver): boolean {
    return this.#names.has(receiver);
  }

  /** As confirmations tell it: channels and patterns together, shard channels by themselves. */
  count(receiver: Receiver, kind: SubscriptionKind): number {
    const names = this.#names.get(receiver);
    if (names === undefined) return 0;
    return kind === 'shard' ? names.shard.size : names.channel.size + names.pattern.size;
  }

  tally(receiver: Receiver): Readonly<Record<SubscriptionKind, number>> {
    const { channel, pattern, shard } = this.#names.get(receiver) ?? noNames();
    return { channel: channel.size, pattern: pattern.size, shard: shard.size };
  }

  channels(kind: ChannelKind): Buffer[] {
    return [...this.#channels[kind].keys()].map(nameOf);
  }

  patternNames(): Buffer[] {
    return [...this.#patterns.keys()].map(nameOf);
  }

  audience(kind: ChannelKind, channel: Buffer): number {
    return this.#channels[kind].get(keyOf(channel))?.size ?? 0;
  }

  subscribe(receiver: Receiver, kind: SubscriptionKind, name: Buffer): void {
    const key = keyOf(name);
    let names = this.#names.get(receiver);
    if (names === undefined) this.#names.set(receiver, (names = noNames()));
    names[kind].add(key);
    if (kind === 'pattern') this.#patternOf(key, name).receivers.add(receiver);
    else this.#receiversOf(kind, key).add(receiver);
    this.#confirm(receiver, kind, 'subscribe', name);
  }

  unsubscribe(receiver: Receiver, kind: SubscriptionKind, name: Buffer): void {
    const names = this.#names.get(receiver);
    if (names !== undefined) {
      this.#forget(receiver, names, kind, keyOf(name));
      if (names.channel.size + names.pattern.size + names.shard.size === 0) this.#names.delete(receiver);
    }
    this.#confirm(receiver, kind, 'unsubscribe', name);
  }

  unsubscribeAll(receiver: Receiver, kind: SubscriptionKind): void {
    const keys = [...(this.#names.get(receiver)?.[kind] ?? [])];
    if (keys.length === 0) this.#confirm(receiver, kind, 'unsubscribe', null);
    for (const key of keys) this.unsubscribe(receiver, kind, nameOf(key));
  }

  leave(receiver: Receiver): void {
    const names = this.#names.get(receiver);
    if (names === undefined) return;
    for (const kind of ['channel', 'pattern', 'shard'] as const) {
      for (const key of names[kind]) this.#forget(receiver, names, kind, key);
    }
    this.#names.delete(receiver);
  }

  publish(kind: ChannelKind, channel: Buffer, message: Buffer): number {
    const word = kind === 'channel' ? 'message' : 'smessage';
    const direct = this.#channels[kind].get(keyOf(channel));
    let heard = direct === undefined ? 0 : send(direct, this.#pushes.message([word, channel, message]));
    if (kind === 'shard') return heard;
    for (const [key, { matches, receivers }] of this.#patterns) {
      if (!matches(channel)) continue;
      heard += send(receivers, this.#pushes.message(['pmessage', nameOf(key), channel, message]));
    }
    return heard;
  }

  #confirm(receiver: Receiver, kind: SubscriptionKind, verb: string, name: Buffer | null): void {
    receiver.push(this.#pushes.message([LETTER[kind] + verb, name, this.count(receiver, kind)]));
  }

  #forget(receiver: Receiver, names: Names, kind: SubscriptionKind, key: string): void {
    if (!names[kind].delete(key)) return;
    if (kind === 'pattern') {
      const { receivers } = this.#patterns.get(key)!;
      receivers.delete(receiver);
      if (receivers.size === 0) this.#patterns.delete(key);
      return;
    }
    const receivers = this.#channels[kind].get(key)!;
    receivers.delete(receiver);
    if (receivers.size === 0) this.#channels[kind].delete(key);
  }

  #patternOf(key: string, name: Buffer): Pattern {
    let pattern = this.#patterns.get(key);
    if (pattern === undefined) {
      pattern = { matches: globMatcher(Buffer.from(name)), receivers: new Set() };
      this.#patterns.set(key, pattern);
    }
    return pattern;
  }

  #receiversOf(kind: ChannelKind, key: string): Set<Receiver> {
    let receivers = this.#channels[kind].get(key);
    if (receivers === undefined) this.#channels[kind].set(key, (receivers = new Set()));
    return receivers;
  }
}

/** Receivers that leave on their push, because they don't take what is sent, are still counted. */
function send(receivers: ReadonlySet<Receiver>, push: Push): number {
  const heard = receivers.size;
  for (const receiver of receivers) receiver.push(push);
  return heard;
}
