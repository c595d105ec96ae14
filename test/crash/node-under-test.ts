/** A server on the crash build, which can be told where to die; its segments are small and its times short. */
import { join } from 'node:path';
import { native, type Slot } from '../../dist/native.js';
import { Link } from '../campaign/link.js';
import { TestServer } from '../support/server.js';
import { CrashControl, type Trap } from './control.js';
import type { StorePoint } from './store-points.js';

export const QUARANTINE_MS = 400;
export const PIN_LINGER_MS = 900;
export const RESERVE_LINGER_MS = 700;
const SEGMENTS_MIB = [6, 4];
const SLOTS = 64;

const CONFIG = {
  limits: { variables_max: 20_000, pins_max: 20_000, string_bytes_max: 4 << 20, segments_max: 16, slots_max: SLOTS },
  times: {
    quarantine_ms: QUARANTINE_MS,
    pin_linger_ms: PIN_LINGER_MS,
    reserve_linger_ms: RESERVE_LINGER_MS,
    restart_grace_ms: 0,
  },
};

/** How an open went, as the server logs it. */
interface OpenReport {
  warm: boolean;
  redoReplayed: boolean;
  lostSegments: string[];
}

export class NodeUnderTest {
  readonly server: TestServer;
  readonly control: CrashControl;
  /** Date.now() before the running server was spawned. */
  spawnedMs = 0;

  constructor(points: readonly StorePoint[], segmentsMib: readonly number[] = SEGMENTS_MIB) {
    this.server = new TestServer({ config: { ...CONFIG, node: { segments_mib: segmentsMib } } });
    this.control = new CrashControl(join(this.server.folder, 'crash-control'), points);
  }

  get catalogPath(): string {
    return `/dev/shm/${this.server.prefix}.${this.server.node}.catalog`;
  }

  async start(): Promise<void> {
    this.spawnedMs = Date.now();
    await this.server.start(this.control.env);
  }

  /** Starts it to die at that point before it serves; false when it got past it, and serves. */
  async startInto(trap: Trap): Promise<boolean> {
    this.control.arm(trap);
    const died = await this.start().then(
      () => false,
      (error: unknown) => {
        if (this.control.killed() === trap.point) return true;
        throw error;
      },
    );
    this.control.disarm();
    return died;
  }

  report(): OpenReport {
    const ready = this.server
      .output()
      .split('\n')
      .filter((line) => line.includes('"open":'))
      .at(-1);
    if (ready === undefined) throw new Error(`no report of the open in:\n${this.server.output()}`);
    return (JSON.parse(ready) as { open: OpenReport }).open;
  }

  link(): Link {
    return new Link(this.server.port);
  }

  takeSlot(): Slot {
    return native.acquireSlot(`/${this.server.prefix}.${this.server.node}.slots`);
  }

  async dispose(): Promise<void> {
    this.control.close();
    await this.server.dispose();
  }
}
