/** `[tls]`: whether its files are there and belong together, found before anything is started. */
import { X509Certificate, createPrivateKey } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createSecureContext } from 'node:tls';
import type { RawConfig } from './config-schema.js';

type RawTls = RawConfig['tls'];
type FileKey = 'cert' | 'key' | 'ca';

/** Calls back for each thing wrong, with the key of `[tls]` it stands at. */
export function checkTls(
  tls: RawTls,
  absolute: (path: string) => string,
  add: (key: string, text: string) => void,
): void {
  if (tls.hosts.length === 0) return;
  for (const key of ['cert', 'key'] as const) {
    if (tls[key] === undefined) add('hosts', `TLS needs tls.${key}, the path of a PEM file`);
  }
  if (tls.client_certificates !== 'no' && tls.ca === undefined) {
    add('client_certificates', 'client certificates need tls.ca, a PEM file of the authorities that sign them');
  }
  checkPemFiles(tls, absolute, add);
}

/** Whether they can be read, are what they should be, and belong together. */
export function checkPemFiles(
  files: Readonly<Record<FileKey, string | undefined>>,
  absolute: (path: string) => string,
  add: (key: FileKey, text: string) => void,
): void {
  const read = (key: FileKey): string | undefined => {
    const path = files[key];
    if (path === undefined) return undefined;
    try {
      const pem = readFileSync(absolute(path), 'utf8');
      parsers[key](pem);
      return pem;
    } catch (error) {
      add(key, `${absolute(path)}: ${(error as Error).message}`);
      return undefined;
    }
  };
  const [cert, key] = [read('cert'), read('key')];
  read('ca');
  if (cert === undefined || key === undefined) return;
  try {
    createSecureContext({ cert, key });
  } catch (error) {
    add('key', `${absolute(files.key!)} is not the key of ${absolute(files.cert!)}: ${(error as Error).message}`);
  }
}

/** Each throws with the reason when a file isn't what it should be. */
const parsers: Readonly<Record<FileKey, (pem: string) => unknown>> = {
  cert: (pem) => new X509Certificate(pem),
  key: (pem) => createPrivateKey(pem),
  ca: (pem) => new X509Certificate(pem),
};
