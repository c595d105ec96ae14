import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { Redis } from 'ioredis';
import { figure } from '../harness/figures.mjs';
import { whyNotLinear } from '../harness/linear.mjs';

const WRITERS = [1, 16];
const BODY = Buffer.alloc(1024, 'x');
const CRC32C_TABLE = Array.from({ length: 256 }, (_, byte) => {
  let crc = byte;
  for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0x82f63b78 : crc >>> 1;
  return crc >>> 0;
});

/** Of headers and small bodies. */
function crc32c(bytes) {
  let crc = 0xffffffff;
  for (const byte of bytes) crc = CRC32C_TABLE[(crc ^ byte) & 0xff] ^ (crc >>> 8);
  return (crc ^ 0xffffffff) >>> 0;
}

const foundVersion = (error) => {
  const version = /^CONFLICT .*at version ([0-9a-f]{8})/.exec(
    `${error.code === 'CONFLICT' ? 'CONFLICT ' : ''}${error.message}`,
  );
  if (version === null) throw error;
  return Number.parseInt(version[1], 16);
};

/** Each side: `writer()` opens a client with `swap(key, expected)` → { won, version }, where expected is null for none. */
function overResp(node) {
  return () => {
    const client = new Redis(node.port);
    const swap = async (key, expected) => {
      const condition = expected === null ? 'NONE' : expected.toString(16).padStart(8, '0');
      try {
        return { won: true, version: Number.parseInt(await client.call('META.PUT', key, BODY, 'IF', condition), 16) };
      } catch (error) {
        return { won: false, version: foundVersion(error) };
      }
    };
    return { swap, close: () => client.disconnect() };
  };
}

function overEtcd(server) {
  return () => {
    const client = server.client();
    const swap = async (key, expected) => {
      const reply = await client
        .if(key, 'Mod', '==', expected ?? 0)
        .then(client.put(key).value(BODY))
        .else(client.get(key))
        .commit();
      if (reply.succeeded) return { won: true, version: Number(reply.header.revision) };
      return { won: false, version: Number(reply.responses[0].response_range.kvs[0].mod_revision) };
    };
    return { swap, close: () => client.close() };
  };
}

function inProcess(meta) {
  return () => ({
    swap: async (key, expected) => {
      try {
        return { won: true, version: await meta.put(key, BODY, expected ?? 'none') };
      } catch (error) {
        return { won: false, version: foundVersion(error) };
      }
    },
    close: () => undefined,
  });
}

/** What a commit on S3 needs at least: a conditional put of the next version, which one of all who try makes. */
function barePuts(gateway) {
  return () => ({
    swap: async (key, expected) => {
      const version = (expected ?? -1) + 1;
      // A loser learns that this version is there, not which is the newest: that is no read.
      return { won: await gateway.create(`bare/${key}/${version}`, BODY), version, isRead: false };
    },
    close: () => undefined,
  });
}

/** Writers that race for one key as long as told; how many of them won each second. Throws when the history is not linearizable. */
async function race(open, { key, writers, seconds }) {
  const history = [];
  const until = performance.now() + seconds * 1000;
  const started = performance.now();
  const write = async () => {
    const writer = open();
    let expected = null;
    while (performance.now() < until) {
      const invoked = performance.now();
      const { won, version, isRead = true } = await writer.swap(key, expected);
      if (won || isRead)
        history.push({ invoked, returned: performance.now(), version, expected: won ? expected : undefined });
      expected = version;
    }
    writer.close();
  };
  await Promise.all(Array.from({ length: writers }, write));
  const elapsed = (performance.now() - started) / 1000;
  const wrong = whyNotLinear(history);
  if (wrong !== undefined) throw new Error(`${key}: the history is not linearizable: ${wrong}`);
  const won = history.filter((operation) => operation.expected !== undefined).length;
  return { perSecond: won / elapsed, operations: history.length };
}

async function attempt(notes, what, work) {
  try {
    return await work();
  } catch (error) {
    notes.push(`NOT RUN: ${what}: ${error.message.split('\n')[0]}`);
    return undefined;
  }
}

async function compare(bench, { what, ours, theirs, against, target }, notes) {
  const seconds = bench.size(4, 0.5);
  const figures = [];
  for (const writers of WRITERS) {
    let operations = 0;
    const side = (name, open) => async (round) => {
      const result = await race(open, { key: `${name}-${writers}-${round}`, writers, seconds });
      operations += result.operations;
      return result.perSecond;
    };
    const samples = await bench.alternate({
      ours: side('ours', ours),
      ...(theirs === undefined ? {} : { theirs: side('theirs', theirs) }),
    });
    const compared = theirs === undefined ? {} : { against, target };
    figures.push(figure({ what: `${what}, ${writersText(writers)}`, unit: 'commits/s', ...samples, ...compared }));
    notes.push(`${what}, ${writersText(writers)}: the histories, ${operations} compare-and-swaps, are linearizable.`);
  }
  return figures;
}

const writersText = (writers) => (writers === 1 ? 'one writer' : `${writers} racing writers`);

async function run(bench) {
  const notes = [];
  const node = await bench.node({ config: { meta: { store: 'posix', path: join(bench.folder, 'meta') } } });
  const etcd = await attempt(notes, 'etcd', () => bench.etcd());
  const sides = { Datafabric: { ...node.settings, client: 'ioredis, one connection a writer' } };
  if (etcd !== undefined) sides.etcd = etcd.settings;
  const posix = { what: 'META.PUT IF on files', ours: overResp(node), against: 'etcd', target: { least: 1 } };
  const figures = await compare(bench, { ...posix, theirs: etcd && overEtcd(etcd) }, notes);
  await bench.stop(node);
  if (etcd !== undefined) await bench.stop(etcd);
  const gateway = await attempt(notes, 'S3', () => bench.objectGateway());
  if (gateway !== undefined) {
    sides.S3 = gateway.settings;
    figures.push(...(await compareS3(bench, gateway, notes)));
  }
  return { sides, figures, notes };
}

async function compareS3(bench, gateway, notes) {
  const { openStore } = await import('../../dist/storage/open-store.js');
  const { Meta } = await import('../../dist/meta/meta.js');
  const store = await openStore({ kind: 's3', prefix: 'meta', ...gateway.options });
  const meta = new Meta({ store, repository: 'bench', crc32c });
  try {
    const sides = {
      ours: inProcess(meta),
      theirs: barePuts(gateway),
      against: 'PUT If-None-Match',
      target: { least: 0.5 },
    };
    return await compare(bench, { what: 'META.PUT IF on S3', ...sides }, notes);
  } finally {
    await meta.close();
  }
}

export const metaCommits = {
  name: 'meta-commits',
  title: 'Compare-and-swap of META against etcd, and against the bare conditional put of S3',
  method:
    'Writers swap one key of 1 KiB as fast as they can: each names the version it saw last, one wins, the others are told the newest and go on from there. ' +
    'Commits are those that won. Files and etcd lie in the same file system, both sync before they answer. On S3, META runs in the process of the writers, as the bare puts do. ' +
    'Every history is checked to be linearizable.',
  run,
};
