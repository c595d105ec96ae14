/** How much a node has and how much room, as it tells with each heartbeat. */
import type { Fabric } from '../fabric/fabric.js';
import type { Pulse } from './peer-messages.js';
import type { Draining } from './upkeep-messages.js';

/** Of a node that hasn't told. */
export const NO_PULSE: Pulse = { segments: 0, bytes: 0, usedBytes: 0, largestFreeBytes: 0, variables: 0 };

export function pulseOf(fabric: Fabric, draining: Draining | undefined): Pulse {
  const segments = fabric.segments();
  return {
    segments: segments.length,
    bytes: segments.reduce((sum, { bytes }) => sum + bytes, 0),
    usedBytes: segments.reduce((sum, { usedBytes }) => sum + usedBytes, 0),
    largestFreeBytes: segments.reduce((max, { largestFreeBytes }) => Math.max(max, largestFreeBytes), 0),
    variables: fabric.stats().variables,
    ...(draining && { draining }),
  };
}
