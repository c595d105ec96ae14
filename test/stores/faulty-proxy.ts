/** Stands before a real server and does to its clients what networks and overloaded servers do. */
import http, { type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { ExecutionContext } from 'ava';

export type Fault =
  /** The server does it, and its answer is lost. */
  | 'lose the reply'
  /** The server does it, and its answer never comes. */
  | 'hold the reply'
  /** The server hears nothing, nor does the client. */
  | 'hold the request'
  /** The client is cut off after the first half of the answer's body. */
  | 'cut the reply'
  /** The server is cut off after the first piece of the request's body, and the client too. */
  | 'cut the request'
  /** Another answer is given; `after` the server has done it, or in its stead. */
  | { status: number; body?: string; after?: boolean };

export type Rule = (method: string, url: string) => Fault | undefined;

/** Data nodes are reached through the proxy too: their address follows this. */
const ELSEWHERE = '/~to/';

export class FaultyProxy {
  readonly #server: http.Server;
  readonly #target: URL;
  /** How the server is reached through it. */
  endpoint = '';
  /** What is done to each request; nothing unless told. */
  rule: Rule = () => undefined;
  /** Requests so far, as `METHOD url`. */
  readonly requests: string[] = [];

  private constructor(target: string) {
    this.#target = new URL(target);
    this.#server = http.createServer((request, reply) => this.#serve(request, reply));
  }

  static async start(t: ExecutionContext, target: string): Promise<FaultyProxy> {
    const proxy = new FaultyProxy(target);
    await new Promise<void>((resolve) => proxy.#server.listen(0, '127.0.0.1', resolve));
    proxy.endpoint = `http://127.0.0.1:${(proxy.#server.address() as AddressInfo).port}`;
    t.teardown(() => {
      proxy.#server.closeAllConnections();
      proxy.#server.close();
    });
    return proxy;
  }

  #serve(request: IncomingMessage, reply: ServerResponse): void {
    const { method = '', url = '' } = request;
    this.requests.push(`${method} ${url}`);
    const fault = this.rule(method, url);
    if (fault === 'hold the request') return;
    if (typeof fault === 'object' && fault.after !== true) {
      request.resume().once('end', () => answer(reply, fault));
      return;
    }
    // With the host as the client named it: its signature covers that.
    const forwarded = http.request(this.#targetOf(url), { method, headers: request.headers, agent: false });
    forwarded.once('response', (answered) => this.#pass(answered, reply, fault));
    forwarded.once('error', () => reply.destroy());
    if (fault === 'cut the request') {
      request.once('data', (piece: Buffer) => {
        forwarded.write(piece.subarray(0, piece.length / 2), () => {
          forwarded.destroy();
          reply.destroy();
        });
      });
    } else {
      request.pipe(forwarded);
    }
  }

  #pass(answered: IncomingMessage, reply: ServerResponse, fault: Fault | undefined): void {
    if (fault === 'hold the reply') return void answered.resume();
    if (fault === 'lose the reply') return void answered.resume().once('end', () => reply.destroy());
    if (typeof fault === 'object') return void answered.resume().once('end', () => answer(reply, fault));
    const { location, ...headers } = answered.headers;
    const through = location?.replace(/^http:\/\//, `${this.endpoint}${ELSEWHERE}`);
    reply.writeHead(answered.statusCode!, { ...headers, ...(through !== undefined && { location: through }) });
    if (fault !== 'cut the reply') return void answered.pipe(reply);
    const half = Number(headers['content-length']) / 2;
    let seen = 0;
    answered.on('data', (piece: Buffer) => {
      const room = Math.max(0, Math.floor(half) - seen);
      seen += piece.length;
      reply.write(piece.subarray(0, room));
      if (seen >= half) reply.socket?.end();
    });
  }

  #targetOf(url: string): URL {
    if (url.startsWith(ELSEWHERE)) return new URL(`http://${url.slice(ELSEWHERE.length)}`);
    return new URL(url, this.#target);
  }
}

function answer(reply: ServerResponse, { status, body = '' }: { status: number; body?: string }): void {
  reply.writeHead(status, { 'content-type': body.startsWith('{') ? 'application/json' : 'application/xml' }).end(body);
}

/** A rule for requests that match, the first so many times. */
export function first(times: number, matches: RegExp, fault: Fault): Rule {
  let left = times;
  return (method, url) => (left > 0 && matches.test(`${method} ${url}`) && left-- > 0 ? fault : undefined);
}

/** The first rule that has something to say. */
export const either =
  (...rules: Rule[]): Rule =>
  (method, url) => {
    for (const rule of rules) {
      const fault = rule(method, url);
      if (fault !== undefined) return fault;
    }
    return undefined;
  };
