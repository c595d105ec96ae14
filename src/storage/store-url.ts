/**
 * A store as a url, such as people write down and pass on; so it never holds a secret.
 *
 *     posix:///folder              file:///folder
 *     s3://bucket/prefix?endpoint=http://host:port&region=name&path_style=true
 *     webhdfs://host:port/folder?user=name      (hdfs:// is the same; swebhdfs:// asks by TLS)
 *
 * and with each `repository=name`, which of those in the store is meant.
 */
import { FabricError } from '../errors.js';
import type { StoreOptions } from './open-store.js';

export interface StoreUrl {
  options: StoreOptions;
  /** Absent: as the one who asks calls its own. */
  repository: string | undefined;
}

const URL_CHARACTERS_MAX = 2000;
const REPOSITORY = /^[A-Za-z0-9-]{1,64}$/;
const BUCKET = /^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/;
const REGION_DEFAULT = 'us-east-1';
/** Of a name node's web server. */
const HDFS_PORT_DEFAULT = '9870';
const QUERIES: Readonly<Record<StoreOptions['kind'], readonly string[]>> = {
  memory: [],
  posix: ['repository'],
  s3: ['repository', 'endpoint', 'region', 'path_style'],
  hdfs: ['repository', 'user'],
};
const SECRET = /key|secret|token|password|credential|signature/i;

export function parseStoreUrl(text: string): StoreUrl {
  const url = urlOf(text);
  refuseSecrets(url);
  const options = optionsOf(url, text);
  const strange = [...url.searchParams.keys()].find((name) => !QUERIES[options.kind].includes(name));
  if (strange !== undefined) {
    throw new FabricError(
      'ERR',
      `'${strange}' is nothing to say in such a url: there are ${QUERIES[options.kind].join(', ')}`,
    );
  }
  const repository = url.searchParams.get('repository') ?? undefined;
  if (repository !== undefined && !REPOSITORY.test(repository)) {
    throw new FabricError('ERR', `a repository's name has 1 to 64 letters, digits and hyphens, unlike '${repository}'`);
  }
  return { options, repository };
}

function urlOf(text: string): URL {
  try {
    // What isn't printable ASCII would be changed on its way, or break the line it is kept in.
    if (text.length <= URL_CHARACTERS_MAX && /^[!-~]+$/.test(text)) return new URL(text);
  } catch {
    // Told below.
  }
  throw refused(text);
}

function refuseSecrets({ username, password, searchParams }: URL): void {
  const told = [...searchParams.keys()].some((name) => SECRET.test(name));
  // An endpoint is a url in the url.
  const nested = [...searchParams.values()].some((value) => /^[a-z]+:\/\/[^/]*@/i.test(value));
  if (username === '' && password === '' && !told && !nested) return;
  throw new FabricError(
    'NOPERM',
    "credentials don't belong into a url, which is kept and shown: for S3 set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or a profile, where datafabric runs; for HDFS say ?user=name",
  );
}

function optionsOf(url: URL, text: string): StoreOptions {
  switch (url.protocol) {
    case 'posix:':
    case 'file:':
      return posixOptions(url, text);
    case 's3:':
      return s3Options(url, text);
    case 'hdfs:':
    case 'webhdfs:':
    case 'swebhdfs:':
      return hdfsOptions(url, text);
    default:
      throw refused(text);
  }
}

function posixOptions(url: URL, text: string): StoreOptions {
  const path = pathOf(url, text);
  if (url.host !== '' || path.length < 2) throw refused(text);
  return { kind: 'posix', path };
}

function s3Options(url: URL, text: string): StoreOptions {
  const bucket = url.host;
  if (!BUCKET.test(bucket)) throw refused(text);
  const endpoint = url.searchParams.get('endpoint') ?? undefined;
  if (endpoint !== undefined && !/^https?:\/\/[^/?#]+\/?$/.test(endpoint)) {
    throw new FabricError('ERR', `an endpoint is written http://host:port or https://host:port, not '${endpoint}'`);
  }
  return {
    kind: 's3',
    bucket,
    prefix: pathOf(url, text).replace(/^\/|\/$/g, ''),
    region: url.searchParams.get('region') ?? REGION_DEFAULT,
    // Most servers other than Amazon's want it so.
    pathStyle: (url.searchParams.get('path_style') ?? String(endpoint !== undefined)) === 'true',
    ...(endpoint !== undefined && { endpoint }),
  };
}

function hdfsOptions(url: URL, text: string): StoreOptions {
  const path = pathOf(url, text);
  if (url.hostname === '' || path.length < 2) throw refused(text);
  const protocol = url.protocol === 'swebhdfs:' ? 'https' : 'http';
  const user = url.searchParams.get('user');
  const endpoint = `${protocol}://${url.hostname}:${url.port === '' ? HDFS_PORT_DEFAULT : url.port}`;
  return { kind: 'hdfs', endpoint, path, ...(user !== null && { user }) };
}

function pathOf({ pathname }: URL, text: string): string {
  try {
    const path = decodeURIComponent(pathname);
    if (!path.includes('\0')) return path;
  } catch {
    // Told below.
  }
  throw refused(text);
}

function refused(text: string): FabricError {
  return new FabricError(
    'ERR',
    `'${text.slice(0, 100)}' is no url of a store: write posix:///folder, s3://bucket/prefix?endpoint=http://host:port, or webhdfs://host:9870/folder`,
  );
}
