/** What the load consists of. Each sends one or a few commands and tells the model what was acknowledged. */
import { native } from '../../dist/native.js';
import { payloadOf } from '../campaign/payload.js';
import { fieldsOf, numberIn, textIn } from '../campaign/records.js';
import { unlessRefused, type Actor } from './actor.js';
import type { HeldPin, OpenReservation, Value } from './model.js';

/** From here on a payload by-passes the parser, straight into its extent. */
const BYPASS_BYTES = 64 << 10;
const LARGE_BYTES_MAX = 300 << 10;
const OPEN_MAX = 3;

const one = (name: string, value: Value | undefined) => new Map([[name, value]]);

/** The xid of the only placement in INSERT's and SEAL's reply. */
function xidOf(reply: unknown): number {
  const [placement] = reply as [unknown[]];
  return placement[4] as number;
}

function drawLength({ random }: Actor): number {
  if (random.chance(0.15)) return random.between(BYPASS_BYTES + 1, LARGE_BYTES_MAX);
  return random.chance(0.05) ? 0 : random.size(1, BYPASS_BYTES / 2);
}

async function insert(actor: Actor): Promise<void> {
  const name = actor.someName();
  const value = actor.drawValue(drawLength(actor));
  const replace = actor.model.values.has(name);
  const source = replace ? ['REPLACE', 'BYTES'] : ['BYTES'];
  const payload = payloadOf(value.seed, value.length);
  const reply = await actor.change(
    one(name, value),
    'FABRIC.INSERT',
    name,
    'documentation',
    'bytes',
    ...source,
    payload,
  );
  if (reply === undefined) return;
  value.xid = xidOf(reply);
  actor.model.learnFreshXid(value.xid, name);
}

async function set(actor: Actor): Promise<void> {
  const name = actor.someName();
  const value = actor.drawValue(drawLength(actor));
  await actor.change(one(name, value), 'SET', name, payloadOf(value.seed, value.length));
}

async function replace(actor: Actor): Promise<void> {
  const names = actor.names();
  if (names.length === 0) return insert(actor);
  const name = actor.random.pick(names);
  const value = actor.drawValue(actor.random.size(1, 2000));
  await actor.change(one(name, value), 'SET', name, payloadOf(value.seed, value.length));
}

async function remove(actor: Actor): Promise<void> {
  const names = actor.names();
  if (names.length === 0) return;
  const name = actor.random.pick(names);
  await actor.change(one(name, undefined), 'FABRIC.DELETE', name);
}

async function removeMany(actor: Actor): Promise<void> {
  const names = actor.names().filter(() => actor.random.chance(0.5));
  if (names.length < 2) return insert(actor);
  await actor.change(new Map(names.map((name) => [name, undefined])), 'DEL', ...names);
}

/** Reads through GET; its bytes must be the acknowledged ones. */
async function get(actor: Actor): Promise<void> {
  const name = actor.someName();
  const expected = actor.model.values.get(name);
  const bytes = (await actor.call('GET', name)) as Buffer | null;
  const right = expected === undefined ? bytes === null : bytes?.equals(payloadOf(expected.seed, expected.length));
  if (right !== true)
    throw new Error(`GET ${name} has ${bytes?.length ?? 'no'} bytes, not those of seed ${expected?.seed}`);
}

/** Reads through the mapping. */
async function locate(actor: Actor): Promise<void> {
  const names = actor.names();
  if (names.length === 0) return;
  const name = actor.random.pick(names);
  const reply = await actor.call('FABRIC.LOCATE', name);
  const value = actor.model.values.get(name)!;
  if (reply === null) throw new Error(`LOCATE ${name} says that it isn't there`);
  const xid = xidOf(reply);
  if (value.xid !== undefined && value.xid !== xid) throw new Error(`${name} has xid ${xid}, not ${value.xid}`);
  value.xid = xid;
  actor.model.learnXid(xid, name);
}

async function point(actor: Actor): Promise<void> {
  const names = actor.names();
  if (names.length === 0 || actor.pins().length >= OPEN_MAX) return;
  const name = actor.random.pick(names);
  const value = actor.model.values.get(name)!;
  const owner = actor.drawOwner();
  const sentMs = Date.now();
  const reply = await actor.call('FABRIC.PTR', name, ...owner.args);
  if (reply === null) throw new Error(`PTR ${name} says that it isn't there`);
  const fields = fieldsOf(reply);
  const token = textIn(fields, 'pin');
  const xid = numberIn(fields, 'xid');
  if (value.xid !== undefined && value.xid !== xid) throw new Error(`${name} has xid ${xid}, not ${value.xid}`);
  value.xid = xid;
  const pin: HeldPin = {
    token,
    holder: actor.prefix,
    value: { ...value, xid },
    kind: owner.kind,
    holdsUntilMs: sentMs + owner.ms,
  };
  actor.model.pins.set(token, pin);
}

/** A pin that holds for some time yet. */
function somePin(actor: Actor): HeldPin | undefined {
  const soon = Date.now() + 200;
  const pins = actor.pins().filter(({ holdsUntilMs }) => holdsUntilMs > soon);
  return pins.length === 0 ? undefined : actor.random.pick(pins);
}

/** NOTFOUND only from a pin that may have ended meanwhile. */
async function useOf(pin: HeldPin, sent: Promise<unknown>): Promise<unknown> {
  const reply = await unlessRefused(sent, 'NOTFOUND');
  if (reply === undefined && Date.now() < pin.holdsUntilMs) throw new Error(`pin ${pin.token} ended before its time`);
  return reply;
}

