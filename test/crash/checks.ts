/** What must be true of a node whose clients are quiet: model, replies, figures, catalog and objects say the same. */
import { extentBytes } from '../campaign/figures.js';
import type { CatalogVariable } from '../campaign/catalog-file.js';
import { payloadOf } from '../campaign/payload.js';
import type { Call } from '../campaign/figures.js';
import { bytesOf, objectsOf, sharedIdOf, type Inventory } from './inventory.js';
import type { Model, Value } from './model.js';
import type { NodeUnderTest } from './node-under-test.js';

export class CheckFailure extends Error {}

export function expect(holds: boolean, sentence: () => string): asserts holds {
  if (!holds) throw new CheckFailure(sentence());
}

export function expectSame(what: string, found: unknown, expected: unknown): void {
  const [a, b] = [JSON.stringify(found), JSON.stringify(expected)];
  expect(a === b, () => `${what}: found ${a}, expected ${b}`);
}

const sumOf = (variables: readonly CatalogVariable[]) =>
  variables.reduce((sum, { length }) => sum + extentBytes(length), 0);

/** The server's figures are rebuilt from the catalog or kept beside it: both must say the same at any quiet moment. */
export function checkFigures(node: NodeUnderTest, { segments, info, catalog }: Inventory): void {
  expectSame('entries of a pending redo record', catalog.redone, []);
  expectSame('descriptors that others cannot read', catalog.oddSequences, 0);
  const inState = (state: string) => catalog.variables.filter((variable) => variable.state === state);
  const [sealed, reserved, removed] = [inState('SEALED'), inState('RESERVED'), inState('REMOVED')];
  expectSame('variables', info.get('variables'), sealed.length);
  expectSame('reservations', info.get('reservations'), reserved.length);
  expectSame('removed', info.get('removed'), removed.length);
  expectSame('quarantined bytes', info.get('quarantined_bytes'), sumOf(removed));
  expectSame(
    'segments',
    segments.map(({ sharedId, bytes }) => [sharedId, bytes]).sort(),
    catalog.segments.map(({ number, bytes }) => [sharedIdOf(node, number), bytes]).sort(),
  );
  for (const figures of segments) {
    const segment = catalog.segments.find(({ number }) => sharedIdOf(node, number) === figures.sharedId)!;
    const inside = catalog.variables.filter((variable) => variable.segment === segment.index);
    const used = sumOf(inside);
    expectSame(`used bytes of ${figures.sharedId}`, figures.usedBytes, used);
    expectSame(`free bytes of ${figures.sharedId}`, figures.freeBytes, figures.bytes - used);
    const sealedHere = inside.filter(({ state }) => state === 'SEALED').length;
    expectSame(`variables of ${figures.sharedId}`, figures.variables, sealedHere);
  }
  checkPinRecords({ segments, info, catalog });
}

function checkPinRecords({ segments, info, catalog }: Omit<Inventory, 'takenMs'>): void {
  const readers = catalog.pins.filter(({ role }) => role === 'reader');
  const writers = catalog.pins.filter(({ role }) => role === 'writer');
  expectSame('pins', info.get('pins'), readers.length);
  const byEntry = new Map(catalog.variables.map((variable) => [variable.entry, variable]));
  const stateOf = (entry: number) => byEntry.get(entry)?.state ?? 'FREE';
  for (const { entry } of readers) {
    expect(['SEALED', 'REMOVED'].includes(stateOf(entry)), () => `a pin holds a descriptor that is ${stateOf(entry)}`);
  }
  for (const { entry } of writers) expectSame('a writer holds a descriptor in state', stateOf(entry), 'RESERVED');
  expectSame('writers', writers.length, catalog.variables.filter(({ state }) => state === 'RESERVED').length);
  const pinned = [...new Set(readers.map(({ entry }) => entry))].flatMap((entry) => byEntry.get(entry) ?? []);
  const pinnedBytes = segments.reduce((sum, segment) => sum + segment.pinnedBytes, 0);
  expectSame('pinned bytes', pinnedBytes, sumOf(pinned));
}

/** Settles what was in flight by what is there, then holds everything against the model. */
export async function checkModel(node: NodeUnderTest, model: Model, inventory: Inventory, call: Call): Promise<void> {
  const { catalog } = inventory;
  const sealed = new Map<string, CatalogVariable>();
  for (const variable of catalog.variables.filter(({ state }) => state === 'SEALED')) {
    expect(!sealed.has(variable.name), () => `two variables have the name ${variable.name}`);
    sealed.set(variable.name, variable);
  }
  const has = (name: string, value: Value | undefined) => {
    const variable = sealed.get(name);
    if (variable === undefined || value === undefined) return variable === value;
    if (value.xid !== undefined && value.xid !== variable.xid) return false;
    return (
      variable.length === value.length && bytesOf(node, catalog, variable).equals(payloadOf(value.seed, value.length))
    );
  };
  settleInFlight(model, has);
  for (const [name, value] of model.values) {
    expect(
      has(name, value),
      () => `${name} isn't as acknowledged (seed ${value.seed}, xid ${value.xid}): ${describe(sealed.get(name))}`,
    );
    const { xid } = sealed.get(name)!;
    model.learnXid(xid, name);
    value.xid = xid;
  }
  for (const name of sealed.keys())
    expect(model.values.has(name), () => `${name} is there, but was never acknowledged or is deleted`);
  await checkReplies(model, call);
  checkPins(model, inventory);
  checkReservations(model, inventory);
  checkSegments(node, model, inventory);
}

