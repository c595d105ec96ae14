/**
 * Questions to other nodes, and theirs to this one. What is asked of a node in one turn is one message; the reply has the answers that are there at
 * once. One that takes longer is sent on the link of the opposite direction, so that no question waits behind another.
 */
import { randomInt } from 'node:crypto';
import { FabricError, isFabricError, type ErrorCode } from '../errors.js';
import type { ClusterConfig, ClusterNodeConfig } from './config.js';
import { PeerLink } from './peer-link.js';
import { decodeMessage, encodeMessage } from './peer-messages.js';

/** Ids begin somewhere else at each start: an answer to what was asked before is to nothing that is asked now. */
const FIRST_IDS = 2 ** 47;

/** Is the question of that id still being worked on? */
const STILL = 'still';

/** What is asked may have to wait for others who are at the same name. */
const ANSWER_TIMES = 5;

/** What is larger goes alone. */
const BATCH_BYTES_MAX = 2 ** 20;

interface Question {
  node: string;
  resolve: (answer: unknown) => void;
  reject: (error: Error) => void;
  timer: NodeJS.Timeout | undefined;
}

/** To be sent at the end of this turn. */
interface Batch {
  messages: Buffer[];
  bytes: number;
  sent: Promise<void>;
}

type Asked = readonly [from: string, to: string, id: number, verb: string, args: readonly unknown[]];
type Answered = readonly [from: string, answers: number, value: unknown];
type Refused = readonly [from: string, answers: number, code: ErrorCode, text: string];
type Answer = Answered | Refused;
type Envelope = Asked | Answer;

const isQuestion = (envelope: Envelope): envelope is Asked => envelope.length === 5;
const isRefusal = (answer: Answer): answer is Refused => answer.length === 4;

const nextTurn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** Answers a question of another node. */
export type Respond = (verb: string, args: readonly unknown[]) => Promise<unknown>;

export interface AskOptions {
  /** The answer may take as long as it wants, while the other node says that it is at it. */
  patient?: boolean;
}

export class Peers {
  readonly #config: ClusterConfig;
  readonly #self: string;
  readonly #links = new Map<string, PeerLink>();
  readonly #questions = new Map<number, Question>();
  /** Questions of others that aren't answered yet: the node and its id. */
  readonly #answering = new Set<string>();
  /** By node. */
  readonly #batches = new Map<string, Batch>();
  #asked = randomInt(FIRST_IDS);
  #closed = false;

  constructor(config: ClusterConfig, self: string) {
    this.#config = config;
    this.#self = self;
  }

  /** NOTFOUND for a node that isn't configured. */
  configOf(node: string): ClusterNodeConfig {
    const { nodes } = this.#config;
    const found = nodes.find(({ name }) => name === node);
    if (found !== undefined) return found;
    const names = nodes.map(({ name }) => name).join(', ');
    throw new FabricError('NOTFOUND', `no node '${node}' in this cluster: it has ${names} (FABRIC.NODES lists them)`);
  }

