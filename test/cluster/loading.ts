/** Configurations from texts. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'ava';
import { loadConfig, type LoadOptions } from '../../dist/cluster/config-load.js';
import { ConfigError } from '../../dist/cluster/config-problem.js';
import type { Config } from '../../dist/cluster/config.js';

/** Where the texts stand; gone with the test. */
export const folder = mkdtempSync(join(tmpdir(), 'datafabric-config-'));
test.after.always(() => rmSync(folder, { recursive: true }));

let files = 0;
export const write = (text: string): string => {
  const path = join(folder, `${files++}.toml`);
  writeFileSync(path, text);
  return path;
};

export const load = (text: string, options: LoadOptions = {}): Config =>
  loadConfig(write(text), { environment: {}, ...options });

/** The problems of a text, each without the file's name. */
export function problemsOf(text: string, options: LoadOptions = {}): string[] {
  const path = write(text);
  try {
    loadConfig(path, { environment: {}, ...options });
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    return error.message.split('\n').map((line) => line.replace(`${path}:`, ''));
  }
  return [];
}
