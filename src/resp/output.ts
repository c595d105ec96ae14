/** Bytes of one block; a batch of small replies fits. */
const BLOCK_BYTES = 64 * 1024;
const ZERO = 0x30;
const CARRIAGE_RETURN = 0x0d;
const LINE_FEED = 0x0a;
/** Strings up to this many characters are copied here faster than by a call into the runtime. */
const SHORT_CHARACTERS = 32;
/** Decimal digits of 2^53, and a sign. */
const INTEGER_BYTES_MAX = 17;

/**
 * Where replies are written. Bytes once taken are never overwritten: whoever took them may keep referring to them; a new block follows
 * when one is full. One output serves all connections, as batches are encoded one after the other.
 */
export class Output {
  #block = Buffer.allocUnsafeSlow(BLOCK_BYTES);
  /** Where the batch not yet taken starts and ends. */
  #start = 0;
  #end = 0;

  /** Bytes written and not yet taken. */
  get length(): number {
    return this.#end - this.#start;
  }

  /** Takes back everything after the first `length` bytes not yet taken. */
  truncate(length: number): void {
    this.#end = this.#start + length;
  }

  take(): Buffer {
    const taken = this.#block.subarray(this.#start, this.#end);
    this.#start = this.#end;
    return taken;
  }

  byte(value: number): void {
    this.#reserve(1);
    this.#block[this.#end++] = value;
  }

  bytes(bytes: Buffer): void {
    this.#reserve(bytes.length);
    bytes.copy(this.#block, this.#end);
    this.#end += bytes.length;
  }

  /** UTF-8. */
  text(text: string): void {
    if (text.length > SHORT_CHARACTERS || !this.#shortText(text)) {
      const bytes = Buffer.byteLength(text);
      this.#reserve(bytes);
      this.#end += this.#block.write(text, this.#end, bytes, 'utf8');
    }
  }

  lineEnd(): void {
    this.#reserve(2);
    this.#block[this.#end++] = CARRIAGE_RETURN;
    this.#block[this.#end++] = LINE_FEED;
  }

  /** A type byte, a safe integer and the line end. */
  header(type: number, value: number): void {
    this.#reserve(1 + INTEGER_BYTES_MAX + 2);
    const block = this.#block;
    let at = this.#end;
    block[at++] = type;
    if (value >= 0 && value < 10) {
      block[at++] = ZERO + value;
    } else {
      at = writeInteger(block, at, value);
    }
    block[at++] = CARRIAGE_RETURN;
    block[at++] = LINE_FEED;
    this.#end = at;
  }

  /** Writes ASCII only; false, with nothing written, on anything else. */
  #shortText(text: string): boolean {
    const length = text.length;
    this.#reserve(length);
    const block = this.#block;
    const end = this.#end;
    for (let at = 0; at < length; at++) {
      const code = text.charCodeAt(at);
      if (code > 0x7f) return false;
      block[end + at] = code;
    }
    this.#end = end + length;
    return true;
  }

  #reserve(bytes: number): void {
    if (this.#end + bytes > this.#block.length) this.#renew(bytes);
  }

  #renew(bytes: number): void {
    const length = this.length;
    const needed = length + bytes;
    const block = Buffer.allocUnsafeSlow(needed <= BLOCK_BYTES / 2 ? BLOCK_BYTES : needed * 2);
    this.#block.copy(block, 0, this.#start, this.#end);
    this.#block = block;
    this.#start = 0;
    this.#end = length;
  }
}

function writeInteger(block: Buffer, start: number, value: number): number {
  let at = start;
  let rest = value;
  if (rest < 0) {
    block[at++] = 0x2d;
    rest = -rest;
  }
  let digits = 1;
  for (let power = 10; power <= rest; power *= 10) digits++;
  for (let place = at + digits - 1; place >= at; place--) {
    const tenth = Math.floor(rest / 10);
    block[place] = ZERO + (rest - tenth * 10);
    rest = tenth;
  }
  return at + digits;
}
