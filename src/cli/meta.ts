/** `datafabric meta …`: the documents of a repository, without a server. */
import { Command } from 'commander';
import { FabricError } from '../errors.js';
import { openMeta } from '../main.js';
import type { Condition } from '../meta/conflict.js';
import type { Meta } from '../meta/meta.js';
import { versionOf, versionText } from '../meta/version.js';
import type { NamedCredentials } from '../storage/s3-options.js';
import { globMatcher } from '../util/glob.js';
import { contentOf, writeOut } from './content.js';
import { UsageError } from './failure.js';
import { addFormatCommands } from './meta-formats.js';
import { addRemoteCommand } from './meta-remote.js';
import { configOf, configOption, integerFrom, nodeOption, type NodeOptions } from './options.js';

const COUNT_MAX = 1_000_000;

export function addMetaCommand(program: Command): void {
  const meta = new Command('meta')
    .description('Read and write the documents of a META repository; no server is needed, and one may run meanwhile.')
    .addOption(configOption())
    .addOption(nodeOption())
    .exitOverride();
  const add = (usage: string, description: string) => meta.command(usage).description(description);
  const on = <T>(work: (meta: Meta, credentials: NamedCredentials) => Promise<T>) =>
    withMeta(meta.opts<NodeOptions>(), work);

  add('put <key> [file]', "Make a document's next version of a file, or of standard input; print the version.")
    .option('--if <version>', 'only upon that version, or "none"')
    .action((key: string, file: string | undefined, options: { if?: string }) =>
      on(async (open) => print(versionText(await open.put(key, contentOf(file), conditionOf(options.if))))),
    );
  add('get <key> [version]', "Print a document's current version, or another: 8 hex digits, or a label.").action(
    (key: string, version?: string) => on(async (open) => printValue(key, await open.get(key, version))),
  );
  add('history <key>', "List a document's versions, the newest first.")
    .option('--count <n>', 'at most so many', integerFrom(1, COUNT_MAX), 100)
    .action((key: string, { count }: { count: number }) =>
      on(async (open) => (await open.history(key, count)).forEach((entry) => print(historyLine(entry)))),
    );
  add('keys [glob]', 'List the keys of documents.').action((glob?: string) =>
    on(async (open) => {
      const matches = glob === undefined ? () => true : globMatcher(Buffer.from(glob));
      (await open.keys()).filter((key) => matches(Buffer.from(key))).forEach(print);
    }),
  );
  add('commit <key=file...>', "Make several documents' next versions, all of them or none.")
    .option('--if <version>', 'only upon that repository version')
    .option('-m, --message <text>', 'why')
    .action((pairs: string[], options: { if?: string; message?: string }) =>
      on(async (open) => {
        const condition = options.if === undefined ? undefined : versionFrom(options.if);
        const { version, keys } = await open.commit(valuesOf(pairs), { condition, message: options.message });
        print(versionText(version));
        printVersions(keys);
      }),
    );
  add('repository [version]', "Print a repository version: every key's version after a commit.").action(
    (version?: string) =>
      on(async (open) => {
        const found = await open.repository(version);
        if (found === undefined)
          throw new FabricError('NOTFOUND', `there is no repository version ${version ?? 'yet'}`);
        print(`${versionText(found.version)} ${JSON.stringify(found.message)}`);
        printVersions(found.keys);
      }),
  );
  add('label <name> [version]', 'Name a repository version, by default the current one.').action(
    (name: string, version?: string) => on(async (open) => print(versionText(await open.label(name, version)))),
  );
  add('labels', 'List the labels.').action(() => on(async (open) => printVersions(await open.labels())));
  add('compact <key>', "Remove a document's old versions, except those a repository version names; print how many.")
    .requiredOption('--keep <n>', 'the newest so many stay', integerFrom(1, 2 ** 32))
    .action((key: string, { keep }: { keep: number }) =>
      on(async (open) => print(String(await open.compact(key, keep)))),
    );
  add('fsck', 'Read every version and say what is damaged or left over; exit with 1 when something is damaged.')
    .option('--clean', 'remove what commits left that came to nothing')
    .action(({ clean }: { clean?: boolean }) => on((open) => check(open, clean === true)));
  addFormatCommands(meta, on);
  addRemoteCommand(meta, on);
  program.addCommand(meta);
}

async function withMeta<T>(
  options: NodeOptions,
  work: (meta: Meta, credentials: NamedCredentials) => Promise<T>,
): Promise<void> {
  const config = configOf(options);
  if (config.meta.store === 'memory') {
    throw new UsageError(
      'meta.store is "memory": those documents are in the server only. Ask it by META.GET and the like',
    );
  }
  const meta = await openMeta(config);
  try {
    await work(meta, config.meta);
  } finally {
    await meta.close();
  }
}

async function check(meta: Meta, clean: boolean): Promise<void> {
  const { keys, versions, bytes, damaged, orphans, cleaned } = await meta.check(clean);
  for (const { key, version, what } of damaged) print(`damaged ${key} ${version ?? '-'}: ${what}`);
  for (const { key, version, what } of orphans) print(`orphan ${key} ${version ?? '-'}: ${what}`);
  print(`${keys} keys, ${versions} versions, ${bytes} bytes; ${cleaned} orphans removed`);
  if (damaged.length > 0) throw new FabricError('ERR', `${damaged.length} versions are damaged`);
}

function historyLine(entry: Awaited<ReturnType<Meta['history']>>[number]): string {
  const { version, bytes, crc32c, writer, timeMs } = entry;
  if (timeMs === undefined) return `${versionText(version)} damaged`;
  const time = new Date(timeMs).toISOString();
  return [versionText(version), time, String(bytes), versionText(crc32c ?? 0), writer].join(' ');
}

function printValue(key: string, found: { value: Buffer } | undefined): void {
  if (found === undefined) throw new FabricError('NOTFOUND', `there is no such version of ${key}`);
  writeOut(found.value);
}

function valuesOf(pairs: readonly string[]): Map<string, Buffer> {
  const values = new Map<string, Buffer>();
  for (const pair of pairs) {
    const [key, file] = [pair.slice(0, pair.indexOf('=')), pair.slice(pair.indexOf('=') + 1)];
    if (!pair.includes('=') || values.has(key))
      throw new UsageError(`'${pair}' is not key=file, or its key is there twice`);
    values.set(key, contentOf(file));
  }
  return values;
}

function conditionOf(text: string | undefined): Condition | undefined {
  if (text === undefined) return undefined;
  return text.toLowerCase() === 'none' ? 'none' : versionFrom(text);
}

function versionFrom(text: string): number {
  const version = versionOf(text);
  if (version === undefined) throw new UsageError(`a version is written in 8 hex digits, not '${text}'`);
  return version;
}

function printVersions(versions: ReadonlyMap<string, number>): void {
  for (const [key, version] of versions) print(`${versionText(version)} ${key}`);
}

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}
