/**
 * Deletion sweeps through the trie against one pass a route, in one run, turn by turn: `npm run bench`.
 *
 * Both do the same work (the folded network, the same batches, the same scores); only the sharing of prefixes differs. What
 * is printed is the ratio of the medians; the share of block executions is what it would be if blocks were all.
 */
import type { ImageSet } from "../src/data";
import { buildByName, createNetwork, disposeNetwork, fullRoute, multiplyAccumulates, type Route } from "../src/models";
import { randomStream } from "../src/random";
import { deletableBlocks, drawBlocks, evaluate, routeTrie, routeWithout, stepCount } from "../src/routes";
import { runtimeFacts } from "../src/runtime";
import { median } from "../src/statistics";

const rounds = 3;
const side = 14;
const pictures = noise(200);
const moments = { mean: [128], standardDeviation: [74] };

async function main(): Promise<void> {
  const { backend, tensorFlowVersion, threads, processor } = runtimeFacts();
  console.log(`${backend} ${tensorFlowVersion ?? ""}, ${threads} threads, ${processor.model}`);
  console.log(`${pictures.count} pictures of ${side}x${side}, medians of ${rounds} rounds`);
  console.log("network                  routes               blocks   trie s   single s  ratio [min, max]");
  for (const name of ["preactivation-resnet32", "resnet110"]) {
    const architecture = buildByName(name, { inputShape: [side, side, 1], classes: 10 });
    const blocks = deletableBlocks(architecture);
    const stream = randomStream(1, "benchmark");
    const sweeps: [string, Route[]][] = [
      ["each block deleted", [fullRoute(architecture), ...blocks.map((block) => routeWithout(architecture, [block]))]],
      [
        "k of them, 2 draws",
        blocks.flatMap((_, k) => [0, 1].map(() => routeWithout(architecture, drawBlocks(blocks, k + 1, stream)))),
      ],
    ];
    const network = createNetwork(architecture, 1);
    for (const [what, routes] of sweeps) {
      const trie: number[] = [];
      const single: number[] = [];
      for (let round = 0; round <= rounds; round++) {
        const shared = await seconds(() => evaluate(network, routes, pictures, { moments }));
        const alone = await seconds(async () => {
          for (const route of routes) await evaluate(network, [route], pictures, { moments });
        });
        if (round === 0) continue; // the first round warms up
        trie.push(shared);
        single.push(alone);
      }
      const ratios = trie.map((time, i) => single[i]! / time);
      const share = stepCount(routeTrie(routes)) / routes.reduce((sum, route) => sum + route.length, 0);
      console.log(
        `${name.padEnd(24)} ${what.padEnd(20)} ${(100 * share).toFixed(0).padStart(4)} %  ${median(trie).toFixed(2).padStart(7)}  ` +
          `${median(single).toFixed(2).padStart(8)}  ${median(ratios).toFixed(2)} [${Math.min(...ratios).toFixed(2)}, ${Math.max(...ratios).toFixed(2)}]`,
      );
    }
    console.log(
      `  ${(multiplyAccumulates(architecture) / 1e6).toFixed(1)} million multiply-accumulates a picture and pass`,
    );
    disposeNetwork(network);
  }
}

async function seconds(body: () => Promise<unknown>): Promise<number> {
  const start = performance.now();
  await body();
  return (performance.now() - start) / 1000;
}

function noise(count: number): ImageSet {
  const stream = randomStream(1, "pictures");
  return {
    images: Uint8Array.from({ length: count * side * side }, () => stream.integer(256)),
    labels: Uint8Array.from({ length: count }, () => stream.integer(10)),
    count,
    height: side,
    width: side,
    channels: 1,
  };
}

main();
