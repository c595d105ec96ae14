/** What a client asked of a cluster, when, and what came of it. */

/** Bytes that were written: no two writes have the same seed. */
export interface Written {
  seed: number;
  length: number;
  crc32c: number;
}

/** What a reply told of the variable behind a name; what it left open is absent. */
export interface Sighting {
  length: number;
  crc32c?: number;
  xid?: number;
  generation?: number;
  /** The node that held what was read, where the reply tells. */
  holder?: string;
}

/** `ok`: it took effect once between its times. `failed`: it had and will have no effect. `unknown`: any of both, at any later time too. */
export type Outcome = 'ok' | 'failed' | 'unknown';

interface Common {
  /** In the order of the invocations. */
  id: number;
  client: string;
  /** The node that was asked. */
  node: string;
  name: string;
  /** On one monotonic clock for all clients. */
  invokedNs: number;
  /** Infinity while nothing has come back. */
  returnedNs: number;
  outcome: Outcome;
  /** What went wrong, in the node's words or the connection's. */
  reason?: string;
}

/** Write-once: takes effect only where the name means nothing. */
export interface Insert extends Common {
  kind: 'INSERT';
  value: Written;
  xid?: number;
}

/** Replaces what is there. */
export interface Replace extends Common {
  kind: 'SET';
  value: Written;
  xid?: number;
}

export interface Delete extends Common {
  kind: 'DELETE';
  /** Of an `ok` one: whether there was something. */
  found?: boolean;
}

/** GET and LOCATE look, PULL and MOVE bring it elsewhere, and all tell what they found: null is nothing. */
export interface Look extends Common {
  kind: 'GET' | 'LOCATE' | 'PULL' | 'MOVE';
  seen?: Sighting | null;
  /** One of the last looks at everything, when all is quiet. */
  atEnd?: true;
  /** Of a failed one at the end: nodes without which it can't be read, as the reply names them. */
  holdersDown?: readonly string[];
}

export type Write = Insert | Replace;
export type Operation = Write | Delete | Look;

export const isWrite = (operation: Operation): operation is Write =>
  operation.kind === 'INSERT' || operation.kind === 'SET';

export const isLook = (operation: Operation): operation is Look => !isWrite(operation) && operation.kind !== 'DELETE';

/** An operation in words; `since` is where the clock is taken to begin. */
export function describe(operation: Operation, since = 0): string {
  const { id, client, node, kind, name, outcome, reason } = operation;
  const ms = (ns: number) => (ns === Infinity ? '…' : `${((ns - since) / 1e6).toFixed(3)} ms`);
  const times = `${ms(operation.invokedNs)} to ${ms(operation.returnedNs)}`;
  const told = [outcome === 'ok' ? result(operation) : outcome, ...(reason === undefined ? [] : [reason])].join(': ');
  return `#${id} ${client} at ${node}, ${times}: ${kind} ${name}${given(operation)} -> ${told}`;
}

const given = (operation: Operation) => (isWrite(operation) ? ` ${valueText(operation.value)}` : '');

function result(operation: Operation): string {
  if (isWrite(operation)) return operation.xid === undefined ? 'ok' : `ok, xid ${operation.xid}`;
  if (operation.kind === 'DELETE') return operation.found === false ? 'there was nothing' : 'deleted';
  if (!operation.seen) return 'nothing';
  const { xid, generation, holder } = operation.seen;
  const facts = [
    valueText(operation.seen),
    ...(xid === undefined ? [] : [`xid ${xid}`]),
    ...(generation === undefined ? [] : [`generation ${generation}`]),
    ...(holder === undefined ? [] : [`on ${holder}`]),
  ];
  return facts.join(', ');
}

function valueText(value: { seed?: number; length: number; crc32c?: number }): string {
  const crc = value.crc32c === undefined ? '' : ` crc32c ${value.crc32c.toString(16).padStart(8, '0')}`;
  return `${value.length} bytes${crc}${value.seed === undefined ? '' : ` (seed ${value.seed})`}`;
}
