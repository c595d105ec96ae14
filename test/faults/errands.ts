/** Work of the nodes that changes no value: what is asked for while somebody is to be caught, and how it must end when all is healed. */
import { segmentFigures } from '../campaign/figures.js';
import { fieldsOf, numberIn, textIn } from '../campaign/records.js';
import { CLI } from '../support/cli.js';
import type { Stage } from './stage.js';
import { COORDINATOR, SEGMENT_MIB, type NodeName } from './trio.js';

export interface Errand {
  /** Resolves when it is answered, or nobody answers. */
  begin(): Promise<void>;
  /** Everybody is there again: what was begun must come to its end. Then everything is as it was before. */
  end(): Promise<void>;
}

export type ErrandOf = (stage: Stage) => Errand;

/** The node is emptied into the others. */
export const draining =
  (node: NodeName, by: NodeName): ErrandOf =>
  (stage) => ({
    begin: async () => {
      await stage.ask(by, 'FABRIC.DRAIN', node);
    },
    end: async () => {
      await stage.until(`${node} is drained`, async () => {
        const asked = await stage.ask(by, 'FABRIC.DRAIN', node);
        return asked !== undefined && (await variablesAt(stage, node)) === 0;
      });
      await stage.until(
        `${node} is in use again`,
        async () => (await stage.ask(by, 'FABRIC.DRAIN', node, 'STOP')) !== undefined,
      );
    },
  });

/** The node's first segment is given back; what is in it goes to another one that the node gets, or to other nodes. */
export const deallocating =
  (node: NodeName, by: NodeName, within: boolean): ErrandOf =>
  (stage) => {
    let segment = '';
    const segments = async () => {
      const link = stage.trio.link(node);
      try {
        return (await segmentFigures(link.call, node)).map(({ sharedId }) => sharedId);
      } finally {
        link.close();
      }
    };
    const allocate = () => stage.ask(node, 'FABRIC.ALLOC', SEGMENT_MIB, 'NODE', node);
    return {
      begin: async () => {
        [segment] = (await segments()) as [string];
        if (within) await allocate();
        await stage.ask(by, 'FABRIC.DEALLOC', node, segment, 'MOVE');
      },
      end: async () => {
        await stage.until(`${segment} is given back`, async () => {
          await stage.ask(node, 'FABRIC.DEALLOC', node, segment, 'MOVE');
          return !(await segments()).includes(segment);
        });
        if ((await segments()).length === 0) await allocate();
      },
    };
  };

/** A dead node is given up; what others have copies of gets further ones. It comes back with nothing. */
export const forgetting =
  (
    node: NodeName,
    by: NodeName,
    variables: { alone: string; copied: readonly string[]; others: readonly NodeName[] },
  ): ErrandOf =>
  (stage) => {
    const { trio, watch } = stage;
    const coordinator = trio.server(COORDINATOR).pid;
    const { alone, copied, others } = variables;
    return {
      begin: async () => {
        // It may go at any time from now on, and nobody says when.
        watch.recorder.invoke({ client: 'whoever forgets', node: by, name: stage.nameOf(alone), kind: 'DELETE' });
        await stage.ask(by, 'FABRIC.FORGET', node);
      },
      end: async () => {
        await stage.until(`${node} is forgotten`, async () => {
          const report = await stage.ask(by, 'FABRIC.FORGET', node);
          return report !== undefined;
        });
        // What a coordinator meant to make up for it doesn't outlive it.
        if (trio.server(COORDINATOR).pid === coordinator) {
          for (const variable of copied) {
            await stage.until(`${stage.nameOf(variable)} has as many copies as before`, async () => {
              const there = await Promise.all(others.map((other) => hasCopy(stage, other, variable)));
              return there.every(Boolean);
            });
          }
        }
        const { configPath } = trio.server(node);
        await trio.host(node).run(process.execPath, CLI, 'purge', '--config', configPath, '--yes');
        await trio.server(node).start();
      },
    };
  };

/** A node that was cut off joins again. */
export const returning: ErrandOf = ({ trio }) => ({
  begin: () => trio.hosts.healAll(),
  end: () => Promise.resolve(),
});

/** The coordinator dies, starts again, and asks all nodes what they have. */
export const restarting: ErrandOf = (stage) => ({
  begin: async () => {
    const server = stage.trio.server(COORDINATOR);
    stage.apart(COORDINATOR);
    await server.kill('SIGKILL');
    server.launch();
  },
  end: () => Promise.resolve(),
});

/** As the node itself counts them. */
async function variablesAt(stage: Stage, node: NodeName): Promise<number | undefined> {
  const nodes = (await stage.ask(node, 'FABRIC.NODES')) as unknown[] | undefined;
  const own = nodes?.map(fieldsOf).find((fields) => textIn(fields, 'node') === node);
  return own && numberIn(own, 'variables');
}

/** Every node knows its own best. */
async function hasCopy(stage: Stage, node: NodeName, variable: string): Promise<boolean> {
  const placements = (await stage.ask(node, 'FABRIC.LOCATE', stage.nameOf(variable))) as unknown[][] | null | undefined;
  return placements?.some(([holder]) => String(holder) === node) === true;
}
