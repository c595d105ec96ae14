/** Certificates for the time of a test, made by openssl: an authority, and what it signs. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export interface Certificate {
  /** Paths of PEM files. */
  cert: string;
  key: string;
}

const NEW_KEY = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];
const DAYS = ['-days', '2'];

export class Authority {
  readonly folder = mkdtempSync(join(tmpdir(), 'datafabric-certificates-'));
  /** Path of its own certificate. */
  readonly ca = join(this.folder, 'ca.pem');
  readonly #key = join(this.folder, 'ca.key');

  constructor() {
    openssl('req', '-x509', ...NEW_KEY, '-keyout', this.#key, '-out', this.ca, ...DAYS, '-subj', '/CN=test authority');
  }

  /** Good for this machine's loopback addresses, or one of them besides the usual ones. */
  issue(name: string, address = '127.0.0.1'): Certificate {
    const file = (extension: string) => join(this.folder, `${name}.${extension}`);
    const [cert, key, request, extensions] = [file('pem'), file('key'), file('csr'), file('ext')];
    openssl('req', ...NEW_KEY, '-keyout', key, '-out', request, '-subj', `/CN=${name}`);
    writeFileSync(extensions, `subjectAltName=DNS:localhost,IP:127.0.0.1,IP:::1,IP:${address}\n`);
    const signing = ['-CA', this.ca, '-CAkey', this.#key, '-CAcreateserial'];
    openssl('x509', '-req', '-in', request, ...signing, ...DAYS, '-extfile', extensions, '-out', cert);
    return { cert, key };
  }

  dispose(): void {
    rmSync(this.folder, { recursive: true });
  }
}

function openssl(...args: readonly string[]): void {
  const { status, stderr, error } = spawnSync('openssl', args, { encoding: 'utf8' });
  if (status !== 0) throw new Error(`openssl ${args[0]!}: ${error?.message ?? stderr}`);
}
