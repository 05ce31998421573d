import fc from "fast-check";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { type Block, buildByName, buildLinearResNet, checkRoute } from "../../src/networks";
import { randomStream } from "../../src/random";
import { allPaths, pathCounts, pathLength, samplePath } from "../../src/routes";
import { binomialCoefficient, binomialProbabilities, goodnessOfFit } from "../../src/statistics";
import { law } from "../property";

const block = (hasShortcut: boolean, i: number): Block => ({
  name: `stage1/block${i + 1}`,
  residual: [],
  shortcut: hasShortcut ? [] : null,
  join: [],
});
/** Blocks with shortcuts and without them, mixed. */
const mixed = fc.array(fc.boolean(), { maxLength: 10 }).map((given) => ({ name: "mixed", blocks: given.map(block) }));
const build = (name: string) => buildByName(name, { inputShape: [8, 8, 1], classes: 2, width: 4 });

law("as many paths of each length are counted as are listed, no two alike", [mixed], (architecture) => {
  const paths = allPaths(architecture);
  assert.is(new Set(paths.map((path) => JSON.stringify(path))).size, paths.length);
  const listed = pathCounts(architecture).map(
    (_, length) => paths.filter((path) => pathLength(path) === length).length,
  );
  assert.equal(listed.map(BigInt), pathCounts(architecture));
});

law("with shortcuts everywhere the counts are binomial coefficients", [fc.integer({ min: 1, max: 300 })], (blocks) => {
  const architecture = buildLinearResNet({ blocks, inputShape: [6, 6, 1], classes: 2 });
  pathCounts(architecture).forEach((paths, length) => {
    assert.is(paths, binomialCoefficient(blocks, length));
  });
});

law("a path runs through the network; a drawn one is among those listed", [mixed, fc.nat()], (architecture, seed) => {
  const paths = allPaths(architecture).map((path) => JSON.stringify(path));
  assert.ok(paths.includes(JSON.stringify(samplePath(architecture, randomStream(seed, "path")))));
  const resnet = build("projection-resnet8");
  for (const path of allPaths(resnet)) checkRoute(resnet, path);
});

test("half of all paths avoid a block, whichever it is", () => {
  const resnet = build("preactivation-resnet20");
  const paths = allPaths(resnet);
  assert.is(paths.length, 512);
  resnet.blocks.forEach((_, deleted) => {
    assert.is(paths.filter((path) => path[deleted]!.branch === "skip").length, 256);
  });
});

test("the lengths of drawn paths follow the binomial distribution, each block by a fair coin of its own", () => {
  const resnet = build("preactivation-resnet56");
  const lengths = resnet.blocks.map(() => 0).concat(0);
  const taken = resnet.blocks.map(() => 0);
  const stream = randomStream(1, "paths");
  for (let draw = 0; draw < 4000; draw++) {
    const path = samplePath(resnet, stream);
    lengths[pathLength(path)]! += 1;
    path.forEach(({ branch }, i) => {
      if (branch === "residual") taken[i]! += 1;
    });
  }
  assert.ok(goodnessOfFit(lengths, binomialProbabilities(27, 0.5)).pValue > 0.001, `${lengths}`);
  for (const times of taken) assert.ok(Math.abs(times - 2000) < 4 * Math.sqrt(1000), `${times} of 4000`);
});

test("a network without shortcuts has one path, as long as it is deep", () => {
  const plain = build("plain8");
  assert.equal(allPaths(plain), [plain.blocks.map((_, i) => ({ block: i, branch: "residual" }))]);
  assert.equal(pathCounts(plain), [0n, 0n, 0n, 0n, 0n, 0n, 1n]);
});

test("more than 2^16 paths are counted, but not listed", () => {
  const deep = build("preactivation-resnet56");
  assert.throws(() => allPaths(deep), /has 2\^27 paths, more than can be listed one by one \(2\^16\)/);
  assert.is(
    pathCounts(deep).reduce((sum, paths) => sum + paths, 0n),
    2n ** 27n,
  );
});

test.run();
