/**
 * One client: bytes → framer → dispatcher → encoder → bytes, strictly one request after the other. While a request waits, for its own
 * promise, for its bulk, for CLIENT PAUSE or for the client to take its replies, those behind it stay undecoded.
 */
import type { Context } from '../commands/context.js';
import { leaveStates } from '../commands/session-state.js';
import type { FabricError } from '../errors.js';
import { Framer, type Bypass, type Frame } from '../resp/framer.js';
import type { Push } from '../resp/push.js';
import { BulkIntake } from './bulk-intake.js';
import type { ConnectionOrigin, ConnectionParts } from './connection-parts.js';
import { HotLoan } from './hot-loan.js';
import { ItemsSender } from './items-sender.js';
import { Reading } from './reading.js';
import { Replies } from './replies.js';
import { errorReply, replyError } from './reply-error.js';
import { Requests } from './requests.js';
import { ConnectionSession } from './session.js';
import { Silence } from './silence.js';
import { SlowReceiver } from './slow-receiver.js';
import type { Transport } from './transport.js';

/** Requests executed before the other connections get their turn. */
const REQUESTS_PER_TURN = 1000;
/** Reading stops while requests wait and this much is held for them. */
const STASH_BYTES_MAX = 256 * 1024;
const TOO_MUCH_INPUT =
  'the unfinished requests of all clients are more than limits.input_bytes_max allows, and this was the longest: send less at a time';

export class Connection {
  readonly session: ConnectionSession;
  readonly #parts: ConnectionParts;
  readonly #transport: Transport;
  readonly #context: Context;
  readonly #framer: Framer;
  readonly #intake: BulkIntake;
  readonly #replies: Replies;
  readonly #items: ItemsSender;
  readonly #requests: Requests;
  readonly #reading: Reading;
  readonly #hotLoan: HotLoan;
  readonly #silence: Silence;
  readonly #slowReceiver: SlowReceiver;

  /** On the stack right now. */
  #running = false;
  /** Bytes of a large bulk the transport delivers elsewhere; 0: none. */
  #awayBytes = 0;
  /** To be called once nothing of this connection runs any more. */
  #forget: (() => void) | undefined;
  /** The next turn is scheduled. */
  #yielded = false;
  /** The peer has closed its sending side, and every byte before that is here. */
  #ended = false;
  /** The peer has closed its sending side, and there may be bytes before that which are still unread. */
  #ending = false;
  #draining = false;
  /** No request is executed any more; what is queued is sent. */
  #closing = false;
  #closed = false;

