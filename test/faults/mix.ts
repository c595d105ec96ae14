/** What clients of a trio do under load. */
import { ACTIONS, inserting } from '../history/actions.js';
import { Load, type WeightedAction } from '../history/load.js';
import { DOWN_MS, type Trio } from './trio.js';
import { UNCERTAIN_CODES, type Watch } from './watch.js';

const MIX: readonly WeightedAction[] = [
  { item: ACTIONS.INSERT, weight: 3 },
  { item: inserting(({ random, nodes }) => ['NODE', random.pick(nodes)]), weight: 2 },
  { item: inserting(() => ['REPLICAS', '2']), weight: 2 },
  { item: ACTIONS.SET, weight: 3 },
  { item: ACTIONS.DELETE, weight: 3 },
  { item: ACTIONS.GET, weight: 4 },
  { item: ACTIONS.LOCATE, weight: 2 },
  { item: ACTIONS.PULL, weight: 2 },
];

const CLIENT_PATIENCE_MS = 2 * DOWN_MS;
const CLIENTS = [1, 2];

/** Two clients at each of the nodes; names are those of the seed. */
export function loadAt(trio: Trio, watch: Watch, nodes: readonly string[], seed: number): Load {
  const clients = nodes.flatMap((node) =>
    CLIENTS.map((number) => trio.client(node, `c${number} at ${node}`, CLIENT_PATIENCE_MS)),
  );
  return new Load(watch.recorder, { seed, clients, mix: MIX, uncertainCodes: UNCERTAIN_CODES });
}
