import fc from "fast-check";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { type Branch, buildByName, type Route } from "../../src/networks";
import { randomStream } from "../../src/random";
import { deletableBlocks, routeTrie, routeWithout, sampleBlocks, stepCount, type TrieNode } from "../../src/routes";
import { law } from "../property";

const route: fc.Arbitrary<Route> = fc.array(
  fc.record(
    { block: fc.nat({ max: 3 }), branch: fc.constantFrom<Branch[]>("both", "residual", "skip") },
    { noNullPrototype: true },
  ),
  { maxLength: 8 },
);
const routes = fc.array(route, { minLength: 1, maxLength: 40 });

/** The routes that a trie holds, found by walking it. */
function walked(node: TrieNode, before: Route = [], found = new Map<number, Route>()): Map<number, Route> {
  const here = node.step === null ? before : [...before, node.step];
  for (const index of node.routes) found.set(index, here);
  for (const child of node.children) walked(child, here, found);
  return found;
}

law("a trie holds every route once, step by step", [routes], (given) => {
  const found = walked(routeTrie(given));
  assert.is(found.size, given.length);
  given.forEach((expected, index) => {
    assert.equal(found.get(index), expected);
  });
});

law("a trie never has more steps than one pass a route, and one step for each distinct prefix", [routes], (given) => {
  const prefixes = new Set(given.flatMap((one) => one.map((_, i) => JSON.stringify(one.slice(0, i + 1)))));
  assert.is(stepCount(routeTrie(given)), prefixes.size);
});

law("at most 1 + log2(routes) activations are held", [routes], (given) => {
  const distinct = new Set(given.map((one) => JSON.stringify(one))).size;
  assert.ok(routeTrie(given).held <= 1 + Math.log2(Math.max(1, distinct)) + 1e-9);
});

law(
  "a sweep over single deletions holds two activations, however deep the network",
  [fc.integer({ min: 1, max: 18 })],
  (n) => {
    const architecture = buildByName(`resnet${6 * n + 2}`, { inputShape: [8, 8, 1], classes: 2 });
    const sweep = deletableBlocks(architecture).map((block) => routeWithout(architecture, [block]));
    assert.is(routeTrie(sweep).held, 2);
  },
);

law(
  "drawn blocks are different ones of those given, as many as asked for, the same for the same seed",
  [
    fc.uniqueArray(fc.nat({ max: 60 }), { minLength: 1, maxLength: 54 }),
    fc.double({ min: 0, max: 1, noNaN: true }),
    fc.nat(),
  ],
  (blocks, share, seed) => {
    const count = Math.floor(share * blocks.length);
    const drawn = sampleBlocks(blocks, count, randomStream(seed, "draw"));
    assert.is(new Set(drawn).size, count);
    assert.ok(drawn.every((block) => blocks.includes(block)));
    assert.equal(drawn, sampleBlocks(blocks, count, randomStream(seed, "draw")));
  },
);

test("each set of blocks is drawn equally often", () => {
  const stream = randomStream(7, "sets");
  const counts = new Map<string, number>();
  for (let i = 0; i < 6000; i++) {
    const set = sampleBlocks([4, 5, 6, 7], 2, stream).join();
    counts.set(set, (counts.get(set) ?? 0) + 1);
  }
  assert.is(counts.size, 6);
  for (const [set, times] of counts) assert.ok(Math.abs(times - 1000) < 150, `${set} was drawn ${times} times`); // 5 sd
});

test("more blocks than there are cannot be drawn", () => {
  assert.throws(() => sampleBlocks([1, 2], 3, randomStream(1, "draw")), /cannot delete 3 of 2 blocks/);
});

test("every block of a residual network can be deleted; of a plain one those that keep their shape", () => {
  const options = { inputShape: [16, 16, 1], classes: 10 } as const;
  assert.is(deletableBlocks(buildByName("resnet20", options)).length, 9);
  assert.equal(
    deletableBlocks(buildByName("plain14", options)),
    [0, 1, 2, 3, 5, 6, 7, 9, 10, 11], // blocks 4 and 8 halve the image
  );
  assert.equal(deletableBlocks(buildByName("vgg10", options)), [1, 4, 7, 10]); // two convolutions and a pooling a stage
});

test.run();
