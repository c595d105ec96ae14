/** What the handlers of the publish/subscribe family need of the server. */
import type { Push } from '../resp/push.js';

/** `shard` channels are a name space of their own, without patterns. */
export type ChannelKind = 'channel' | 'shard';
export type SubscriptionKind = ChannelKind | 'pattern';

export interface Receiver {
  /** Queues a message; one that comes during a request precedes its reply. */
  push(push: Push): void;
}

export interface PubSub {
  /** How many hear anything. */
  readonly receivers: number;
  /** Different ones. */
  readonly patterns: number;
  tally(receiver: Receiver): Readonly<Record<SubscriptionKind, number>>;
  /** Those with an audience. */
  channels(kind: ChannelKind): Buffer[];
  audience(kind: ChannelKind, channel: Buffer): number;
  /** Those that somebody listens to. */
  patternNames(): Buffer[];
  /** Each of the three confirms what it did with messages to the receiver. */
  subscribe(receiver: Receiver, kind: SubscriptionKind, name: Buffer): void;
  unsubscribe(receiver: Receiver, kind: SubscriptionKind, name: Buffer): void;
  unsubscribeAll(receiver: Receiver, kind: SubscriptionKind): void;
  /** Ends all of a receiver's subscriptions, without a word. */
  leave(receiver: Receiver): void;
  /** How many heard it; who hears a channel by itself and by patterns hears it several times. */
  publish(kind: ChannelKind, channel: Buffer, message: Buffer): number;
}
