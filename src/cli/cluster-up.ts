/** All nodes of a file that are of this machine, started together for trying out. */
import { connect } from 'node:net';
import { FabricError } from '../errors.js';
import { version } from '../main.js';
import { ask, nodesOf, type Fields } from './asking.js';
import { redisCli } from './banner.js';
import { ChildNode } from './child-node.js';
import { localNodes, serverOfNode, type ClusterNode } from './cluster-nodes.js';
import { nodeTable } from './node-table.js';

const LOOK_MS = 200;
/** When those that haven't joined are named. */
const PATIENCE_MS = 10_000;
const INTERRUPTED = 130;

/** Resolves with the exit code when all have ended. */
export async function up(file: string): Promise<number> {
  const nodes = await localNodes(file);
  for (const node of nodes) await requireFree(node, file);
  const width = Math.max(...nodes.map(({ name }) => name.length));
  const coloured = process.stdout.isTTY;
  const children = nodes.map(
    ({ name: node }) =>
      new ChildNode({ file, node, coloured, onLine: (line) => print(`${node.padEnd(width)} │ ${line}`) }),
  );
  const interruption = interrupted(children);
  const told = children.map((child) => tellEnd(child, file, interruption.signal));
  try {
    await allReady(children, interruption.signal);
    const seen = await joined(nodes, children, interruption.signal);
    if (seen !== undefined) print(banner(file, nodes, seen, coloured));
  } catch (error) {
    await stopInOrder(children);
    throw error;
  }
  await Promise.race([Promise.all(told), interruption.asked]);
  if (!interruption.signal.aborted) throw new FabricError('ERR', 'all nodes have ended');
  await stopInOrder(children);
  print(`all nodes have stopped; their variables stay in shared memory (datafabric cluster purge ${file})`);
  return 0;
}

function print(text: string): void {
  process.stdout.write(`${text}\n`);
}

/** Before anything is started: who has the node's port already? */
async function requireFree(node: ClusterNode, file: string): Promise<void> {
  if (!(await answers(node))) return;
  const there = await ask(serverOfNode(node), nodesOf).catch((): Fields[] => []);
  const { name, host, port } = node;
  if (there.some((fields) => fields.get('node') === name && fields.get('address') === `${host}:${port}`)) {
    throw new FabricError(
      'OWNED',
      `node ${name} is running already, at ${host}:${port}: datafabric cluster status ${file} shows it; end it first`,
    );
  }
  throw new FabricError(
    'ERR',
    `${host}:${port}, the address of node ${name}, is another server's (a Redis, or a node of another cluster): end that, ` +
      `or give ${name} another port in ${file}`,
  );
}

function answers({ host, port }: ClusterNode): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host, port });
    const settle = (found: boolean) => () => {
      socket.destroy();
      resolve(found);
    };
    socket.once('connect', settle(true)).once('error', settle(false));
  });
}

/** The first signal asks for the end, the second doesn't wait for it. */
function interrupted(children: readonly ChildNode[]): { asked: Promise<void>; signal: AbortSignal } {
  const begun = new AbortController();
  const asked = new Promise<void>((resolve) => begun.signal.addEventListener('abort', () => resolve(), { once: true }));
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(signal, () => {
      if (begun.signal.aborted) {
        for (const child of children) child.kill();
        process.exit(INTERRUPTED);
      }
      print(`${signal}: stopping the nodes, the coordinator last`);
      begun.abort();
    });
  }
  return { asked, signal: begun.signal };
}

/** Members first, so that they may still tell the coordinator what they are about; `children` begin with it. */
async function stopInOrder(children: readonly ChildNode[]): Promise<void> {
  for (const child of [...children].reverse()) await child.stop();
}

async function tellEnd(child: ChildNode, file: string, stopping: AbortSignal): Promise<void> {
  const how = await child.ended;
  if (stopping.aborted) return;
  const last = child.lastLines.map((line) => `    ${line}`);
  const lines = last.length === 0 ? [] : ['  its last lines were', ...last];
  const again = `  datafabric serve --config ${file} --node ${child.name} starts it again`;
  print(['', `node ${child.name} has ended (${how})`, ...lines, again, ''].join('\n'));
}

async function allReady(children: readonly ChildNode[], stopping: AbortSignal): Promise<void> {
  const ready = await Promise.all(children.map((child) => child.ready));
  const failed = children.filter((_, index) => ready[index] !== true);
  if (failed.length === 0 || stopping.aborted) return;
  const names = failed.map(({ name }) => name).join(', ');
  throw new FabricError('ERR', `${names} did not start, for the reason above; the others are stopped`);
}

/** The nodes as they see each other, when all of `nodes` have joined; undefined when the end was asked for before. */
async function joined(
  nodes: readonly ClusterNode[],
  children: readonly ChildNode[],
  stopping: AbortSignal,
): Promise<Fields[] | undefined> {
  let patienceUntil = performance.now() + PATIENCE_MS;
  while (!stopping.aborted) {
    const ended = children.find(({ running }) => !running);
    if (ended !== undefined) throw new FabricError('ERR', `${ended.name} ended before all had joined`);
    const seen = await ask(serverOfNode(nodes[0]!), nodesOf).catch((): Fields[] => []);
    const up = new Map(seen.filter((node) => node.get('state') === 'up').map((node) => [node.get('node'), node]));
    // A node's first segments are told with its next heartbeat.
    const missing = nodes
      .filter(
        ({ name, config }) => Number(up.get(name)?.get('segments') ?? -1) < Math.min(1, config.node.segmentsMib.length),
      )
      .map(({ name }) => name);
    if (missing.length === 0) return seen;
    if (performance.now() > patienceUntil) {
      print(`waiting for ${missing.join(', ')} to join; what is above may say why`);
      patienceUntil = Infinity;
    }
    await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
  }
  return undefined;
}

function banner(file: string, nodes: readonly ClusterNode[], seen: readonly Fields[], coloured: boolean): string {
  const cli = ({ host, port, config }: ClusterNode) => redisCli(config, [`${host}:${port}`]);
  const [first, last] = [nodes[0]!, nodes.at(-1)!];
  return [
    '',
    `Datafabric ${version}: cluster ${first.config.cluster!.name}, ${nodes.length} of ${seen.length} nodes started here`,
    '',
    nodeTable(seen, coloured).replace(/^/gm, '  '),
    '',
    'Try:',
    `  ${cli(first)} SET greeting "hello, fabric"`,
    `  ${cli(last)} GET greeting`,
    `  ${cli(last)} FABRIC.LOCATE greeting`,
    `  datafabric cluster status ${file}`,
    '',
    'Ctrl-C stops them all.',
    '',
  ].join('\n');
}