  #link(node: string): PeerLink {
    const known = this.#links.get(node);
    if (known !== undefined) return known;
    if (this.#closed) throw silent(node, ENDING);
    const link = new PeerLink(this.configOf(node), this.#config, () => this.#fail(node, 'the connection was lost'));
    this.#links.set(node, link);
    return link;
  }

  /** Errors are FabricErrors: the other node's, or REMOTE when there is no answer. */
  ask(node: string, verb: string, args: readonly unknown[], { patient = false }: AskOptions = {}): Promise<unknown> {
    const id = ++this.#asked;
    return new Promise((resolve, reject) => {
      const giveUp = () => this.#settle(id, ({ reject: fail }) => fail(silent(node, 'it takes too long')));
      const timer = patient
        ? setInterval(() => void this.#inquire(node, id), this.#config.downMs)
        : setTimeout(giveUp, this.#config.downMs * ANSWER_TIMES);
      this.#questions.set(id, { node, resolve, reject, timer });
      const question: Asked = [this.#self, node, id, verb, args];
      this.#post(node, encodeMessage(question)).catch((error: unknown) =>
        this.#settle(id, ({ reject: fail }) => fail(error as Error)),
      );
    });
  }

  /** Whoever may take long is asked whether it still is at it: its answer may have been lost, or it with the question. */
  async #inquire(node: string, id: number): Promise<void> {
    const isAtIt = await this.ask(node, STILL, [id]).catch(() => false);
    if (isAtIt !== true) this.#settle(id, ({ reject }) => reject(silent(node, 'it knows of no such question')));
  }

  /** Messages have come in: answers, and questions. Resolves to the answers to those that are there at once. */
  async receive(messages: readonly Buffer[], respond: Respond): Promise<Buffer[]> {
    const envelopes = messages.map((message) => decodeMessage(message) as Envelope);
    const questions = envelopes.filter(isQuestion);
    for (const [from, to] of questions) if (to !== this.#self) throw this.#misled(from, to);
    for (const envelope of envelopes) if (!isQuestion(envelope)) this.#answered(envelope);
    if (questions.length === 0) return [];
    const ready: Buffer[] = [];
    let replied = false;
    const answering = questions.map(async (question) => {
      const [asker, , id] = question;
      const key = questionKey(asker, id);
      this.#answering.add(key);
      const answer = await this.#answerTo(question, respond);
      if (!replied) ready.push(answer);
      // Who can't be reached gives the question up by itself; until the answer is there it is worked on.
      else await this.#post(asker, answer).catch(() => undefined);
      this.#answering.delete(key);
    });
    await Promise.race([Promise.all(answering), nextTurn()]);
    replied = true;
    return ready;
  }

  #misled(from: string, to: string): FabricError {
    const text = `this is node ${this.#self}, not ${to}: [[nodes]] of node ${from} has an address of ${to} that leads here`;
    return new FabricError('ERR', text);
  }

  #isAt(node: string, id: number): boolean {
    return this.#answering.has(questionKey(node, id));
  }

  #answered(answer: Answer): void {
    const [from, answers] = answer;
    if (this.#questions.get(answers)?.node !== from) return;
    this.#settle(answers, ({ resolve, reject }) => {
      if (isRefusal(answer)) reject(new FabricError(answer[2], answer[3]));
      else resolve(answer[2]);
    });
  }

  close(): void {
    this.#closed = true;
    for (const link of this.#links.values()) link.close();
    this.#links.clear();
    for (const [id, { node }] of this.#questions) this.#settle(id, ({ reject }) => reject(silent(node, ENDING)));
  }

  async #answerTo([asker, , id, verb, args]: Asked, respond: Respond): Promise<Buffer> {
    try {
      const value = verb === STILL ? this.#isAt(asker, args[0] as number) : await respond(verb, args);
      const answer: Answered = [this.#self, id, value ?? null];
      return encodeMessage(answer);
    } catch (error) {
      const code = isFabricError(error) ? error.code : 'ERR';
      const refusal: Refused = [this.#self, id, code, (error as Error).message];
      return encodeMessage(refusal);
    }
  }

  /** With all else that goes there in this turn; resolves when the other node has it. */
  #post(node: string, message: Buffer): Promise<void> {
    const open = this.#batches.get(node);
    if (open !== undefined && open.bytes + message.length <= BATCH_BYTES_MAX) {
      open.messages.push(message);
      open.bytes += message.length;
      return open.sent;
    }
    const messages = [message];
    const sent = new Promise<void>((resolve, reject) => {
      process.nextTick(() => {
        if (this.#batches.get(node)?.messages === messages) this.#batches.delete(node);
        this.#send(node, messages).then(resolve, reject);
      });
    });
    this.#batches.set(node, { messages, bytes: message.length, sent });
    return sent;
  }

  async #send(node: string, messages: readonly Buffer[]): Promise<void> {
    const replies = await this.#link(node).send(messages);
    for (const reply of replies) this.#answered(decodeMessage(reply) as Answer);
  }

  #settle(id: number, how: (question: Question) => void): void {
    const question = this.#questions.get(id);
    if (question === undefined) return;
    this.#questions.delete(id);
    clearTimeout(question.timer);
    how(question);
  }

  #fail(node: string, why: string): void {
    for (const [id, question] of this.#questions) {
      if (question.node === node) this.#settle(id, ({ reject }) => reject(silent(node, why)));
    }
  }
}

const ENDING = 'this node ends';

const questionKey = (node: string, id: number) => `${node} ${id}`;

const silent = (node: string, why: string) =>
  new FabricError('REMOTE', `node ${node} doesn't answer: ${why}; try again when it is back`);
