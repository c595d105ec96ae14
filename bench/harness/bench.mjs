// What a row gets: servers, programs and rounds; everything started is ended with the row.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { compiled } from './compile.mjs';
import { FabricCluster } from './cluster.mjs';
import { FabricNode } from './node.mjs';
import { end, endAll, firstLine, measured, named, output, start, Stepper } from './processes.mjs';
import { RedisServer } from './redis.mjs';

export class Bench {
  rounds;
  quick;
  /** The greatest catalog to try. */
  keysMax;
  folder = mkdtempSync(join(tmpdir(), 'datafabric-bench-'));
  #servers = [];
  #onExit = () => this.#removeAll();

  constructor({ rounds, quick, keysMax }) {
    this.rounds = rounds;
    this.keysMax = keysMax;
    this.quick = quick;
    process.on('exit', this.#onExit);
  }

  /** The second where the row only has to be seen to work. */
  size(whole, quick) {
    return this.quick ? quick : whole;
  }

  async node(options) {
    return this.#begin(new FabricNode(options));
  }

  async cluster(options) {
    return this.#begin(new FabricCluster(options));
  }

  async redis(options) {
    return this.#begin(new RedisServer(options));
  }

  async etcd() {
    const { EtcdServer } = await import('./etcd.mjs');
    return this.#begin(new EtcdServer());
  }

  async objectGateway() {
    const { ObjectGateway } = await import('./rgw.mjs');
    return this.#begin(new ObjectGateway());
  }

  /** Runs one of the C++ programs to its end; what it measured. */
  async run(program, values, options) {
    return measured(compiled(program), values, options);
  }

  async text(program, args, options) {
    return output(program, args, options);
  }

  /** Something to send bytes to. */
  async sink(values, options) {
    const child = start(compiled('sink'), named(values), options);
    return { pid: child.pid, port: Number(await firstLine(child)), stop: () => end(child) };
  }

  stepper(program, args, options) {
    return new Stepper(program, args, options);
  }

  /** Measures each of `sides` (name → async function) once a round, in turn; samples by name. */
  async alternate(sides) {
    const samples = Object.fromEntries(Object.keys(sides).map((name) => [name, []]));
    for (let round = 0; round < this.rounds; round++) {
      for (const [name, measure] of Object.entries(sides)) samples[name].push(await measure(round));
    }
    return samples;
  }

  async stop(server) {
    this.#servers.splice(this.#servers.indexOf(server), 1);
    await server.stop();
  }

  async close() {
    // What was started later uses what was there.
    for (const server of this.#servers.toReversed()) await this.stop(server);
    await endAll();
    this.#removeAll();
    process.off('exit', this.#onExit);
  }

  async #begin(server) {
    this.#servers.push(server);
    return server.start();
  }

  /** Also when the bench ends in the middle: the kernel ends the servers, but leaves their objects. */
  #removeAll() {
    for (const server of this.#servers) server.removeObjects();
    rmSync(this.folder, { recursive: true, force: true });
  }
}

for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => process.exit(1));
