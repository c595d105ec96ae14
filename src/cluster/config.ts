/** The configuration as the rest of the program sees it: complete, defaults filled in, units last in names. */

export interface NodeConfig {
  /** Also part of the names of the shared-memory objects. */
  name: string;
  /** Directory for what must outlive a reboot: epoch, owner lock. */
  stateDir: string;
  shmPrefix: string;
  /** Permission bits of the shared-memory objects. */
  shmMode: number;
  /** A group's name or number; absent: the process's own. */
  shmGroup: string | undefined;
  /** MiB allocated at start when the node has no segments yet; one segment each. */
  segmentsMib: readonly number[];
}

export interface ListenConfig {
  /** Addresses for TCP; empty: none. Beyond loopback everyone needs a password. */
  hosts: readonly string[];
  port: number;
  /** Path of a unix socket; absent: none. */
  unixPath: string | undefined;
  unixMode: number;
}

export interface TlsConfig {
  /** Addresses for TLS; empty: none. */
  hosts: readonly string[];
  port: number;
  /** Paths of PEM files, absolute. There when `hosts` isn't empty. */
  cert: string | undefined;
  key: string | undefined;
  /** Who signs client certificates. There when they are asked for. */
  ca: string | undefined;
  clientCertificates: 'no' | 'optional' | 'required';
  minVersion: 'TLSv1.2' | 'TLSv1.3';
}

export interface UserConfig {
  name: string;
  enabled: boolean;
  /** Any password is right. */
  nopass: boolean;
  /** Each is right: SHA-256 in lower-case hex. */
  passwordSha256: readonly string[];
  /** `+@read`, `-keys`, `+client|list`, in lower case: applied in order, beginning with nothing. */
  commands: readonly string[];
  /** Patterns of names. */
  read: readonly string[];
  write: readonly string[];
}

export interface SecurityConfig {
  /** That of the user `default`, unless `users` has one of that name. */
  password: string | undefined;
  /** FILE sources must lie beneath one of these, absolute. */
  sourceRoots: readonly string[];
  /** SHM sources' names must begin with one of these, e.g. `/psm_`. */
  shmSourcePrefixes: readonly string[];
}

export interface LimitsConfig {
  clientsMax: number;
  bulkBytesMax: number;
  /** Reservations and payloads on their way in, together. */
  reservedBytesMax: number;
  /** Heap memory of requests that aren't whole yet, of all clients together. */
  inputBytesMax: number;
  outputBufferBytesMax: number;
  /** Messages a subscriber or monitor hasn't taken: beyond it is disconnected; 0: no limit. */
  pushedBytesMax: number;
  /** The same when it stays beyond for `pushedSoftMs`; 0: no limit. */
  pushedSoftBytes: number;
  pushedSoftMs: number;
  /** Channels and patterns of one connection. */
  subscriptionsMax: number;
  /** Heap memory of the commands one connection has queued since MULTI. */
  transactionBytesMax: number;
  /** Names one connection may WATCH. */
  watchedNamesMax: number;
  documentationBytesMax: number;
  variablesMax: number;
  pinsMax: number;
  stringBytesMax: number;
  segmentsMax: number;
  slotsMax: number;
  /** Half-sent bulks and commands are given up after this long without a byte. */
  halfSentMs: number;
  /** 0: idle clients stay. */
  idleMs: number;
  waitMsMax: number;
  leaseMsMax: number;
}

export interface TimesConfig {
  quarantineMs: number;
  pinLingerMs: number;
  reserveLingerMs: number;
  restartGraceMs: number;
  /** Time for clients to take their replies at SIGTERM. */
  drainMs: number;
}

/** A bucket. */
export interface S3Config {
  store: 's3';
  bucket: string;
  /** Begins the names of all objects in the bucket; empty for none. */
  prefix: string;
  region: string;
  /** `http(s)://host:port` of a server other than Amazon's. */
  endpoint: string | undefined;
  /** The bucket stands in the path of URLs, not in the host's name. */
  pathStyle: boolean;
  /** Absolute; absent: credentials are found as Amazon's tools do. */
  credentialsFile: string | undefined;
  profile: string | undefined;
  /** For a call with all its retries. */
  timeoutMs: number;
}

