/** Who coordinates where nobody is elected: whom the configuration names, or whoever was promoted by hand since. */
import { readWhole, writeWhole } from './whole-file.js';

export interface Seat {
  /** Rises with each promotion; 0: as the configuration has it. */
  generation: number;
  node: string;
  /** The coordinator's epochs and terms lie above it. */
  epoch: number;
}

/** Of two promotions at once the later name's counts, everywhere. */
export const isNewer = (seat: Seat, than: Seat): boolean =>
  seat.generation > than.generation || (seat.generation === than.generation && seat.node > than.node);

/** A node's account of it, kept over restarts in a file of its own. */
export class SeatFile {
  readonly #path: string;
  #seat: Seat;
  /** Writes follow one another. */
  #last: Promise<unknown> = Promise.resolve();

  private constructor(path: string, seat: Seat) {
    this.#path = path;
    this.#seat = seat;
  }

  static async open(path: string, configured: string): Promise<SeatFile> {
    const kept = await readWhole(
      path,
      'who coordinates',
      (bytes) => new SeatFile(path, JSON.parse(String(bytes)) as Seat),
    );
    return kept ?? new SeatFile(path, { generation: 0, node: configured, epoch: 0 });
  }

  get seat(): Seat {
    return this.#seat;
  }

  /** Takes a newer one over; resolves when it is on disk. */
  async learn(seat: Seat): Promise<void> {
    const learnt = this.#last.then(async () => {
      if (!isNewer(seat, this.#seat)) return;
      await writeWhole(this.#path, JSON.stringify(seat));
      this.#seat = seat;
    });
    this.#last = learnt.catch(() => undefined);
    await learnt;
  }
}
