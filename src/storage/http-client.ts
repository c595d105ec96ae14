/**
 * Requests by Node's own client, whose connections are kept and shared. It goes on after `100 Continue`, which the data nodes of HDFS send
 * unasked, and at which others give up.
 */
import http, { type IncomingHttpHeaders, type OutgoingHttpHeaders } from 'node:http';
import https from 'node:https';
import type { Readable } from 'node:stream';

export interface HttpRequest {
  method: string;
  signal: AbortSignal;
  headers?: OutgoingHttpHeaders;
  body?: Uint8Array | Readable;
}

export interface HttpReply {
  status: number;
  headers: IncomingHttpHeaders;
  body: Readable;
}

export class HttpClient {
  readonly #agents: { 'http:': http.Agent; 'https:': https.Agent };

  constructor(connectionsMax: number) {
    const options = { keepAlive: true, maxSockets: connectionsMax };
    this.#agents = { 'http:': new http.Agent(options), 'https:': new https.Agent(options) };
  }

  /** Follows no redirects. Rejects with the signal's reason when that ends it. */
  send(url: URL, { method, signal, headers = {}, body }: HttpRequest): Promise<HttpReply> {
    const secure = url.protocol === 'https:';
    const agent = this.#agents[secure ? 'https:' : 'http:'];
    return new Promise((resolve, reject) => {
      const request = (secure ? https : http).request(url, { method, headers, agent, signal });
      request.once('response', (reply) => {
        resolve({ status: reply.statusCode ?? 0, headers: reply.headers, body: reply });
      });
      request.on('error', (error) => reject(signal.aborted ? (signal.reason as Error) : error));
      if (body === undefined || body instanceof Uint8Array) request.end(body);
      else body.pipe(request);
    });
  }

  /** Gives connections up, with what is under way on them. */
  close(): void {
    this.#agents['http:'].destroy();
    this.#agents['https:'].destroy();
  }
}
