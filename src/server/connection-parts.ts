import type { Logger } from 'pino';
import type { Context } from '../commands/context.js';
import type { RespLimits } from '../resp/limits.js';
import type { RequestParser } from '../resp/parser.js';
import type { Dispatcher } from './dispatch.js';
import type { InputBudget } from './input-budget.js';
import type { ServerMetrics } from './metrics.js';
import type { Monitors } from './monitors.js';
import type { OutputPool } from './output-pool.js';
import type { PauseGate } from './pause-gate.js';
import type { ConnectionSession } from './session.js';
import type { Subscriptions } from './subscriptions.js';

/** What all connections share. */
export interface ConnectionParts {
  readonly limits: RespLimits;
  readonly config: Context['config'];
  readonly users: Context['users'];
  readonly parser: RequestParser;
  readonly dispatcher: Dispatcher;
  readonly inputs: InputBudget;
  readonly outputs: OutputPool;
  readonly gate: PauseGate;
  readonly metrics: ServerMetrics;
  readonly pubsub: Subscriptions;
  readonly monitors: Monitors;
  readonly log: Logger;
  now(): number;
  contextOf(session: ConnectionSession): Context;
}

export interface ConnectionOrigin {
  readonly id: number;
  readonly remoteAddress: string;
  readonly localAddress: string;
}
