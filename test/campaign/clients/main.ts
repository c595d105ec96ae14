/**
 * Kills clients with SIGKILL at every step of what they do, while others read, replace and defragment, and checks that nothing
 * of the dead is left and that nobody ever reads wrong bytes: `npm run test:clients -- --rounds 100 --seed 7`.
 */
import { parseArgs } from 'node:util';
import Table from 'cli-table3';
import { connect, type FabricClient } from '../../../dist/client/index.js';
import { TestServer } from '../../support/server.js';
import { infoNumbers, type Call } from '../figures.js';
import { Random } from '../random.js';
import { checkSums, cleared, freeSlots } from './accounts.js';
import { Compacting } from './compacting.js';
import { HOT_NAMES, type Setup } from './hot.js';
import { killEverywhere, type Trace } from './killings.js';
import { Companion, killed, startNode, startPython } from './programs.js';
import { CASES, STEPS, type Case, type Kind } from './steps.js';
import { Victims } from './victims.js';

const QUARANTINE_MS = 200;
const LINGER_MS = 300;
const SLOTS = 64;
/** A lease, the linger after it, the quarantine after that, each seen by the next sweep; and what a busy machine adds. */
const CLEARED_MS_MAX = 300 + LINGER_MS + QUARANTINE_MS + 3000;
const KINDS: readonly Kind[] = ['node', 'python', 'bare'];

const config = {
  node: { segments_mib: [48, 48] },
  limits: { slots_max: SLOTS },
  times: {
    quarantine_ms: `${QUARANTINE_MS}ms`,
    pin_linger_ms: `${LINGER_MS}ms`,
    reserve_linger_ms: `${LINGER_MS}ms`,
    restart_grace_ms: '1ms',
  },
  log: { format: 'json', level: 'warn' },
};

const { values } = parseArgs({ options: { rounds: { type: 'string', default: '2' }, seed: { type: 'string' } } });
const rounds = Number(values.rounds);
const random = new Random(Number(values.seed ?? Date.now() % 1_000_000));
const kills = new Map<Case, number>();

async function campaign(server: TestServer): Promise<void> {
  const { url } = server;
  const fabric = await connect(url);
  const call: Call = (command, ...args) => fabric.redis.callBuffer(command, args);
  const setup = (seed: number): Setup => ({ url, seed, names: HOT_NAMES, quarantineMs: QUARANTINE_MS });
  const companions = [
    new Companion('Node writer', (own) => startNode('writer.js', own), setup(random.between(0, 1e9))),
    new Companion('Node reader', (own) => startNode('reader.js', own), setup(random.between(0, 1e9))),
    new Companion('Python reader', (own) => startPython('reader.py', own), setup(random.between(0, 1e9))),
  ];
  const victims = new Victims();
  const compacting = await Compacting.start(url);
  const check = () => companions.forEach((companion) => companion.check());
  const counted = (which: Case) => kills.set(which, (kills.get(which) ?? 0) + 1);
  let slowestMs = 0;
  for (let round = 1; round <= rounds; round++) {
    const started = performance.now();
    const parts = { fabric, url, victims, random: random.fork(round), check, counted };
    const traces = await killEverywhere(parts, round % 2 === 0);
    await Promise.all([compacting.pause(), ...companions.map((companion) => companion.pause())]);
    const ms = await cleared(call, CLEARED_MS_MAX);
    const variables = await checkSums(fabric, call);
    const slots = await freeSlots(url);
    // Those that live on, and this process.
    if (slots < SLOTS - companions.length - 1) throw new Error(`only ${slots} of ${SLOTS} slots are free`);
    for (const trace of traces) await checkTrace(fabric, trace);
    slowestMs = Math.max(slowestMs, ms);
    const seconds = ((performance.now() - started) / 1000).toFixed(1);
    console.log(
      `round ${round}: ${CASES.length} kills in ${seconds} s, clear after ${Math.round(ms)} ms, ${variables} variables add up`,
    );
    compacting.resume();
    companions.forEach((companion) => companion.resume());
  }
  await Promise.all(companions.map(({ child }) => killed(child)));
  const { runs } = compacting;
  await compacting.end();
  await victims.end();
  await cleared(call, CLEARED_MS_MAX);
  await checkSums(fabric, call);
  await fabric.redis.flushall();
  await cleared(call, CLEARED_MS_MAX);
  await checkSums(fabric, call);
  const moved = (await infoNumbers(call)).get('total_moved_variables') ?? 0;
  await fabric.close();
  const slots = await freeSlots(url);
  if (slots !== SLOTS) throw new Error(`only ${slots} of ${SLOTS} slots are free, and nobody lives`);
  report([...companions.flatMap(({ counts }) => counts), ['DEFRAGs', runs], ['variables moved', moved]], slowestMs);
}

/** The name can be used again, or means what was sealed. */
async function checkTrace(fabric: FabricClient, { name, what, leaves }: Trace): Promise<void> {
  const sealed = (await fabric.locate(name)) !== null;
  if (leaves !== 'either' && sealed !== (leaves === 'variable')) {
    throw new Error(`${what}: the variable ${name} is ${sealed ? 'there' : 'missing'}`);
  }
  await fabric.delete(name);
  const again = await fabric.reserve(name, '4 * int32');
  await again.abort();
}

function report(counts: readonly (readonly [string, number])[], slowestMs: number): void {
  const table = new Table({
    head: ['killed at', ...KINDS, 'kills'],
    colAligns: ['left', 'right', 'right', 'right', 'right'],
    style: { head: [], border: [], compact: true },
  });
  for (const step of STEPS) {
    const of = (kind?: Kind) =>
      [...kills].reduce(
        (sum, [which, count]) => (which.step === step && (kind ?? which.kind) === which.kind ? sum + count : sum),
        0,
      );
    table.push([step.name, ...KINDS.map((kind) => of(kind) || '–'), of()]);
    if (of() === 0) throw new Error(`nobody was killed at '${step.name}'`);
  }
  console.log(table.toString());
  for (const [what, count] of counts) console.log(`${what}: ${count}`);
  for (const what of ['pinned reads', 'copies', 'writes', 'DEFRAGs', 'variables moved']) {
    if (!counts.some(([label, count]) => label.endsWith(what) && count > 0)) throw new Error(`there were no ${what}`);
  }
  console.log(`Nothing was left of the dead after ${Math.round(slowestMs)} ms at most; nobody read wrong bytes.`);
}

console.log(`${rounds} rounds, seed ${random.seed}`);
const server = new TestServer({ config });
try {
  await server.start();
  await campaign(server);
} catch (error) {
  console.error(error);
  console.error(server.output());
  process.exitCode = 1;
} finally {
  await server.dispose();
}
// Whatever still runs ends with this process.
process.exit();
