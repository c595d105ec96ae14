/** Mixed load from several connections, until the server dies or the load is told to pause. */
import { ConnectionLost } from '../campaign/link.js';
import type { Random } from '../campaign/random.js';
import { ACTIONS, type ActionName } from './actions.js';
import { Actor } from './actor.js';
import { Housekeeper } from './housekeeping.js';
import type { Model } from './model.js';
import type { NodeUnderTest } from './node-under-test.js';

const ACTORS = 4;
/** So many times as often as usual. */
const FAVOUR = 12;

export interface Emphasis {
  actions?: readonly ActionName[];
  housekeeping?: 'segments' | 'defrag';
}

export class Load {
  readonly actors: readonly Actor[];
  readonly #random: Random;
  readonly #housekeeper: Housekeeper;

  constructor(node: NodeUnderTest, model: Model, random: Random) {
    this.#random = random;
    this.actors = Array.from({ length: ACTORS }, (_, i) => new Actor(node, model, random.fork(i), `a${i}-`));
    this.#housekeeper = new Housekeeper(node, model);
  }

  /** True when the server was lost on the way, false when the time was up. */
  async run(ms: number, emphasis: Emphasis = {}): Promise<boolean> {
    const endMs = Date.now() + ms;
    const isOver = () => Date.now() >= endMs;
    const loops = [...this.actors.map((actor) => act(actor, emphasis, isOver)), this.#keepHouse(emphasis, isOver)];
    // All of them stop before anything is judged: what one still has under way would look like a loss.
    const ends = await Promise.allSettled(loops);
    const errors = ends.flatMap((end) => (end.status === 'rejected' ? [end.reason as Error] : []));
    const unexpected = errors.find((error) => !(error instanceof ConnectionLost));
    if (unexpected !== undefined) throw unexpected;
    if (errors.length > 0) return true;
    await this.#housekeeper.rest();
    return false;
  }

  /** Everything goes while nothing else is under way. */
  flush(): Promise<void> {
    return this.#housekeeper.flush();
  }

  /** Connects to the server that has taken the place of one that died; slots have outlived it. */
  reopen(): void {
    for (const actor of this.actors) actor.reopen();
    this.#housekeeper.reopen();
  }

  /** What hung on connections or slots hangs on nothing now. */
  letGo(): void {
    for (const actor of this.actors) {
      actor.reconnect();
      actor.loseSlot();
    }
  }

  /** The server is gone. */
  hangUp(): void {
    for (const actor of this.actors) actor.link.close();
    this.#housekeeper.close();
  }

  close(): void {
    for (const actor of this.actors) actor.close();
    this.#housekeeper.close();
  }

  async #keepHouse({ housekeeping }: Emphasis, isOver: () => boolean): Promise<void> {
    const random = this.#random;
    while (!isOver()) {
      if (housekeeping === 'segments' || random.chance(0.3)) await this.#housekeeper.segments(random);
      else if (housekeeping === 'defrag' || random.chance(0.3)) this.#housekeeper.defrag();
      await pause(housekeeping === undefined ? 60 : 10);
    }
  }
}

async function act(actor: Actor, { actions = [] }: Emphasis, isOver: () => boolean): Promise<void> {
  const choices = (Object.keys(ACTIONS) as ActionName[]).map((name) => ({
    item: ACTIONS[name],
    weight: ACTIONS[name].weight * (actions.includes(name) ? FAVOUR : 1),
  }));
  while (!isOver()) await actor.random.weighted(choices).run(actor);
}

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));
