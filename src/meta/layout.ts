/** Where things are in a repository. */

const METADATA = 'metadata/';

/** Versions of a key: `metadata/<key>/<version>/value`. */
export const keyPlace = (key: string) => METADATA + key;

/** Versions of the list of labels. */
export const LABELS_PLACE = 'labels';

/** Versions of the list of other repositories. */
export const REMOTES_PLACE = 'remotes';

/** Which keys there are: an object for each, made before its first version, so that listing keys doesn't list their versions. */
export const MARKERS = 'keys/';

/** A version's object, from its key without the repository. */
export function versionObject(key: string): { place: string; key: string | undefined; version: string } | undefined {
  const match = /^(metadata\/([A-Za-z0-9-]+)|labels|remotes)\/([0-9a-f]{8})\/value$/.exec(key);
  return match === null ? undefined : { place: match[1]!, key: match[2], version: match[3]! };
}
