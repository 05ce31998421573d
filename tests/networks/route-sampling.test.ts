import fc from "fast-check";
import { test } from "uvu";
import * as assert from "uvu/assert";
import {
  buildByName,
  checkRoute,
  expectedRoute,
  fullRoute,
  linearSurvival,
  type RouteSampling,
  sampleRoute,
  survivalProbabilities,
  uniformSurvival,
} from "../../src/networks";
import { randomStream } from "../../src/random";
import { law } from "../property";

const depth = fc.integer({ min: 1, max: 18 }).map((n) => 6 * n + 2);
const probability = fc.double({ min: 0, max: 1, noNaN: true });
const build = (layers: number) => buildByName(`preactivation-resnet${layers}`, { inputShape: [8, 8, 1], classes: 2 });
const close = (one: number, other: number) => Math.abs(one - other) < 1e-9;

law(
  "survival falls in equal steps from just below 1 to p_N, and the expected depth is N - (N + 1)(1 - p_N) / 2",
  [fc.integer({ min: 1, max: 200 }), probability],
  (blocks, last) => {
    const survival = linearSurvival(blocks, last);
    assert.is(survival.length, blocks);
    assert.ok(close(survival.at(-1)!, last));
    survival.forEach((p, i) => {
      assert.ok(close((survival[i - 1] ?? 1) - p, (1 - last) / blocks));
    });
    const expected = survival.reduce((sum, p) => sum + p, 0);
    assert.ok(close(expected, blocks - ((blocks + 1) * (1 - last)) / 2));
  },
);

test("54 blocks with p_N = 0.5 run 40.25 blocks on average, as Huang et al. count them", () => {
  assert.ok(
    close(
      linearSurvival(54, 0.5).reduce((sum, p) => sum + p, 0),
      40.25,
    ),
  );
});

law(
  "survival 1 is the full route, survival 0 skips every block, and every drawn route fits the network",
  [depth, probability, fc.nat()],
  (layers, last, seed) => {
    const architecture = build(layers);
    const blocks = architecture.blocks.length;
    const draw = (probabilities: number[]) =>
      sampleRoute(architecture, { kind: "survival", probabilities }, randomStream(seed));
    assert.equal(draw(uniformSurvival(blocks, 1)), fullRoute(architecture));
    assert.ok(draw(uniformSurvival(blocks, 0)).every(({ branch }) => branch === "skip"));
    checkRoute(architecture, draw(linearSurvival(blocks, last)));
  },
  { numRuns: 50 },
);

law(
  "a few-blocks route runs exactly so many, and each set of blocks comes up",
  [depth, fc.nat(), fc.nat()],
  (layers, wanted, seed) => {
    const architecture = build(layers);
    const count = wanted % (architecture.blocks.length + 1);
    const route = sampleRoute(architecture, { kind: "few blocks", count }, randomStream(seed));
    assert.is(route.filter(({ branch }) => branch === "both").length, count);
    assert.equal(
      route.map(({ block }) => block),
      architecture.blocks.map((_, i) => i),
    );
  },
  { numRuns: 50 },
);

test("blocks survive as often as their probabilities say: within 4.5 standard errors over 4,000 draws", () => {
  const architecture = build(56);
  for (const sampling of [
    { kind: "survival", probabilities: linearSurvival(27, 0.2) },
    { kind: "few blocks", count: 8 },
  ] satisfies RouteSampling[]) {
    const runs = new Array<number>(27).fill(0);
    const draws = 4000;
    for (let draw = 0; draw < draws; draw++) {
      for (const { block, branch } of sampleRoute(architecture, sampling, randomStream(3, "route", draw))) {
        if (branch === "both") runs[block]! += 1;
      }
    }
    survivalProbabilities(architecture, sampling).forEach((p, block) => {
      const error = Math.abs(runs[block]! / draws - p);
      assert.ok(error <= 4.5 * Math.sqrt((p * (1 - p)) / draws), `block ${block}: off by ${error}`);
    });
  }
});

test("the expected route scales each residual branch by its survival probability", () => {
  const architecture = build(8);
  assert.equal(expectedRoute(architecture, { kind: "survival", probabilities: [1, 0.75, 0.5] }), [
    { block: 0, branch: "both", scale: 1 },
    { block: 1, branch: "both", scale: 0.75 },
    { block: 2, branch: "both", scale: 0.5 },
  ]);
  assert.equal(
    expectedRoute(architecture, { kind: "few blocks", count: 2 }).map(({ scale }) => scale),
    [2 / 3, 2 / 3, 2 / 3],
  );
});

test("a sampling that does not fit the network is refused in words", () => {
  const draw = (sampling: RouteSampling) => () => sampleRoute(build(8), sampling, randomStream(1));
  assert.throws(
    draw({ kind: "survival", probabilities: [1] }),
    /need 3 survival probabilities, one a block of preactivation-resnet8, got 1/,
  );
  assert.throws(draw({ kind: "survival", probabilities: [1, 2, 1] }), /must be in \[0, 1\], got 2/);
  assert.throws(draw({ kind: "few blocks", count: 4 }), /need a whole number from 0 to 3 blocks .*, got 4/);
  assert.throws(draw({ kind: "few blocks", count: 1.5 }), /got 1\.5/);
});

test.run();
