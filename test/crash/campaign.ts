/** Rounds on one node whose data live through all of them: load, kill at a store, restart, check. */
import { readCatalog } from '../campaign/catalog-file.js';
import { total } from '../campaign/figures.js';
import { drill } from './drills.js';
import type { Random } from '../campaign/random.js';
import type { Link } from '../campaign/link.js';
import { checkAftermath } from './aftermath.js';
import { checkFigures, checkModel, checkPinnedBytes, expect, expectSame } from './checks.js';
import { takeInventory } from './inventory.js';
import { Load } from './load.js';
import { Model } from './model.js';
import { NodeUnderTest } from './node-under-test.js';
import { emphasisFor, occasionOf, passagesMaxOf, preludeOf } from './steering.js';
import type { StorePoint } from './store-points.js';

const LOAD_MS = 1200;
const CALM_LOAD_MS = 150;
const DRAIN_MS_MAX = 10_000;

export class Campaign {
  readonly node: NodeUnderTest;
  /** By point. */
  readonly kills: Map<string, number>;
  readonly #model = new Model();
  readonly #random: Random;
  #link: Link | undefined;
  #load: Load | undefined;

  constructor(points: readonly StorePoint[], random: Random, kills: Map<string, number>) {
    this.node = new NodeUnderTest(points);
    this.#random = random;
    this.kills = kills;
  }

  async begin(): Promise<void> {
    await this.node.start();
    this.#link = this.node.link();
    const { segments } = await takeInventory(this.node, this.#link.call);
    for (const { sharedId } of segments) this.#model.addSegment(sharedId);
    this.#load = new Load(this.node, this.#model, this.#random);
  }

  /** One kill at that store; false when the load didn't come past it, and the server was killed anywhere. */
  async round(point: string): Promise<boolean> {
    const hit = occasionOf(point) === 'recovery' ? await this.#killInRecovery(point) : await this.#killUnderLoad(point);
    if (hit) this.#count(point);
    await this.#checkRestarted();
    return hit;
  }

  /** As a round, but before the store, and nothing stops the recovery. */
  async killAndRecover(point: string): Promise<void> {
    if (await this.#killUnderLoad(point, false)) this.#count(point);
    await this.#checkRestarted();
  }

  /** Load that nothing disturbs, then a look at what it has made of the catalog. */
  async calmLoad(point?: string): Promise<void> {
    const lost = await this.#load!.run(CALM_LOAD_MS, point === undefined ? {} : emphasisFor(point));
    expect(!lost, () => `the server died unasked:\n${this.node.server.output().slice(-2000)}`);
    await drill(this.#load!.actors[0]!);
    await this.#check();
  }

  /** Everything is deleted and let go: not a byte may be missing then, nor after another restart. */
  async drain(): Promise<void> {
    const { call } = this.#link!;
    await this.#load!.flush();
    for (const token of this.#model.pins.keys()) await call('FABRIC.RELEASE', token).catch(() => undefined);
    this.#model.pins.clear();
    this.#model.reservations.clear();
    this.#load!.letGo();
    await this.#emptied();
    await this.#killAnywhere();
    await this.#restart();
    const { segments } = await takeInventory(this.node, this.#link!.call);
    expectSame('free bytes after a restart of the empty node', total(segments, 'freeBytes'), total(segments, 'bytes'));
    await this.#check();
  }

  async end(): Promise<void> {
    this.#load?.close();
    this.#link?.close();
    await this.node.dispose();
  }

  async #emptied(): Promise<void> {
    const { call } = this.#link!;
    const deadlineMs = Date.now() + DRAIN_MS_MAX;
    for (;;) {
      const inventory = await takeInventory(this.node, call);
      checkFigures(this.node, inventory);
      const [free, bytes] = [total(inventory.segments, 'freeBytes'), total(inventory.segments, 'bytes')];
      if (free === bytes && inventory.catalog.pins.length === 0) return;
      expect(Date.now() < deadlineMs, () => `of ${bytes} bytes only ${free} are free after everything was deleted`);
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }

  async #killUnderLoad(point: string, after = this.#random.chance(0.5)): Promise<boolean> {
    const { control, server } = this.node;
    control.arm({ point, passage: this.#random.between(1, passagesMaxOf(point)), after });
    let lost = await this.#load!.run(LOAD_MS, emphasisFor(point));
    if (!lost && control.killed() === undefined) {
      // Rare: the next passage will do.
      control.arm({ point, passage: 1, after });
      lost = await this.#load!.run(2 * LOAD_MS, emphasisFor(point));
    }
    control.disarm();
    if (!lost) await server.kill('SIGKILL');
    const { signal } = await server.exited();
    expect(signal === 'SIGKILL', () => `the server ended with ${signal} on its own:\n${server.output().slice(-3000)}`);
    this.#hangUp();
    return control.killed() === point;
  }

  /** Killed once so that there is something to recover, and again while it is recovered. */
  async #killInRecovery(point: string): Promise<boolean> {
    const prelude = preludeOf(point);
    if (prelude === undefined) await this.#killAnywhere();
    else if (await this.#killUnderLoad(prelude, false)) this.#count(prelude);
    const died = await this.node.startInto({ point, passage: 1, after: this.#random.chance(0.5) });
    if (!died) await this.#killAnywhere();
    return died;
  }

  #count(point: string): void {
    this.kills.set(point, (this.kills.get(point) ?? 0) + 1);
  }

  async #killAnywhere(): Promise<void> {
    await this.node.server.kill('SIGKILL');
    this.#hangUp();
  }

  #hangUp(): void {
    this.#load!.hangUp();
    this.#link?.close();
  }

  async #checkRestarted(): Promise<void> {
    const left = readCatalog(this.node.catalogPath);
    await this.#restart();
    const inventory = await takeInventory(this.node, this.#link!.call);
    checkAftermath(this.node, left, inventory.catalog, inventory.takenMs);
    await this.#check();
  }

  async #restart(): Promise<void> {
    await this.node.start();
    this.#link = this.node.link();
    this.#load!.reopen();
    for (const actor of this.#load!.actors) actor.lostConnection(this.node.spawnedMs);
    const { warm, lostSegments } = this.node.report();
    expectSame('warm, and without lost segments', [warm, lostSegments], [true, []]);
  }

  async #check(): Promise<void> {
    const { call } = this.#link!;
    const inventory = await takeInventory(this.node, call);
    checkFigures(this.node, inventory);
    await checkModel(this.node, this.#model, inventory, call);
    checkPinnedBytes(this.node, this.#model, inventory);
  }
}