  constructor(origin: ConnectionOrigin, transport: Transport, parts: ConnectionParts) {
    this.#parts = parts;
    this.#transport = transport;
    const createdMs = parts.now();
    this.#reading = new Reading(transport);
    this.#hotLoan = new HotLoan(transport);
    this.#silence = new Silence(transport, createdMs);
    this.session = new ConnectionSession({
      ...origin,
      createdMs,
      authenticated: parts.users.open,
      user: parts.users.default,
      outputBytes: () => (this.#closed ? 0 : transport.pending()),
      inputBytes: () => this.#framer.heapBytes,
      push: (push) => this.#push(push),
      subscribed: (session) => parts.pubsub.has(session),
      monitoring: (session) => parts.monitors.has(session),
    });
    this.#slowReceiver = new SlowReceiver(parts.config.limits);
    this.#context = parts.contextOf(this.session);
    this.#intake = new BulkIntake(this.#context, parts.dispatcher, parts.limits, parts.log);
    this.#replies = new Replies(this.session, transport, parts);
    const owner = {
      closing: () => this.#closing,
      resume: (step: () => void) => this.#guard(() => (this.#closing ? step() : this.#resume(step))),
    };
    this.#items = new ItemsSender(this.#replies, {
      ...owner,
      pendingBytesMax: () => parts.config.limits.outputBufferBytesMax,
      destroy: () => this.destroy(),
      ended: () => this.#forget?.(),
    });
    this.#requests = new Requests(parts, {
      ...owner,
      session: this.session,
      context: this.#context,
      replies: this.#replies,
      items: this.#items,
      leaving: () => this.#ended || this.#draining,
    });
    this.#framer = new Framer(
      parts.limits,
      parts.parser,
      (before, index, count, length) => this.#intake.route(before, index, count, length),
      parts.inputs.share(() => this.#giveUp(TOO_MUCH_INPUT)),
    );
  }

  data(bytes: Buffer): void {
    this.#hotLoan.ended();
    if (this.#closing) return;
    this.#parts.metrics.inputBytes += bytes.length;
    this.session.lastActiveMs = this.#parts.now();
    this.#framer.push(bytes);
    this.#run();
  }

  /** The rest of a large bulk has arrived. */
  sunk(crc32c: number): void {
    this.#parts.metrics.inputBytes += this.#awayBytes;
    this.session.lastActiveMs = this.#parts.now();
    this.#awayBytes = 0;
    this.#intake.sunk(crc32c);
    this.#framer.bypassed();
    this.#run();
  }

  sinkFailed(): void {
    this.#intake.failed();
  }

  /** The peer has closed its sending side. While reading is paused that is known before the last bytes are. */
  end(): void {
    if (this.#reading.paused) this.#ending = true;
    else this.#ended = true;
    if (this.#awayBytes > 0) {
      this.destroy();
      return;
    }
    this.#requests.unblock();
    this.#run();
  }

  drain(): void {
    this.#replies.drained();
    if (this.#items.held && !this.#running) this.#resume(() => this.#items.proceed());
    else this.#run();
  }

  /** The transport has let go of everything. `forget` is called when a transaction under way has come to its end, or at once. */
  closed(forget: () => void): void {
    this.#closed = true;
    this.#stop();
    this.#intake.abandon();
    this.#requests.abandon();
    this.#forget = forget;
    if (!this.#items.busy) forget();
    // What waited for its reader has none any more.
    else if (this.#items.held && !this.#running) this.#items.proceed();
  }

  /** Closes at once; what is queued is lost. */
  destroy(): void {
    if (this.#closed) return;
    this.#stop();
    this.#transport.destroy();
  }

  /** Lets a request that has begun finish, then closes; blocked ones give up now. */
  finish(): void {
    this.#draining = true;
    this.#requests.unblock();
    // What the transport has begun it finishes; then `idle`.
    if (this.#transport.busy()) this.#offer();
    else this.#run();
  }

  /** The transport is through with what it had begun, and may begin nothing more. */
  idle(): void {
    this.session.lastActiveMs = this.#parts.now();
    this.#run();
  }

  /** The transport couldn't store what it had begun. */
  refused(error: FabricError): void {
    this.#hotLoan.ended();
    this.#resume(() => this.#replies.answer(undefined, replyError(error, this.#parts.log)));
  }

  /** Brings the session up to date with what the transport has answered by itself. */
  refresh(): void {
    const use = this.#transport.hotUse();
    if (use === undefined) return;
    this.session.lastCommand = use.command;
    this.session.lastActiveMs = this.#parts.now() - use.agoMs;
  }

  /** Ends what takes too long; called every second or so. */
  sweep(nowMs: number): void {
    if (this.#closing) return;
    this.refresh();
    const silentMs = this.#silence.look(nowMs, this.#waiting);
    const listens = this.session.subscribed || this.session.monitoring;
    if (listens) this.#lookAtReceiver(nowMs);
    if (this.#waiting) return;
    if (this.#ending && silentMs > 0) {
      this.end();
      return;
    }
    const { halfSentMs, idleMs } = this.#parts.config.limits;
    if (this.#framer.midRequest || this.#transport.busy()) {
      if (silentMs >= halfSentMs) this.#giveUp(`a request stayed half-sent for ${halfSentMs} ms`);
    } else if (idleMs > 0 && !listens && nowMs - this.session.lastActiveMs >= idleMs) {
      this.#close();
    }
  }

  #giveUp(why: string): void {
    this.#parts.log.info({ client: this.session.remoteAddress }, why);
    if (this.#awayBytes > 0 || this.#transport.busy()) {
      this.destroy();
      return;
    }
    this.#replies.begin();
    this.#replies.answer(undefined, errorReply(`ERR ${why}`));
    this.#replies.finish();
    this.#close();
  }

  #stop(): void {
    this.#closing = true;
    this.#replies.stop();
    this.#framer.stop();
    leaveStates(this.#context);
    this.session.abort();
  }

  #push(push: Push): void {
    if (this.#closing) return;
    this.#replies.push(push);
    this.#lookAtReceiver(this.#parts.now());
  }

  #lookAtReceiver(nowMs: number): void {
    const passed = this.#slowReceiver.look(this.#replies.pendingBytes, nowMs);
    if (passed === undefined) return;
    this.#parts.log.warn({ client: this.session.remoteAddress }, `closed: it takes messages too slowly (${passed})`);
    this.#parts.metrics.outputLimitDisconnections++;
    this.destroy();
  }

  /** Sends what is queued, then closes. */
  #close(): void {
    if (this.#closing) return;
    this.#stop();
    this.#transport.end();
  }

  /** True while the next step is ours or the reader's, not the sender's. */
  get #waiting(): boolean {
    return this.#requests.busy || this.#items.busy || this.#yielded || this.#replies.congested;
  }

  get #ready(): boolean {
    return !this.#closing && this.#awayBytes === 0 && !this.#waiting;
  }

  /** Executes what can be executed now, sends the replies in one go, then sees what is to be done about the rest. */
  #run(): void {
    if (this.#running) return;
    if (this.#ready) {
      this.#running = true;
      this.#replies.begin();
      const exhausted = this.#pull();
      this.#replies.finish();
      this.#running = false;
      if (!this.#items.busy && (this.session.closeAfterReply || (exhausted && (this.#ended || this.#draining)))) {
        this.#close();
      }
    }
    this.#regulate();
    this.#offer();
  }

  /**
   * Lets the transport answer plain requests from here on if nothing is under way that they could overtake, and nothing in the
   * session changes what they answer.
   */
  #offer(): void {
    const idle = this.#ready && !this.#draining && this.#framer.drained && !this.#framer.midRequest;
    this.#hotLoan.set(idle && this.session.plain ? this.session.protocol : 0);
  }

  /** True when there is no request left to execute. */
  #pull(): boolean {
    for (let requests = 0; this.#ready && !this.session.closeAfterReply; requests++) {
      if (this.#draining && !this.#framer.midRequest) return true;
      if (requests === REQUESTS_PER_TURN) {
        this.#yield();
        return false;
      }
      this.#framer.authenticated = this.session.authenticated;
      const frame = this.#framer.next();
      if (frame === undefined) return !(this.#draining && this.#framer.midRequest);
      this.#take(frame);
    }
    return false;
  }

  #yield(): void {
    this.#yielded = true;
    setImmediate(() => {
      this.#guard(() => {
        this.#yielded = false;
        this.#run();
      });
    });
  }

  #take(frame: Frame): void {
    if (Array.isArray(frame)) {
      this.#requests.take(frame, this.#intake.take());
      return;
    }
    switch (frame.kind) {
      case 'bypass':
        this.#bypass(frame);
        break;
      case 'fatal':
        this.#replies.answer(undefined, errorReply(frame.text));
        this.session.closeAfterReply = true;
        break;
      case 'hangup':
        this.#parts.log.warn({ client: this.session.remoteAddress }, 'an HTTP client was turned away');
        this.session.closeAfterReply = true;
    }
  }

  #bypass(bypass: Bypass): void {
    this.#awayBytes = bypass.remaining;
    // The transport must be reading, or the bulk would never come.
    this.#reading.resume();
    this.#intake.begin(bypass, this.#transport);
  }

  /** Takes the connection up again after a wait, in the order of its requests. */
  #resume(step: () => void): void {
    this.#replies.begin();
    step();
    this.#replies.finish();
    this.#run();
  }

  /** Reads no further while much is stashed behind a request that waits. */
  #regulate(): void {
    if (this.#closing) return;
    const full = this.#waiting && this.#awayBytes === 0 && this.#framer.heapBytes > STASH_BYTES_MAX;
    if (full) this.#reading.pause();
    else this.#reading.resume();
  }

  /** For what the event loop calls directly: a fault costs this connection, not the server. */
  #guard(action: () => void): void {
    try {
      action();
    } catch (error) {
      this.#parts.log.error({ err: error, client: this.session.remoteAddress }, 'a connection failed unexpectedly');
      this.destroy();
    }
  }
}
