/**
 * Questions to etcd, each with a time limit, at whichever of its endpoints answers. A connection on which one was late is not used
 * again: what lies beyond it may be gone without a word.
 */
import { readFileSync } from 'node:fs';
import type { Etcd3, IOptions } from 'etcd3';
import { FabricError } from '../errors.js';
import { within } from '../util/time-limit.js';
import type { ElectionLog } from './election.js';
import { describeEtcdFault, etcdRefuses } from './etcd-fault.js';

export interface EtcdAddress {
  /** URLs, of `http` or of `https`. */
  endpoints: readonly string[];
  user: string | undefined;
  password: string | undefined;
  /** Paths of PEM files: who signs etcd's certificate, and what this node shows. */
  ca: string | undefined;
  cert: string | undefined;
  key: string | undefined;
}

/** How long one endpoint may take to answer. */
export interface EtcdLimits {
  /** To a renewal, for which it need not write to its disk. */
  renewalMs: number;
  /** To anything else. */
  callMs: number;
}

export class EtcdClient {
  readonly #address: EtcdAddress;
  readonly #limits: EtcdLimits;
  readonly #log: ElectionLog;
  #at = 0;
  #etcd: Promise<Etcd3> | undefined;
  #trouble: 'refused' | 'away' | undefined;
  #closed = false;

  constructor(address: EtcdAddress, limits: EtcdLimits, log: ElectionLog) {
    this.#address = address;
    this.#limits = limits;
    this.#log = log;
  }

  /**
   * The endpoints are asked one after the other until one answers, so `question` may be asked again after etcd has already done what
   * it asks for. NOCOORD when none answers.
   */
  async call<T>(question: (etcd: Etcd3) => Promise<T>, limitMs = this.#limits.callMs): Promise<T> {
    const { endpoints } = this.#address;
    const faults: string[] = [];
    let refused = false;
    for (let tried = 0; tried < endpoints.length && !this.#closed; tried++) {
      const endpoint = endpoints[this.#at]!;
      const etcd = (this.#etcd ??= this.#connect(endpoint));
      try {
        // What is loaded for the first one takes its time, too.
        const open = await etcd;
        const answer = await within(question(open), limitMs, () => new Error(`nothing in ${limitMs} ms`));
        this.#answered(endpoint);
        return answer;
      } catch (error) {
        refused ||= etcdRefuses(error);
        faults.push(describeEtcdFault(endpoint, error));
        this.#leave(etcd);
      }
    }
    throw this.#failed(faults, refused);
  }

  /** It answered last that it wants another user or password: a person has to do something first. */
  get isRefused(): boolean {
    return this.#trouble === 'refused';
  }

  /** Whether there still is such a lease; it then lasts for its whole time again. */
  keepAlive(id: string): Promise<boolean> {
    // etcd3's own leases measure on the wall clock, from when the answer came, and hold on for twice their time.
    const { renewalMs } = this.#limits;
    return this.call(async (etcd) => {
      const stream = await etcd.leaseClient.leaseKeepAlive({ deadline: Date.now() + renewalMs });
      return new Promise<boolean>((resolve, reject) => {
        stream.on('data', ({ TTL }) => {
          resolve(TTL !== '0');
          stream.end();
        });
        stream.on('error', reject);
        stream.on('end', () => reject(new Error('the connection was closed')));
        stream.write({ ID: id });
      });
    }, renewalMs);
  }

  /** Calls back when that key is written or deleted from that revision on. A hint: it may never come. Returns what ends it. */
  watch(key: string, fromRevision: number, changed: () => void): () => void {
    let cancel = (): void => undefined;
    let over = false;
    const begin = async (etcd: Etcd3): Promise<void> => {
      const stream = await etcd.watchClient.watch();
      stream.on('error', () => undefined);
      cancel = () => stream.cancel();
      if (over) {
        cancel();
        return;
      }
      stream.on('data', ({ events }) => {
        if (events.length > 0 && !over) changed();
      });
      stream.write({ create_request: { key: Buffer.from(key), start_revision: String(fromRevision) } });
    };
    this.#etcd?.then(begin).catch(() => undefined);
    return () => {
      over = true;
      cancel();
    };
  }

  close(): void {
    this.#closed = true;
    if (this.#etcd !== undefined) this.#leave(this.#etcd);
  }

  async #connect(endpoint: string): Promise<Etcd3> {
    const { user, password, ca, cert, key } = this.#address;
    // Loaded only where an election needs it.
    const [{ Etcd3 }, { noop }] = await Promise.all([import('etcd3'), import('cockatiel')]);
    const options: IOptions = {
      hosts: endpoint,
      // Its circuit breaker would refuse to ask for 5 s, a lease's time; its retries know no time limit.
      faultHandling: { host: () => noop, global: noop },
      defaultCallOptions: ({ isStream }) => (isStream ? {} : { deadline: Date.now() + this.#limits.callMs }),
      // A new client gets a new connection, at once.
      grpcOptions: { 'grpc.use_local_subchannel_pool': 1, 'grpc.enable_channelz': 0, 'grpc.enable_http_proxy': 0 },
    };
    if (user !== undefined) options.auth = { username: user, password: password ?? '' };
    if (ca !== undefined) {
      options.credentials = { rootCertificate: readFileSync(ca) };
      if (cert !== undefined && key !== undefined)
        Object.assign(options.credentials, { privateKey: readFileSync(key), certChain: readFileSync(cert) });
    }
    return new Etcd3(options);
  }

  /** The next question goes to the next endpoint. */
  #leave(etcd: Promise<Etcd3>): void {
    etcd.then((open) => open.close()).catch(() => undefined);
    if (this.#etcd !== etcd) return;
    this.#etcd = undefined;
    this.#at = (this.#at + 1) % this.#address.endpoints.length;
  }

  #answered(endpoint: string): void {
    if (this.#trouble === undefined) return;
    this.#trouble = undefined;
    this.#log.info(`etcd at ${endpoint} answers again`);
  }

  #failed(faults: readonly string[], refused: boolean): FabricError {
    if (this.#closed) return new FabricError('NOCOORD', 'this node ends, and asks etcd nothing any more');
    const text = faults.join('; ');
    const trouble = refused ? 'refused' : 'away';
    if (this.#trouble !== trouble) {
      this.#trouble = trouble;
      this.#log.warn(
        `${text}; until that is mended nobody can be elected coordinator, and what lies on the nodes can only be read`,
      );
    }
    return new FabricError('NOCOORD', text);
  }
}
