/** Hosts where namespaces aren't permitted; `npm run test:hosts` asks the same of those in namespaces. */
import { readdirSync } from 'node:fs';
import test from 'ava';
import { Hosts } from './hosts.js';
import type { Host } from './host.js';
import { cutsAndHeals, cutsOneWay, openHosts, startOn, stopsContinuesAndKills } from './scenarios.js';

const kind = 'loopback';
const names = ['alpha', 'beta', 'gamma'];

test('cut both ways and healed', cutsAndHeals, { names, kind });
test('cut one way', cutsOneWay, { names, kind });
test('stopped, continued, killed', stopsContinuesAndKills, { names, kind });

test('their objects are apart, and go with them', async (t) => {
  const hosts = await Hosts.open({ names, kind });
  t.teardown(() => hosts.close());
  const [alpha, beta] = hosts.all as [Host, Host, Host];
  await Promise.all([startOn(alpha), startOn(beta)]);
  const objects = [...alpha.objects(), ...beta.objects()];
  t.true(alpha.objects().length >= 3 && beta.objects().length >= 3);
  t.is(new Set(objects).size, objects.length);
  await hosts.close();
  t.deepEqual(
    readdirSync('/dev/shm').filter((name) => objects.includes(name)),
    [],
  );
});

test('what needs namespaces says so', async (t) => {
  const hosts = await openHosts(t, { names: ['alpha'], kind });
  const alpha = hosts.host('alpha');
  await t.throwsAsync(alpha.fillShm(), { message: /^NOT POSSIBLE/ });
  await t.throwsAsync(alpha.skewClock(1), { message: /^NOT POSSIBLE/ });
  t.throws(() => hosts.host('beta'), { message: /no host 'beta'/ });
});
