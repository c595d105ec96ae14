// Three nodes of ours as one fabric, each in a process of its own on the loopback; the first is the coordinator.
import { randomBytes } from 'node:crypto';
import { setTimeout } from 'node:timers/promises';
import { FabricNode } from './node.mjs';
import { freePort } from './port.mjs';

const NODES = 3;
const JOIN_POLL_MS = 20;

export class FabricCluster {
  label = 'Datafabric cluster';
  nodes;

  /** `cpus`: one for each node. `segmentsMib` are of each. `cluster`: keys of the section beside its name and password. */
  constructor({ config = {}, cpus = [], segmentsMib = [64], cluster = {} } = {}) {
    this.cluster = cluster;
    this.nodes = Array.from({ length: NODES }, (_, at) => new FabricNode({ config, cpu: cpus[at] }));
    this.segmentsMib = segmentsMib;
  }

  get settings() {
    return { nodes: NODES, segments_mib: this.segmentsMib, cpus: this.nodes.map(({ settings }) => settings.cpu) };
  }

  /** Resolves when all have joined. */
  async start() {
    const own = { name: `b${randomBytes(3).toString('hex')}`, password: randomBytes(16).toString('hex') };
    for (const node of this.nodes) node.port = await freePort();
    const nodes = this.nodes.map(({ name, port }) => ({ name, port, segments_mib: this.segmentsMib, zone: name }));
    for (const node of this.nodes) node.joinCluster({ ...own, ...this.cluster }, nodes);
    await Promise.all(this.nodes.map((node) => node.start()));
    await this.whole();
    return this;
  }

  /** Resolves when every node knows all to be up. */
  async whole() {
    while (!(await this.#complete())) await setTimeout(JOIN_POLL_MS);
  }

  async #complete() {
    const states = await Promise.all(this.nodes.map(({ client }) => client.call('FABRIC.NODES').catch(() => [])));
    return states.every(
      (nodes) => nodes.length === NODES && nodes.every((node) => node[node.indexOf('state') + 1] === 'up'),
    );
  }

  async stop() {
    for (const node of this.nodes) await node.stop();
  }

  removeObjects() {
    for (const node of this.nodes) node.removeObjects();
  }
}
