/** The stores to the catalog, as the addon's own table names them. */
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';

export const CRASH_ADDON = fileURLToPath(new URL('../../build-crash/build/Release/datafabric.node', import.meta.url));

export interface StorePoint {
  name: string;
  /** The one store that makes a change true. */
  commit: boolean;
}

const require = createRequire(import.meta.url);

export function storePoints(): readonly StorePoint[] {
  return (require(CRASH_ADDON) as { storePoints: StorePoint[] }).storePoints;
}