const describe = (variable: CatalogVariable | undefined) =>
  variable === undefined ? 'absent' : JSON.stringify(variable);

function settleInFlight(model: Model, has: (name: string, value: Value | undefined) => boolean): void {
  for (const { outcomes, together } of model.inFlight) {
    const happened = [...outcomes].filter(([name, value]) => has(name, value)).map(([name]) => name);
    const didNot = [...outcomes.keys()].filter((name) => !happened.includes(name) && has(name, model.values.get(name)));
    expect(happened.length + didNot.length === outcomes.size, () => {
      const torn = [...outcomes.keys()].filter((name) => !happened.includes(name) && !didNot.includes(name));
      return `${torn.join(', ')}: neither as before nor as the command under way would have left it`;
    });
    expect(!together || happened.length === 0 || didNot.length === 0, () => {
      return `half of one commit: it happened to ${happened.join(', ')}, but not to ${didNot.join(', ')}`;
    });
    for (const name of happened) model.settle(name, outcomes.get(name));
  }
  model.inFlight.clear();
}

/** The same through the server: all names, and the bytes by GET. */
async function checkReplies(model: Model, call: Call): Promise<void> {
  const names: string[] = [];
  let cursor = 0;
  do {
    const [next, page] = (await call('FABRIC.LIST', 'CURSOR', cursor)) as [number | Buffer, Buffer[]];
    names.push(...page.map(String));
    cursor = Number(next);
  } while (cursor !== 0);
  expectSame('names listed', names.sort(), [...model.values.keys()].sort());
  expectSame('DBSIZE', await call('DBSIZE'), model.values.size);
  for (const [name, { seed, length }] of model.values) {
    const bytes = (await call('GET', name)) as Buffer | null;
    expect(bytes?.equals(payloadOf(seed, length)) === true, () => `GET ${name} hasn't the bytes of seed ${seed}`);
  }
}

function checkPins(model: Model, { catalog, takenMs }: Inventory): void {
  const records = new Map(catalog.pins.map((pin) => [pin.token, pin]));
  const variables = new Map(catalog.variables.map((variable) => [variable.entry, variable]));
  for (const pin of model.pins.values()) {
    if (takenMs >= pin.holdsUntilMs) {
      model.pins.delete(pin.token);
      continue;
    }
    const record = records.get(pin.token.slice(pin.token.indexOf(':') + 1));
    expect(record !== undefined, () => `pin ${pin.token} (${pin.kind}) doesn't hold any more`);
    expectSame(`kind of pin ${pin.token}`, record.kind, pin.kind);
    const variable = variables.get(record.entry);
    expectSame(`variable of pin ${pin.token}`, variable?.xid, pin.value.xid);
  }
  for (const token of model.released) {
    expect(!records.has(token.slice(token.indexOf(':') + 1)), () => `pin ${token} holds again after its release`);
  }
}

/** What a pin holds keeps its bytes, whatever has become of the name. */
export function checkPinnedBytes(node: NodeUnderTest, model: Model, { catalog }: Inventory): void {
  const byXid = new Map(catalog.variables.map((variable) => [variable.xid, variable]));
  for (const { token, value } of model.pins.values()) {
    const bytes = bytesOf(node, catalog, byXid.get(value.xid)!);
    expect(
      bytes.equals(payloadOf(value.seed, value.length)),
      () => `pin ${token} holds other bytes than it was given for`,
    );
  }
}

function checkReservations(model: Model, { catalog, takenMs }: Inventory): void {
  const byXid = new Map(catalog.variables.map((variable) => [variable.xid, variable]));
  for (const { xid, name, offset, length, holdsUntilMs } of model.reservations.values()) {
    if (takenMs >= holdsUntilMs) {
      model.reservations.delete(xid);
      continue;
    }
    const found = byXid.get(xid);
    expectSame(
      `reservation ${xid} of ${name}`,
      [found?.state, found?.offset, found?.length],
      ['RESERVED', offset, length],
    );
  }
  for (const xid of model.aborted) {
    const state = byXid.get(xid)?.state ?? 'FREE';
    expect(state === 'FREE' || state === 'REMOVED', () => `reservation ${xid} was aborted, and is ${state}`);
  }
}

function checkSegments(node: NodeUnderTest, model: Model, { segments }: Inventory): void {
  const found = new Set(segments.map(({ sharedId }) => sharedId));
  const unsure = model.segmentInFlight;
  model.segmentInFlight = undefined;
  for (const sharedId of found) {
    if (model.segments.has(sharedId)) continue;
    expect(unsure !== undefined && 'new' in unsure, () => `segment ${sharedId} was given back, and is there`);
    model.addSegment(sharedId);
  }
  for (const sharedId of model.segments) {
    if (found.has(sharedId)) continue;
    expect(
      unsure !== undefined && 'sharedId' in unsure && unsure.sharedId === sharedId,
      () => `segment ${sharedId} is gone`,
    );
    model.segments.delete(sharedId);
  }
  const base = `/${node.server.prefix}.${node.server.node}.`;
  const owned = [...found, ...['catalog', 'lock', 'slots'].map((name) => base + name)].sort();
  expectSame('objects in /dev/shm', objectsOf(node), owned);
}
