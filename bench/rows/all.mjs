import { allocator } from './allocator.mjs';
import { catalog } from './catalog.mjs';
import { cluster } from './cluster.mjs';
import { failover } from './failover.mjs';
import { file } from './file.mjs';
import { insert } from './insert.mjs';
import { locate } from './locate.mjs';
import { metaCommits } from './meta-commits.mjs';
import { metaGet } from './meta-get.mjs';
import { metaVersions } from './meta-versions.mjs';
import { ping } from './ping.mjs';
import { placement } from './placement.mjs';
import { ready } from './ready.mjs';
import { seal } from './seal.mjs';
import { yp } from './yp.mjs';

/** In the order of docs/performance.md. */
export const rows = [
  locate,
  ready,
  insert,
  seal,
  file,
  allocator,
  catalog,
  ping,
  yp,
  placement,
  failover,
  cluster,
  metaGet,
  metaVersions,
  metaCommits,
];
