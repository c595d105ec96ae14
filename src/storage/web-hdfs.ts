/** Requests of WebHDFS: what the name node does by itself, and what it sends on to a data node. */
import type { Readable } from 'node:stream';
import { HttpClient, type HttpReply } from './http-client.js';
import { RemoteException } from './hdfs-error.js';
import type { HdfsOptions } from './hdfs-options.js';

const CONNECTIONS_MAX = 64;
const REPLY_BYTES_MAX = 64 << 20;

type Method = 'GET' | 'PUT' | 'DELETE';
type Parameters = Readonly<Record<string, string | number | boolean>>;

interface Call {
  op: string;
  /** Below the store's own folder; '' is that folder. */
  path: string;
  parameters?: Parameters;
  signal: AbortSignal;
}

export interface Content {
  body: Readable;
  bytes: number;
}

export class WebHdfs {
  readonly #base: string;
  readonly #folder: string;
  readonly #user: Parameters;
  readonly #http = new HttpClient(CONNECTIONS_MAX);

  constructor({ endpoint, path, user }: HdfsOptions) {
    this.#folder = path
      .split('/')
      .filter(Boolean)
      .map((part) => `/${part}`)
      .join('');
    this.#base = `${endpoint.replace(/\/+$/, '')}/webhdfs/v1`;
    this.#user = user === undefined ? {} : { 'user.name': user };
  }

  /** What the name node answers by itself: JSON, or nothing. */
  async ask(method: Method, call: Call): Promise<unknown> {
    const reply = await this.#http.send(this.#url(call), { method, signal: call.signal });
    if (reply.status >= 300) throw await remoteException(reply);
    const text = await textOf(reply);
    return text === '' ? undefined : (JSON.parse(text) as unknown);
  }

  /** The name node knows which data node has the bytes. */
  async open(path: string, parameters: Parameters, signal: AbortSignal): Promise<Content> {
    const url = await this.#dataNode('GET', { op: 'OPEN', path, parameters, signal });
    const reply = await this.#http.send(url, { method: 'GET', signal });
    if (reply.status !== 200) throw await remoteException(reply);
    const length = reply.headers['content-length'];
    if (typeof length === 'string') return { body: reply.body, bytes: Number(length) };
    reply.body.destroy();
    throw new RemoteException('NoLength', 'the data node does not say how many bytes it sends', reply.status);
  }

  /** Makes a file, which can be seen while it grows; it must not exist. */
  async create(path: string, bytes: number, body: Uint8Array | Readable, signal: AbortSignal): Promise<void> {
    const url = await this.#dataNode('PUT', { op: 'CREATE', path, parameters: { overwrite: false }, signal });
    const headers = { 'content-length': String(bytes), 'content-type': 'application/octet-stream' };
    const reply = await this.#http.send(url, { method: 'PUT', headers, body, signal });
    if (reply.status !== 201) throw await remoteException(reply);
    await textOf(reply);
  }

  /** Gives connections up, and what is under way on them. */
  close(): void {
    this.#http.close();
  }

  async #dataNode(method: Method, call: Call): Promise<URL> {
    const reply = await this.#http.send(this.#url(call), { method, signal: call.signal });
    const { location } = reply.headers;
    if (reply.status !== 307 || typeof location !== 'string') throw await remoteException(reply);
    await textOf(reply);
    return new URL(location, this.#base);
  }

  #url({ op, path, parameters }: Call): URL {
    const query = new URLSearchParams({ op });
    for (const [name, value] of Object.entries({ ...this.#user, ...parameters })) query.set(name, String(value));
    const steps = `${this.#folder}/${path}`.replace(/\/$/, '').split('/').map(encodeURIComponent);
    return new URL(`${this.#base}${steps.join('/')}?${query.toString()}`);
  }

  /** A path as parameters want it, from `/` on. */
  absolute(path: string): string {
    return `${this.#folder}/${path}`;
  }
}

async function remoteException(reply: HttpReply): Promise<RemoteException> {
  const text = await textOf(reply);
  const { exception, message } = exceptionIn(text);
  return new RemoteException(exception ?? `status ${reply.status}`, message ?? text.slice(0, 200), reply.status);
}

function exceptionIn(text: string): { exception?: string; message?: string } {
  try {
    const { RemoteException: found } = JSON.parse(text) as {
      RemoteException?: { exception?: string; message?: string };
    };
    return found ?? {};
  } catch {
    return {};
  }
}

async function textOf({ body }: HttpReply): Promise<string> {
  const pieces: Buffer[] = [];
  let bytes = 0;
  for await (const piece of body as AsyncIterable<Buffer>) {
    bytes += piece.length;
    if (bytes > REPLY_BYTES_MAX) throw new Error(`a reply of more than ${REPLY_BYTES_MAX} bytes`);
    pieces.push(piece);
  }
  return Buffer.concat(pieces).toString();
}
