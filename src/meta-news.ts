/** What the watch for new versions asks of META, where another node has the store. */
import type { Cluster } from './cluster/cluster.js';
import type { Served } from './cluster/ports.js';
import type { Meta } from './meta/meta.js';
import type { News } from './meta/news.js';

type NewsOf = Pick<Meta, 'news' | 'names'>;

/** What a node that has the store answers the others. */
export const servedNews = (meta: () => Promise<NewsOf>): Served => ({
  'meta.news': async ([key, after]) => (await meta()).news(key as string, (after as number | null) ?? undefined),
  'meta.names': async () => {
    const names: string[] = [];
    for await (const name of (await meta()).names()) names.push(name);
    return names;
  },
});

export const newsAt = (cluster: Cluster, node: string): NewsOf => ({
  news: (key, after) => cluster.ask(node, 'meta.news', [key, after ?? null]) as Promise<News>,
  async *names() {
    yield* (await cluster.ask(node, 'meta.names', [])) as string[];
  },
});
