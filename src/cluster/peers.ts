/**
 * Questions to other nodes, and theirs to this one. An answer that is there at once is the reply to its question; one that takes longer is a
 * message of its own on the link of the opposite direction, so that no question waits behind another.
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

interface Question {
  node: string;
  resolve: (answer: unknown) => void;
  reject: (error: Error) => void;
  timer: NodeJS.Timeout | undefined;
}

type Answer =
  { from: string; answers: number; value: unknown } | { from: string; answers: number; code: ErrorCode; text: string };

type Envelope = { from: string; to: string; id: number; verb: string; args: readonly unknown[] } | Answer;

/** The reply to a message that has been taken and is not answered yet, or needs no answer. */
const LATER = Buffer.from('OK');

const nextTurn = (): Promise<undefined> => new Promise((resolve) => setImmediate(resolve, undefined));

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
  #asked = randomInt(FIRST_IDS);

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
      this.#send(node, encodeMessage({ from: this.#self, to: node, id, verb, args })).catch((error: unknown) =>
        this.#settle(id, ({ reject: fail }) => fail(error as Error)),
      );
    });
  }

  /** Whoever may take long is asked whether it still is at it: its answer may have been lost, or it with the question. */
  async #inquire(node: string, id: number): Promise<void> {
    const isAtIt = await this.ask(node, STILL, [id]).catch(() => false);
    if (isAtIt !== true) this.#settle(id, ({ reject }) => reject(silent(node, 'it knows of no such question')));
  }

  /** A message has come in. Resolves to the answer when that is there at once, else to what says that it comes later. */
  async receive(message: Buffer, respond: Respond): Promise<Buffer> {
    const envelope = decodeMessage(message) as Envelope;
    if (!('verb' in envelope)) {
      this.#answered(envelope);
      return LATER;
    }
    const { from, to, id, verb, args } = envelope;
    if (to !== this.#self) throw this.#misled(from, to);
    const key = questionKey(from, id);
    const outcome = verb === STILL ? this.#isAt(from, args[0] as number) : respond(verb, args);
    this.#answering.add(key);
    const answer = this.#answerTo(id, outcome);
    const first = await Promise.race([answer, nextTurn()]);
    if (first !== undefined) {
      this.#answering.delete(key);
      return first;
    }
    void this.#sendLater(from, key, answer);
    return LATER;
  }

  /** Who can't be reached gives the question up by itself; until the answer is there it is worked on. */
  async #sendLater(node: string, key: string, answer: Promise<Buffer>): Promise<void> {
    await this.#send(node, await answer).catch(() => undefined);
    this.#answering.delete(key);
  }

  #misled(from: string, to: string): FabricError {
    const text = `this is node ${this.#self}, not ${to}: [[nodes]] of node ${from} has an address of ${to} that leads here`;
    return new FabricError('ERR', text);
  }

  #isAt(node: string, id: number): Promise<boolean> {
    return Promise.resolve(this.#answering.has(questionKey(node, id)));
  }

  #answered(envelope: Answer): void {
    if (this.#questions.get(envelope.answers)?.node !== envelope.from) return;
    this.#settle(envelope.answers, ({ resolve, reject }) => {
      if ('code' in envelope) reject(new FabricError(envelope.code, envelope.text));
      else resolve(envelope.value);
    });
  }

  close(): void {
    for (const link of this.#links.values()) link.close();
    this.#links.clear();
    for (const [id, { node }] of this.#questions)
      this.#settle(id, ({ reject }) => reject(silent(node, 'this node ends')));
  }

  async #answerTo(answers: number, outcome: Promise<unknown>): Promise<Buffer> {
    const from = this.#self;
    const envelope = await outcome.then(
      (value): Answer => ({ from, answers, value: value ?? null }),
      (error: unknown): Answer => {
        const code = isFabricError(error) ? error.code : 'ERR';
        return { from, answers, code, text: (error as Error).message };
      },
    );
    return encodeMessage(envelope);
  }

  async #send(node: string, message: Buffer): Promise<void> {
    const reply = await this.#link(node).send(message);
    if (!reply.equals(LATER)) this.#answered(decodeMessage(reply) as Answer);
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

const questionKey = (node: string, id: number) => `${node} ${id}`;

const silent = (node: string, why: string) =>
  new FabricError('REMOTE', `node ${node} doesn't answer: ${why}; try again when it is back`);
