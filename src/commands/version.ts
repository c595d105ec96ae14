/** The Redis whose behaviour clients may expect; they choose features by it. */
export const REDIS_VERSION = '7.2.4';

/** Our version as Redis modules number theirs: 1.2.3 is 10203. */
export function moduleVersion(version: string): number {
  const [major = 0, minor = 0, patch = 0] = version.split(/[.-]/).map(Number);
  return major * 10_000 + minor * 100 + patch;
}

export const MODULE_NAME = 'datafabric';
