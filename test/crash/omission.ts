/** Leaves one commit out, and looks whether the campaign's checks tell. */
import { Random } from '../campaign/random.js';
import { Campaign } from './campaign.js';
import { birth, loss, truncation } from './short-lives.js';
import { occasionOf, preludeOf } from './steering.js';
import type { StorePoint } from './store-points.js';

const ROUNDS_MAX = 4;
/** Reached in every load. */
const ANYWHERE = 'freed';

/** What told that the commit wasn't stored; undefined when nothing did. */
export async function noticed(
  points: readonly StorePoint[],
  omitted: string,
  seed: number,
): Promise<string | undefined> {
  try {
    await withOmission(points, omitted, seed);
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message.split('\n')[0]! : String(error);
  }
}

/** Resolves when no check failed; with nothing omitted it must. */
export async function withOmission(points: readonly StorePoint[], omitted: string | undefined, seed: number) {
  const occasion = omitted === undefined ? 'load' : occasionOf(omitted);
  const life = { points, ...(omitted !== undefined && { omitted }) };
  if (occasion === 'birth' || omitted === undefined) await birth(life);
  if (occasion === 'loss' || omitted === undefined) await loss(life);
  if (omitted === undefined) await truncation(life);
  if (occasion === 'load' || occasion === 'recovery') await rounds(points, omitted, seed);
}

async function rounds(points: readonly StorePoint[], omitted: string | undefined, seed: number): Promise<void> {
  const campaign = new Campaign(points, new Random(seed), new Map());
  try {
    if (omitted !== undefined) campaign.node.control.omit(omitted);
    await campaign.begin();
    const killAt = (omitted === undefined ? undefined : preludeOf(omitted)) ?? ANYWHERE;
    for (let round = 0; round < ROUNDS_MAX; round++) {
      await campaign.calmLoad(omitted);
      await campaign.killAndRecover(killAt);
      if (round % 2 === 1) await campaign.drain();
    }
  } finally {
    await campaign.end();
  }
}
