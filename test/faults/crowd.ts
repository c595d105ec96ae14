/** Clients of all nodes that read some names, and write and delete one, while something happens; few enough changes that their order can be found. */
import { setTimeout } from 'node:timers/promises';
import { ConnectionLost, Refused, type Link } from '../campaign/link.js';
import type { Random } from '../campaign/random.js';
import { ACTIONS, makeValue, type Action, type Turn } from '../history/actions.js';
import type { WeightedAction } from '../history/load.js';
import type { Recorder } from '../history/recorder.js';
import { NODES, type Trio } from './trio.js';
import { UNCERTAIN_CODES } from './watch.js';

const CHANGES_MAX = 4;
const PAUSE_MS = 25;
/** Shorter than what nodes wait for each other: some give up in the middle. */
const PATIENCE_MS = 1500;

const LOOKS: readonly WeightedAction[] = [
  { item: ACTIONS.GET, weight: 3 },
  { item: ACTIONS.LOCATE, weight: 1 },
];
const CHANGES: readonly WeightedAction[] = [
  { item: ACTIONS.SET, weight: 2 },
  { item: ACTIONS.INSERT, weight: 1 },
  { item: ACTIONS.DELETE, weight: 1 },
];

let seeds = 0;

/** What an action of a name may draw on; no two writes of a process are alike. */
export function turnOf(name: string, random: Random): Turn {
  return { name, random, nodes: NODES, write: () => makeValue(++seeds, random.size(32, 4096)) };
}

/** Sends it and writes down what comes of it; false when the connection is of no use any more. */
export async function act(recorder: Recorder, by: { client: string; node: string }, link: Link, attempt: Attempted) {
  const { name, asked, send } = attempt;
  const end = recorder.invoke({ ...by, name, ...asked });
  try {
    end({ ...(await send(link.call)), outcome: 'ok' });
    return true;
  } catch (error) {
    if (error instanceof ConnectionLost) end({ outcome: 'unknown', reason: error.message });
    else if (!(error instanceof Refused)) throw error;
    else {
      const isUncertain = (UNCERTAIN_CODES as readonly string[]).includes(error.code);
      end({ outcome: isUncertain ? 'unknown' : 'failed', reason: error.message });
    }
    return error instanceof Refused;
  }
}

export type Attempted = ReturnType<Action> & { name: string };

export class Crowd {
  readonly #running: Promise<unknown>;
  #over = false;

  /** The first of the names is the one that is changed. */
  constructor(trio: Trio, recorder: Recorder, names: readonly string[], random: Random) {
    let changes = 0;
    const live = async (node: string, own: Random) => {
      const link = () => trio.link(node, PATIENCE_MS);
      let connection = link();
      while (!this.#over) {
        const changing = changes < CHANGES_MAX && own.chance(0.05);
        if (changing) changes++;
        const name = changing ? names[0]! : own.pick(names);
        const attempt = { name, ...own.weighted(changing ? CHANGES : LOOKS)(turnOf(name, own)) };
        if (!(await act(recorder, { client: `crowd at ${node}`, node }, connection, attempt))) {
          connection.close();
          connection = link();
        }
        await setTimeout(PAUSE_MS);
      }
      connection.close();
    };
    this.#running = Promise.all(NODES.map((node, index) => live(node, random.fork(index))));
  }

  async leave(): Promise<void> {
    this.#over = true;
    await this.#running;
  }
}
