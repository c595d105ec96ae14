import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'ava';
import { Authority } from '../support/certificates.js';
import { folder, load, problemsOf } from './loading.js';

const authority = new Authority();
test.after.always(() => authority.dispose());
const server = authority.issue('server');
const other = authority.issue('other');

const section = (...lines: readonly string[]) => ['[tls]', 'hosts = ["127.0.0.1"]', ...lines].join('\n');
const files = [`cert = "${server.cert}"`, `key = "${server.key}"`] as const;

test('a certificate and its key are enough', (t) => {
  const { tls } = load(section(...files));
  t.deepEqual(tls, {
    hosts: ['127.0.0.1'],
    port: 6380,
    cert: server.cert,
    key: server.key,
    ca: undefined,
    clientCertificates: 'no',
    minVersion: 'TLSv1.2',
  });
});

test('without hosts no file is looked at', (t) => {
  t.deepEqual(problemsOf('[tls]\ncert = "/nowhere.pem"'), []);
  t.deepEqual(load('').tls.hosts, []);
});

test('TLS may be the only way in', (t) => {
  t.deepEqual(problemsOf(`[listen]\nhosts = []\n${section(...files)}`), []);
});

writeFileSync(join(folder, 'text.pem'), 'no certificate');
const wrong: [name: string, lines: readonly string[], problems: readonly RegExp[]][] = [
  ['no files', [], [/^2:9: tls\.hosts: TLS needs tls\.cert/, /^2:9: tls\.hosts: TLS needs tls\.key/]],
  ['an absent file', [files[0], 'key = "nowhere.key"'], [/^4:7: tls\.key: .*nowhere\.key: ENOENT/]],
  ['a file that is no certificate', ['cert = "text.pem"', files[1]], [/^3:8: tls\.cert: .*text\.pem: .*PEM/]],
  ['a certificate as key', [files[0], `key = "${server.cert}"`], [/^4:7: tls\.key: /]],
  ['the key of another', [files[0], `key = "${other.key}"`], [/^4:7: tls\.key: .* is not the key of .*mismatch/]],
  [
    'certificates of clients, and nobody who signs them',
    [...files, 'client_certificates = "optional"'],
    [/^5:23: .*need tls\.ca/],
  ],
  ['an authority that is none', [...files, 'ca = "text.pem"'], [/^5:6: tls\.ca: .*text\.pem/]],
  ['an old version', [...files, 'min_version = "TLSv1.1"'], [/^5:15: tls\.min_version: found "TLSv1\.1"/]],
];
for (const [name, lines, problems] of wrong) {
  test(`refused with its line: ${name}`, (t) => {
    const found = problemsOf(section(...lines));
    t.is(found.length, problems.length, found.join('\n'));
    problems.forEach((problem, index) => t.regex(found[index]!, problem));
  });
}

test('other machines need a password or a certificate', (t) => {
  const exposed = (...lines: readonly string[]) =>
    problemsOf(section(...files, ...lines).replace('127.0.0.1', '0.0.0.0'));
  const ca = `ca = "${authority.ca}"`;
  t.regex(exposed()[0] ?? '', /^2:9: tls\.hosts: 0\.0\.0\.0 can be reached .* no password for the user default/);
  t.regex(exposed(ca, 'client_certificates = "optional"')[0] ?? '', /no password for the user default/);
  t.deepEqual(exposed(ca, 'client_certificates = "required"'), []);
  t.deepEqual(exposed('[security]', 'password = "p"'), []);
  const plain = `[listen]\nhosts = ["0.0.0.0"]\n${section(...files, ca, 'client_certificates = "required"')}`;
  t.regex(problemsOf(plain)[0] ?? '', /^2:9: listen\.hosts: /);
});
