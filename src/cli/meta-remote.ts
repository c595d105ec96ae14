/** `datafabric meta remote …`: other repositories. */
import { performance } from 'node:perf_hooks';
import { Command } from 'commander';
import { FabricError } from '../errors.js';
import type { Meta } from '../meta/meta.js';
import { addRemote, transferWith, type RemoteTransfer } from '../meta/remote.js';
import type { TransferProgress } from '../meta/transfer-report.js';
import type { NamedCredentials } from '../storage/s3-options.js';
import { versionText } from '../meta/version.js';

type WithMeta = (work: (meta: Meta, credentials: NamedCredentials) => Promise<void>) => Promise<void>;

const PROGRESS_MS = 1000;

export function addRemoteCommand(meta: Command, on: WithMeta): void {
  const remote = new Command('remote').description('Other repositories, and what travels between them and this one.');
  remote.exitOverride();
  const add = (usage: string, description: string) => remote.command(usage).description(description);

  add('add <name> <url>', 'Name another repository: posix:///folder, s3://bucket/prefix or webhdfs://host:9870/folder.')
    .addHelpText(
      'after',
      '\nCredentials are not part of a url: for S3 name meta.credentials_file in the config, or set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY.',
    )
    .action((name: string, url: string) => on((open) => addRemote(open, { name, url }, { roots: 'anywhere' })));
  add('list', 'List them.').action(() =>
    on(async (open) => (await open.remotes.list()).forEach((url, name) => print(`${name} ${url}`))),
  );
  add('remove <name>', 'Forget one.').action((name: string) => on((open) => open.remotes.remove(name)));
  for (const [direction, what] of [
    [
      'pull',
      'Bring what another repository has beyond this one; exit with 1 when something has changed on both sides.',
    ],
    ['push', 'Bring what this repository has beyond another; exit with 1 when something has changed on both sides.'],
  ] as const) {
    add(`${direction} <name>`, what).action((name: string) =>
      on((open, credentials) => transfer(open, { name, direction, credentials })),
    );
  }
  meta.addCommand(remote);
}

async function transfer(meta: Meta, wanted: Pick<RemoteTransfer, 'name' | 'direction' | 'credentials'>): Promise<void> {
  const onProgress = progressPrinter();
  const report = await transferWith(meta, { ...wanted, roots: 'anywhere', onProgress });
  for (const { key, from, to, first, what } of report.conflicts) {
    const [ours, theirs] = wanted.direction === 'pull' ? [to, from] : [from, to];
    print(`conflict ${key}: ours ${textOf(ours)}, theirs ${textOf(theirs)}, first ${versionText(first)}: ${what}`);
  }
  const { keys, versions, bytes, labels, repository, conflicts } = report;
  print(`${keys} keys, ${versions} versions and ${labels} labels brought, ${bytes} bytes`);
  print(`repository version ${textOf(repository)}`);
  if (conflicts.length > 0) throw new FabricError('CONFLICT', `${conflicts.length} things were left as they are`);
}

const textOf = (version: number | undefined) => (version === undefined ? '-' : versionText(version));

/** On standard error: what is asked for stands on standard output. */
function progressPrinter(): (progress: TransferProgress) => void {
  let nextMs = performance.now() + PROGRESS_MS;
  return ({ keys, versions, bytes }) => {
    if (performance.now() < nextMs) return;
    nextMs = performance.now() + PROGRESS_MS;
    process.stderr.write(`${keys} keys compared, ${versions} versions brought, ${bytes} bytes\n`);
  };
}

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}
