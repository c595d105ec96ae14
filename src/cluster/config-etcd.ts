/** The keys of `[cluster]` by which the coordinator is elected. */
import { choice, duration, optionalText, secret, texts } from './config-field.js';
import { checkPemFiles } from './config-tls.js';

const HOUR_MS = 3_600_000;
const PATH = /^[^\0]+$/;
const URL_PATTERN = /^https?:\/\/(?:[A-Za-z0-9._-]+|\[[0-9A-Fa-f:.]+\]):\d{1,5}$/;

export const etcdFields = {
  election: choice('none', ['none', 'etcd']),
  etcd_endpoints: texts(
    ['http://127.0.0.1:2379'],
    URL_PATTERN,
    'a list of URLs with ports, such as ["http://10.0.0.1:2379", "http://10.0.0.2:2379"]',
  ),
  etcd_user: optionalText(/^[^\0]{1,255}$/, 'a user of etcd, a string of 1 to 255 characters'),
  etcd_password: secret(optionalText(/^[^\0]{1,512}$/, 'a string of 1 to 512 characters')),
  etcd_ca: optionalText(PATH, 'the path of a PEM file'),
  etcd_cert: optionalText(PATH, 'the path of a PEM file'),
  etcd_key: optionalText(PATH, 'the path of a PEM file'),
  // etcd's own minimum is 2 s with its usual election time-out.
  lease_ms: duration('5s', 2000, HOUR_MS),
} as const;

export interface RawEtcd {
  election: 'none' | 'etcd';
  etcd_endpoints: readonly string[];
  etcd_user: string | undefined;
  etcd_password: string | undefined;
  etcd_ca: string | undefined;
  etcd_cert: string | undefined;
  etcd_key: string | undefined;
  lease_ms: number;
}

/** Calls back for each thing wrong, with its key. */
export function checkEtcd(
  raw: RawEtcd & { coordinator: string | undefined },
  absolute: (path: string) => string,
  add: (key: string, text: string) => void,
): void {
  if (raw.election === 'none') return;
  if (raw.coordinator !== undefined)
    add('coordinator', 'is elected, as cluster.election is "etcd": leave one of the two out');
  if (raw.lease_ms % 1000 !== 0)
    add('lease_ms', `${raw.lease_ms} ms are not whole seconds, and etcd's leases have no others: take "2s", "5s", …`);
  if ((raw.etcd_user === undefined) !== (raw.etcd_password === undefined))
    add(
      raw.etcd_user === undefined ? 'etcd_password' : 'etcd_user',
      'set both, cluster.etcd_user and cluster.etcd_password (or DATAFABRIC_ETCD_PASSWORD), or neither',
    );
  checkEndpoints(raw, add);
  const files = { ca: raw.etcd_ca, cert: raw.etcd_cert, key: raw.etcd_key };
  checkPemFiles(files, absolute, (key, text) => add(`etcd_${key}`, text));
}

function checkEndpoints({ etcd_endpoints, ...raw }: RawEtcd, add: (key: string, text: string) => void): void {
  if (etcd_endpoints.length === 0) add('etcd_endpoints', 'is empty: an election needs an etcd');
  const secure = etcd_endpoints.filter((url) => url.startsWith('https:')).length;
  if (secure > 0 && secure < etcd_endpoints.length) add('etcd_endpoints', 'http: and https: can not be mixed');
  const files = (['etcd_ca', 'etcd_cert', 'etcd_key'] as const).filter((key) => raw[key] !== undefined);
  if (secure === 0 && files.length > 0) add(files[0]!, 'is for TLS: write https: in cluster.etcd_endpoints');
  if ((raw.etcd_cert ?? raw.etcd_key) !== undefined && files.length < 3)
    add(files.at(-1)!, 'a certificate to show to etcd needs all of cluster.etcd_ca, etcd_cert and etcd_key');
}
