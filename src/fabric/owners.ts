/** Who may keep a pin or a reservation alive, and for how long. */
import { FabricError } from '../errors.js';
import type { Owner } from '../native.js';
import type { FabricLimits } from './options.js';

export function requireOwner(limits: FabricLimits, owner: Owner): void {
  if (owner.kind === 'lease') requireLease(limits, owner.ms);
}

export function requireLease(limits: FabricLimits, ms: number): void {
  if (ms >= 1 && ms <= limits.leaseMsMax) return;
  throw new FabricError(
    'ERR',
    `a lease must be 1 to ${limits.leaseMsMax} ms (limits.lease_ms_max), not ${ms}; RENEW it before it ends`,
  );
}

export type { Owner };
