/**
 * Questions to other nodes, and theirs to this one. A question and its answer are a message each, on links of opposite directions: none
 * waits behind another that takes long.
 */
import { FabricError, isFabricError, type ErrorCode } from '../errors.js';
import type { ClusterConfig, ClusterNodeConfig } from './config.js';
import { PeerLink } from './peer-link.js';
import { decodeMessage, encodeMessage } from './peer-messages.js';

/** What is asked may have to wait for others who are at the same name. */
const ANSWER_TIMES = 5;

interface Question {
  node: string;
  resolve: (answer: unknown) => void;
  reject: (error: Error) => void;
  timer: NodeJS.Timeout | undefined;
}

type Envelope =
  | { from: string; id: number; verb: string; args: readonly unknown[] }
  | { from: string; answers: number; value: unknown }
  | { from: string; answers: number; code: ErrorCode; text: string };

/** Answers a question of another node. */
export type Respond = (verb: string, args: readonly unknown[]) => Promise<unknown>;

export interface AskOptions {
  /** The answer may take as long as it wants, while the connection lasts. */
  patient?: boolean;
}

export class Peers {
  readonly #config: ClusterConfig;
  readonly #self: string;
  readonly #links = new Map<string, PeerLink>();
  readonly #questions = new Map<number, Question>();
  #asked = 0;

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
    const config = this.configOf(node);
    const link = new PeerLink(config, {
      password: this.#config.password,
      silenceMs: this.#config.downMs,
      onLost: () => this.#fail(node, 'the connection was lost'),
    });
    this.#links.set(node, link);
    return link;
  }

  /** Errors are FabricErrors: the other node's, or REMOTE when there is no answer. */
  ask(node: string, verb: string, args: readonly unknown[], { patient = false }: AskOptions = {}): Promise<unknown> {
    const id = ++this.#asked;
    return new Promise((resolve, reject) => {
      const giveUp = () => this.#settle(id, ({ reject: fail }) => fail(silent(node, 'it takes too long')));
      const timer = patient ? undefined : setTimeout(giveUp, this.#config.downMs * ANSWER_TIMES);
      this.#questions.set(id, { node, resolve, reject, timer });
      this.#send(node, { from: this.#self, id, verb, args }).catch((error: unknown) =>
        this.#settle(id, ({ reject: fail }) => fail(error as Error)),
      );
    });
  }

  /** A message has come in. What it asks for is answered later. */
  receive(text: string, respond: Respond): void {
    const envelope = decodeMessage(text) as Envelope;
    if ('verb' in envelope) {
      void this.#answer(envelope.from, envelope.id, respond(envelope.verb, envelope.args));
      return;
    }
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

  async #answer(node: string, answers: number, outcome: Promise<unknown>): Promise<void> {
    const from = this.#self;
    const envelope = await outcome.then(
      (value): Envelope => ({ from, answers, value: value ?? null }),
      (error: unknown): Envelope => {
        const code = isFabricError(error) ? error.code : 'ERR';
        return { from, answers, code, text: (error as Error).message };
      },
    );
    // Who can't be reached gives the question up by itself.
    await this.#send(node, envelope).catch(() => undefined);
  }

  async #send(node: string, envelope: Envelope): Promise<void> {
    await this.#link(node).send(encodeMessage(envelope));
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

const silent = (node: string, why: string) =>
  new FabricError('REMOTE', `node ${node} doesn't answer: ${why}; try again when it is back`);
