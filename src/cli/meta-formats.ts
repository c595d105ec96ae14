/** `datafabric meta show`, `encode` and `check`: documents of the keys that have formats. */
import type { Command } from 'commander';
import { FabricError } from '../errors.js';
import type { Meta } from '../meta/meta.js';
import { fromReadable, readable } from '../meta/readable.js';
import { contentOf, writeOut } from './content.js';

export function addFormatCommands(meta: Command, on: (work: (meta: Meta) => Promise<void>) => Promise<void>): void {
  meta
    .command('show <key> [version]')
    .description('Print store, dictionary, manifest or repository for people: text, or JSON.')
    .action((key: string, version?: string) =>
      on(async (open) => {
        const found = await open.get(key, version);
        if (found === undefined) throw new FabricError('NOTFOUND', `there is no such version of ${key}`);
        writeOut(Buffer.from(readable(key, found.value)));
      }),
    );
  meta
    .command('encode <key> [file]')
    .description("Make of a file as 'show' prints it, or of standard input, what 'put' takes.")
    .action((key: string, file?: string) => writeOut(fromReadable(key, contentOf(file))));
  meta
    .command('check <key> [file]')
    .description("Say whether a file, or standard input, is right for 'put' under that key.")
    .action((key: string, file?: string) => {
      readable(key, contentOf(file));
      process.stdout.write(`it is a ${key}\n`);
    });
}
