/** Which keys a listing wants. */
export interface KeyBounds {
  prefix: string;
  after: string;
}

/** For a folder, which ends with '/': whether any key in it may be listed. */
export function mayHold(key: string, { prefix, after }: KeyBounds): boolean {
  if (!key.endsWith('/')) return key.startsWith(prefix) && key > after;
  const begins = key.startsWith(prefix) || prefix.startsWith(key);
  return begins && (key > after || after.startsWith(key));
}

export const isKeyPart = (name: string): boolean => /^[A-Za-z0-9._-]+$/.test(name);