export interface HdfsConfig {
  store: 'hdfs';
  endpoint: string;
  /** A folder, from `/` on. */
  path: string;
  user: string | undefined;
  timeoutMs: number;
}

/** Which store, and where. */
export type StoreConfig = { store: 'memory' } | { store: 'posix'; path: string } | S3Config | HdfsConfig;

export type MetaConfig = StoreConfig & {
  /** First part of all objects' keys. */
  repository: string;
  /** Absolute; for remotes on S3, and the store if it is there. Absent: credentials are found as Amazon's tools do. */
  credentialsFile: string | undefined;
  profile: string | undefined;
  /** Folders below which remotes in the file system may be, for clients; absolute. */
  remoteRoots: readonly string[];
  /** How often subscribers' keys are looked at for versions that other processes made. */
  watchMs: number;
};

export interface LogConfig {
  level: 'trace' | 'debug' | 'info' | 'warn' | 'error' | 'fatal' | 'silent';
  /** `pretty` for people, `json` for machines, `auto`: pretty on a terminal. */
  format: 'pretty' | 'json' | 'auto';
}

export interface SlowlogConfig {
  /** Commands slower than this are kept; -1: none. */
  slowerThanMicroseconds: number;
  entriesMax: number;
}

export interface LatencyConfig {
  /** Delays from this length on are kept; 0: none. */
  thresholdMs: number;
}

export interface ClusterNodeConfig {
  name: string;
  /** Where the other nodes, and clients, reach it. */
  host: string;
  port: number;
  /** Where it listens for TLS; absent: nowhere. */
  tlsPort: number | undefined;
  zone: string;
  /** Its share of what is spread, beside the others' weights. */
  weight: number;
  segmentsMib: readonly number[];
}

/** Several nodes that are one fabric; the same on all of them. */
export interface ClusterConfig {
  name: string;
  /** Of the user by whose name the nodes speak with one another. */
  password: string;
  /** PEM files by which nodes speak TLS with each other, absolute; absent: they don't. */
  tls: { ca: string; cert: string | undefined; key: string | undefined } | undefined;
  /** A node's name; nobody's in particular where one is elected. */
  coordinator: string;
  election: 'none' | 'etcd';
  /** URLs. */
  etcdEndpoints: readonly string[];
  etcdUser: string | undefined;
  etcdPassword: string | undefined;
  /** Paths of PEM files, absolute. */
  etcdCa: string | undefined;
  etcdCert: string | undefined;
  etcdKey: string | undefined;
  /** How long an elected coordinator stays one without being heard of by etcd; whole seconds. */
  leaseMs: number;
  nodes: readonly ClusterNodeConfig[];
  heartbeatMs: number;
  /** A node that hasn't been heard of for so long is down. */
  downMs: number;
  /** How long a coordinator that has just begun waits for nodes that don't report. */
  rejoinWaitMs: number;
  /** Of what a node has that is down for longer, further copies are made elsewhere; 0: only when it is forgotten. */
  replaceMs: number;
  /** That are moved between nodes, where no command says otherwise. */
  upkeepBytesPerSecond: number;
}

/** Mutable where CONFIG SET may change it at run time. */
export interface Config {
  /** Absolute path of the file, or undefined when built by hand. */
  path: string | undefined;
  node: NodeConfig;
  listen: ListenConfig;
  tls: TlsConfig;
  security: SecurityConfig;
  users: readonly UserConfig[];
  limits: LimitsConfig;
  times: TimesConfig;
  meta: MetaConfig;
  /** Where the data is that leaves shared memory. */
  data: StoreConfig;
  log: LogConfig;
  slowlog: SlowlogConfig;
  latency: LatencyConfig;
  /** Absent: the node is alone. */
  cluster: ClusterConfig | undefined;
}
