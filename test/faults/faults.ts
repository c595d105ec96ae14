/** What happens to a node, and what ends it. */
import { NODES, type Trio } from './trio.js';
import { continueProcess, stopProcess } from '../hosts/running.js';

export interface Fault {
  name: string;
  strike(trio: Trio, node: string): Promise<void>;
  heal(trio: Trio, node: string): Promise<void>;
}

const others = (trio: Trio, node: string) => NODES.filter((name) => name !== node).map((name) => trio.host(name));
const healNetwork = (trio: Trio) => trio.hosts.healAll();

export const FAULTS: readonly Fault[] = [
  {
    name: 'killed',
    strike: async (trio, node) => {
      await trio.server(node).kill('SIGKILL');
    },
    heal: (trio, node) => trio.server(node).start(),
  },
  {
    name: 'stopped',
    strike: (trio, node) => stopProcess(trio.server(node).pid),
    heal: (trio, node) => continueProcess(trio.server(node).pid),
  },
  { name: 'cut off', strike: (trio, node) => trio.hosts.isolate(trio.host(node)), heal: healNetwork },
  {
    // It hears the others, and they don't hear it.
    name: 'mute',
    strike: async (trio, node) => {
      for (const other of others(trio, node)) await trio.hosts.cutOneWay(trio.host(node), other);
    },
    heal: healNetwork,
  },
  {
    name: 'deaf',
    strike: async (trio, node) => {
      for (const other of others(trio, node)) await trio.hosts.cutOneWay(other, trio.host(node));
    },
    heal: healNetwork,
  },
];
