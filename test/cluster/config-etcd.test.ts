import { join } from 'node:path';
import test from 'ava';
import { Authority } from '../support/certificates.js';
import { folder, load, problemsOf } from './loading.js';

/** A cluster of one, with these keys in `[cluster]`, which begins in line 2. */
const cluster = (keys: string): string =>
  `node.name = "alpha"\n[cluster]\n${keys}\npassword = "p"\n[[nodes]]\nname = "alpha"\n`;

test('nothing is elected by default', (t) => {
  const { election, coordinator, leaseMs, etcdEndpoints } = load(cluster('')).cluster!;
  t.deepEqual([election, coordinator, leaseMs, etcdEndpoints], ['none', 'alpha', 5000, ['http://127.0.0.1:2379']]);
});

test('an election with everything it may have', (t) => {
  const authority = new Authority();
  t.teardown(() => authority.dispose());
  const { cert, key } = authority.issue('node');
  const keys = [
    'election = "etcd"',
    'etcd_endpoints = ["https://a.example:1", "https://[::1]:2379"]',
    'etcd_user = "u"',
    'lease_ms = "10s"',
    `etcd_ca = "${authority.ca}"`,
    `etcd_cert = "${cert}"`,
    `etcd_key = "${key}"`,
  ].join('\n');
  const config = load(cluster(keys), { environment: { DATAFABRIC_ETCD_PASSWORD: 'sesame' } }).cluster!;
  t.like(config, { election: 'etcd', etcdUser: 'u', etcdPassword: 'sesame', etcdKey: key, leaseMs: 10_000 });
});

const cases: [keys: string, problem: RegExp][] = [
  ['lease_ms = "2500ms"', /cluster\.lease_ms: 2500 ms are not whole seconds, and etcd's leases have no others/],
  ['lease_ms = "1s"', /cluster\.lease_ms: found "1s"; allowed: a duration .* from 2000 to 3600000 ms/],
  ['coordinator = "alpha"', /cluster\.coordinator: is elected, as cluster\.election is "etcd"/],
  ['etcd_endpoints = []', /cluster\.etcd_endpoints: is empty: an election needs an etcd/],
  ['etcd_endpoints = ["127.0.0.1:2379"]', /cluster\.etcd_endpoints: found .* allowed: a list of URLs with ports/],
  ['etcd_endpoints = ["http://a:1", "https://b:1"]', /http: and https: can not be mixed/],
  ['etcd_user = "u"', /cluster\.etcd_user: set both, cluster\.etcd_user and cluster\.etcd_password/],
  ['etcd_password = "p"', /cluster\.etcd_password: set both/],
  ['etcd_endpoints = ["https://a:1"]\netcd_ca = "none.pem"', /cluster\.etcd_ca: .*none\.pem: ENOENT/],
  ['etcd_endpoints = ["https://a:1"]\netcd_key = "none.key"', /needs all of cluster\.etcd_ca, etcd_cert and etcd_key/],
  ['etcd_ca = "none.pem"', /cluster\.etcd_ca: is for TLS: write https: in cluster\.etcd_endpoints/],
];

for (const [keys, problem] of cases) {
  test(`refused: ${keys.replaceAll('\n', ', ')}`, (t) => {
    t.regex(problemsOf(cluster(`election = "etcd"\n${keys}`)).join('\n'), problem);
  });
}

test('relative paths start at the file, and a password is not shown in a problem', (t) => {
  const problems = problemsOf(cluster('election = "etcd"\netcd_password = ""\n')).join();
  t.regex(problems, /cluster\.etcd_password: found another value/);
  const files = problemsOf(cluster('election = "etcd"\netcd_endpoints = ["https://a:1"]\netcd_ca = "x.pem"')).join();
  t.true(files.includes(join(folder, 'x.pem')));
});
