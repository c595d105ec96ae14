/** INFO about the store: modules, cluster, keyspace, fabric, catalog, segments, pins. */
import type { Context } from './context.js';
import { pairs, snakeCase } from './info-section.js';
import type { InfoLine, InfoSection } from './info-section.js';
import { MODULE_NAME, moduleVersion } from './version.js';

function moduleLines({ server }: Context): InfoLine[] {
  const fields = { name: MODULE_NAME, ver: moduleVersion(server.version), api: 1 };
  return [['module', `${pairs(fields)},filters=0,usedby=[],using=[],options=[]`]];
}

function keyspaceLines({ fabric }: Context): InfoLine[] {
  const { variables } = fabric.stats();
  return variables === 0 ? [] : [['db0', pairs({ keys: variables, expires: 0, avg_ttl: 0 })]];
}

function fabricLines({ fabric, config }: Context): InfoLine[] {
  const stats = fabric.stats();
  return [
    ['node', config.node.name],
    ['epoch', stats.epoch],
    ['variables', stats.variables],
    ['reservations', stats.reservations],
    ['reserved_bytes', stats.reservedBytes],
    ['limbo', stats.limbo],
    ['limbo_bytes', stats.limboBytes],
    ['removed', stats.removed],
    ['quarantined_bytes', stats.quarantinedBytes],
    ...Object.entries(fabric.counters).map(([name, value]): InfoLine => [`total_${snakeCase(name)}`, value]),
  ];
}

function catalogLines({ fabric, config }: Context): InfoLine[] {
  const stats = fabric.stats();
  return [
    ['catalog_entries', stats.entries],
    ['catalog_entries_max', config.limits.variablesMax],
    ['catalog_bytes', stats.catalogBytes],
    ['catalog_bytes_max', stats.catalogBytesMax],
    ['string_bytes', stats.stringBytes],
    ['string_bytes_max', stats.stringBytesMax],
  ];
}

/** A total, then one line a segment. */
function segmentLines({ fabric, config }: Context): InfoLine[] {
  const segments = fabric.segments();
  const total = (field: 'bytes' | 'usedBytes' | 'freeBytes') =>
    segments.reduce((sum, segment) => sum + segment[field], 0);
  return [
    ['segments', segments.length],
    ['segments_max', config.limits.segmentsMax],
    ['segment_bytes', total('bytes')],
    ['segment_used_bytes', total('usedBytes')],
    ['segment_free_bytes', total('freeBytes')],
    ...segments.map(({ sharedId, ...numbers }, index): InfoLine => {
      const fields = Object.entries(numbers).map(([label, value]) => [snakeCase(label), value]);
      return [`segment${index}`, pairs({ shared_id: sharedId, ...(Object.fromEntries(fields) as typeof numbers) })];
    }),
  ];
}

function pinLines({ fabric, config }: Context): InfoLine[] {
  const pinnedBytes = fabric.segments().reduce((sum, segment) => sum + segment.pinnedBytes, 0);
  return [
    ['pins', fabric.stats().pins],
    ['pins_max', config.limits.pinsMax],
    ['pinned_bytes', pinnedBytes],
  ];
}

/** What isn't known is left empty. */
function storeLines({ stores }: Context): InfoLine[] {
  return stores().flatMap(({ use, kind, state, location = '', problem = '' }): InfoLine[] => [
    [`${use}_store`, kind],
    [`${use}_store_state`, state],
    [`${use}_store_location`, location],
    [`${use}_store_problem`, problem.replaceAll(/[\r\n]+/g, ' ')],
  ]);
}

export const modulesSection: InfoSection = { name: 'modules', title: 'Modules', lines: moduleLines };
export const clusterSection: InfoSection = {
  name: 'cluster',
  title: 'Cluster',
  lines: () => [['cluster_enabled', 0]],
};
export const keyspaceSection: InfoSection = { name: 'keyspace', title: 'Keyspace', lines: keyspaceLines };
export const fabricSections: readonly InfoSection[] = [
  { name: 'fabric', title: 'Fabric', lines: fabricLines },
  { name: 'catalog', title: 'Catalog', lines: catalogLines },
  { name: 'segments', title: 'Segments', lines: segmentLines },
  { name: 'pins', title: 'Pins', lines: pinLines },
  { name: 'stores', title: 'Stores', lines: storeLines },
];