async function release(actor: Actor): Promise<void> {
  const pin = somePin(actor);
  if (pin === undefined) return point(actor);
  actor.model.pins.delete(pin.token);
  if ((await useOf(pin, actor.call('FABRIC.RELEASE', pin.token))) !== undefined) actor.model.released.add(pin.token);
}

async function renew(actor: Actor): Promise<void> {
  const pin = somePin(actor);
  if (pin === undefined) return point(actor);
  const ms = actor.random.between(500, 2500);
  const sentMs = Date.now();
  const holdsUntilMs = sentMs + ms;
  actor.model.pins.delete(pin.token);
  if ((await useOf(pin, actor.call('FABRIC.RENEW', pin.token, ms))) === undefined) return;
  actor.model.pins.set(pin.token, { ...pin, kind: 'lease', holdsUntilMs });
}

async function reserve(actor: Actor): Promise<OpenReservation | undefined> {
  const open = [...actor.model.reservations.values()].filter(({ name }) => actor.owns(name));
  if (open.length >= OPEN_MAX) return undefined;
  const replaces = actor.random.chance(0.3);
  const name = replaces ? actor.someName() : actor.freshName();
  const length = actor.random.size(1, 100_000);
  const owner = actor.drawOwner();
  const sentMs = Date.now();
  const options = [...owner.args, ...(replaces ? ['REPLACE'] : [])];
  const reply = await unlessRefused(actor.call('FABRIC.RESERVE', name, '', 'bytes', 'LENGTH', length, ...options));
  if (reply === undefined) return undefined;
  const fields = fieldsOf(reply);
  const reservation: OpenReservation = {
    name,
    xid: numberIn(fields, 'xid'),
    length,
    seed: actor.model.nextSeed(),
    shm: textIn(fields, 'shm'),
    offset: numberIn(fields, 'offset'),
    kind: owner.kind,
    replace: replaces,
    holdsUntilMs: sentMs + owner.ms,
  };
  actor.model.learnFreshXid(reservation.xid, name);
  actor.model.reservations.set(reservation.xid, reservation);
  return reservation;
}

function someReservation(actor: Actor): OpenReservation | undefined {
  const soon = Date.now() + 200;
  const open = [...actor.model.reservations.values()].filter(
    ({ name, holdsUntilMs }) => actor.owns(name) && holdsUntilMs > soon,
  );
  return open.length === 0 ? undefined : actor.random.pick(open);
}

/** Writes in place, then seals. */
async function seal(actor: Actor): Promise<void> {
  const reservation = someReservation(actor) ?? (await reserve(actor));
  if (reservation === undefined) return;
  const { xid, name, length, seed, shm, offset, holdsUntilMs } = reservation;
  const mapping = native.map(shm, offset, length, true);
  new Uint8Array(mapping.buffer, mapping.offset, length).set(payloadOf(seed, length));
  mapping.close();
  actor.model.reservations.delete(xid);
  const value: Value = { seed, length, xid };
  const sealing = actor.model.change(
    one(name, value),
    () => actor.call('FABRIC.SEAL', xid),
    (error) => error instanceof Error && 'code' in error,
  );
  const reply = await unlessRefused(sealing, 'NOTFOUND');
  if (reply === undefined && Date.now() < holdsUntilMs) throw new Error(`reservation ${xid} ended before its time`);
}

async function abort(actor: Actor): Promise<void> {
  const reservation = someReservation(actor) ?? (await reserve(actor));
  if (reservation === undefined) return;
  actor.model.reservations.delete(reservation.xid);
  const reply = await unlessRefused(actor.call('FABRIC.ABORT', reservation.xid), 'NOTFOUND');
  if (reply !== undefined) actor.model.aborted.add(reservation.xid);
  else if (Date.now() < reservation.holdsUntilMs)
    throw new Error(`reservation ${reservation.xid} ended before its time`);
}

/** A slot that nobody holds keeps nothing: the claim is taken back. True: refused; another client had just taken the slot otherwise. */
export async function refusedReservation(actor: Actor): Promise<boolean> {
  const slot = actor.node.takeSlot();
  slot.close();
  const args = [actor.freshName(), '', 'bytes', 'LENGTH', 1000, 'SLOT', slot.index];
  return (await unlessRefused(actor.call('FABRIC.RESERVE', ...args), 'ERR')) === undefined;
}

async function loseSlot(actor: Actor): Promise<void> {
  const name = actor.freshName();
  await unlessRefused(actor.call('FABRIC.RESERVE', name, '', 'bytes', 'LENGTH', 500, 'SLOT', actor.slot.index));
  actor.loseSlot();
}

function reconnect(actor: Actor): Promise<void> {
  actor.reconnect();
  return Promise.resolve();
}

export interface Action {
  run: (actor: Actor) => Promise<unknown>;
  weight: number;
}

export const ACTIONS = {
  insert: { run: insert, weight: 8 },
  set: { run: set, weight: 8 },
  replace: { run: replace, weight: 4 },
  remove: { run: remove, weight: 4 },
  removeMany: { run: removeMany, weight: 1 },
  get: { run: get, weight: 4 },
  locate: { run: locate, weight: 3 },
  point: { run: point, weight: 4 },
  release: { run: release, weight: 2 },
  renew: { run: renew, weight: 1 },
  reserve: { run: reserve, weight: 2 },
  seal: { run: seal, weight: 3 },
  abort: { run: abort, weight: 1 },
  refuse: { run: refusedReservation, weight: 0.5 },
  loseSlot: { run: loseSlot, weight: 0.3 },
  reconnect: { run: reconnect, weight: 0.2 },
} satisfies Record<string, Action>;

export type ActionName = keyof typeof ACTIONS;
