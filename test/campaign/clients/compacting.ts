/** DEFRAG again and again, on a connection of its own. */
import { connect, type FabricClient } from '../../../dist/client/index.js';

export class Compacting {
  runs = 0;
  readonly #fabric: FabricClient;
  #paused = false;
  #run: Promise<void>;

  private constructor(fabric: FabricClient) {
    this.#fabric = fabric;
    this.#run = this.#loop();
  }

  static async start(url: string): Promise<Compacting> {
    return new Compacting(await connect(url));
  }

  async pause(): Promise<void> {
    this.#paused = true;
    await this.#run;
  }

  resume(): void {
    this.#paused = false;
    this.#run = this.#loop();
  }

  async end(): Promise<void> {
    await this.pause();
    await this.#fabric.close();
  }

  async #loop(): Promise<void> {
    while (!this.#paused) {
      await this.#fabric.defrag();
      this.runs++;
    }
  }
}
