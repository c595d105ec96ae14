import { Random } from '../campaign/random.js';
import { Campaign } from './campaign.js';
import { storePoints } from './store-points.js';
import { occasionOf } from './steering.js';

const points = storePoints();
const random = new Random(Number(process.argv[2] ?? 1));
const kills = new Map<string, number>();
const campaign = new Campaign(points, random, kills);
await campaign.begin();
try {
  const names = points.map(({ name }) => name).filter((name) => ['load', 'recovery'].includes(occasionOf(name)));
  let n = 0;
  for (const name of names.filter((x) => process.argv[3] === undefined || x === process.argv[3])) {
    const t = Date.now();
    if (n++ % 5 === 0) await campaign.calmLoad(name);
    const hit = await campaign.round(name);
    console.log(n, name, hit, Date.now() - t);
    if (n % 10 === 0) {
      const d = Date.now();
      await campaign.drain();
      console.log('drain', Date.now() - d);
    }
  }
} finally {
  await campaign.end();
}
