/**
 * A reply as handlers build it; the encoder turns it into RESP2 or RESP3.
 *
 * Plain values: `string` is a bulk string, `Buffer` a bulk string, `number` (an integer) and `bigint` an integer, `boolean` RESP3's
 * (1 or 0 in RESP2), `null` RESP3's null (a null bulk in RESP2), arrays are arrays. The rest is tagged.
 */
export type Reply =
  | string
  | Buffer
  | number
  | bigint
  | boolean
  | null
  | readonly Reply[]
  | SimpleString
  | MapReply
  | SetReply
  | DoubleReply
  | Verbatim
  | NullArray
  | ErrorReply
  | PayloadReply
  | EncodedArray
  | ItemsReply
  | NoReply;

/** `+OK` */
export interface SimpleString {
  kind: 'simple';
  text: string;
}

/** A map in RESP3, a flat label/value array in RESP2. */
export interface MapReply {
  kind: 'map';
  entries: readonly (readonly [Reply, Reply])[];
}

/** A set in RESP3, an array in RESP2. */
export interface SetReply {
  kind: 'set';
  items: readonly Reply[];
}

/** A double in RESP3, a bulk string in RESP2. */
export interface DoubleReply {
  kind: 'double';
  value: number;
}

/** `=…txt:` in RESP3, a bulk string in RESP2. */
export interface Verbatim {
  kind: 'verbatim';
  text: string;
}

/** `*-1` in RESP2, null in RESP3. */
export interface NullArray {
  kind: 'null-array';
}

/** An error inside a reply or as one; `text` starts with its code. */
export interface ErrorReply {
  kind: 'error';
  text: string;
}

/** A bulk string whose bytes are sent straight from a segment. Only as a whole reply, or an item of `ItemsReply`. */
export interface PayloadReply {
  kind: 'payload';
  entry: number;
  offset: number;
  length: number;
}

/** An array of bulk strings encoded beforehand, in portions; see `BulkArray`. Only as a whole reply, or an item of `ItemsReply`. */
export interface EncodedArray {
  kind: 'encoded';
  items: number;
  /** The items one after the other, cut anywhere. */
  chunks: readonly Buffer[];
}

/** An array whose items are made one after the other while it is sent. Only as a whole reply. */
export interface ItemsReply {
  kind: 'items';
  /** How many there will be. */
  items: number;
  /** The items are pieces of one bulk string of so many bytes, and no array; an error among them ends the connection. */
  bulkBytes?: number;
  /** Makes the next item. Neither throws nor rejects. */
  next(): Reply | Promise<Reply>;
  /** Called once, after the last. */
  done(): void;
}

/** Nothing is sent. */
export interface NoReply {
  kind: 'none';
}

export const OK: SimpleString = { kind: 'simple', text: 'OK' };
export const NONE: NoReply = { kind: 'none' };
export const NULL_ARRAY: NullArray = { kind: 'null-array' };

export const simple = (text: string): SimpleString => ({ kind: 'simple', text });
export const map = (entries: MapReply['entries']): MapReply => ({ kind: 'map', entries });
export const record = (fields: Readonly<Record<string, Reply>>): MapReply => ({
  kind: 'map',
  entries: Object.entries(fields),
});
export const set = (items: SetReply['items']): SetReply => ({ kind: 'set', items });
