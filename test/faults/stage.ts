/** Where one cell is played: a trio, the variables it is about, and what its clients saw. */
import { setTimeout } from 'node:timers/promises';
import { ConnectionLost, Refused, type Argument } from '../campaign/link.js';
import type { Random } from '../campaign/random.js';
import type { Action } from '../history/actions.js';
import type { Violation } from '../history/violation.js';
import { act, turnOf } from './crowd.js';
import type { NodeName, Trio } from './trio.js';
import { Watch } from './watch.js';

/** Several times what nodes wait for each other, and a client that the coordinator is away for. */
const COMES_ABOUT_MS_MAX = 20_000;
const LOOK_MS = 50;

export class Stage {
  readonly watch = new Watch();
  /** What should have come about, and hasn't. */
  readonly overdue: Violation[] = [];
  readonly #together: (() => void)[] = [];

  constructor(
    readonly trio: Trio,
    readonly name: string,
    readonly random: Random,
  ) {}

  /** Of a variable of the cell; the one that everybody changes has the cell's own name. */
  nameOf(variable: string): string {
    return variable === '' ? this.name : `${this.name}/${variable}`;
  }

  /** Names that were written so far, the cell's own first. */
  get names(): string[] {
    return [...new Set([this.name, ...this.watch.recorder.operations.map(({ name }) => name)])];
  }

  /** Until `together`. */
  apart(node: NodeName): void {
    this.#together.push(this.watch.apart(node));
  }

  together(): void {
    for (const end of this.#together.splice(0)) end();
  }

  async perform(node: NodeName, action: Action, variable = ''): Promise<void> {
    const link = this.trio.link(node);
    const name = this.nameOf(variable);
    await act(this.watch.recorder, { client: `at ${node}`, node }, link, {
      name,
      ...action(turnOf(name, this.random)),
    });
    link.close();
  }

  /** What changes no value; undefined when it is refused, or nobody answers. */
  async ask(node: NodeName, command: string, ...args: Argument[]): Promise<unknown> {
    const link = this.trio.link(node);
    try {
      return await link.call(command, ...args);
    } catch (error) {
      if (error instanceof Refused || error instanceof ConnectionLost) return undefined;
      throw error;
    } finally {
      link.close();
    }
  }

  /** Resolves when it is so; when that takes too long, it is written down. */
  async until(what: string, isSo: () => Promise<boolean>): Promise<void> {
    for (const deadline = performance.now() + COMES_ABOUT_MS_MAX; performance.now() < deadline;) {
      if (await isSo()) return;
      await setTimeout(LOOK_MS);
    }
    const sentence = `${what}: it hasn't come to that in ${COMES_ABOUT_MS_MAX / 1000} s without any fault`;
    this.overdue.push({ rule: 'progress', sentence, operations: [] });
  }
}
