import fc from "fast-check";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { peaksFunction, sampleToyProblem, toyProblemClasses, toyProblemNames } from "../../src/data";
import { law } from "../property";

const names = fc.constantFrom(...toyProblemNames);
const seeds = fc.integer();

law(
  "a problem's points lie in the square, its classes are of one size to within one",
  [names, fc.integer({ min: 1, max: 200 }), seeds],
  (name, count, seed) => {
    const { inputs, labels, classes, count: drawn } = sampleToyProblem(name, { count, seed, part: "training" });
    assert.is(drawn, count);
    assert.is(classes, toyProblemClasses(name));
    assert.is(inputs.length, 2 * count);
    assert.ok(inputs.every((value) => Math.abs(value) <= 1));
    const sizes = Array.from({ length: classes }, (_, label) => labels.filter((own) => own === label).length);
    assert.ok(Math.max(...sizes) - Math.min(...sizes) <= 1);
    assert.is(
      sizes.reduce((sum, size) => sum + size, 0),
      count,
    );
  },
);

law(
  "equal seeds draw equal points, more of them go on from fewer, and other seeds and parts draw others",
  [names, seeds, fc.integer({ min: 5, max: 60 })],
  (name, seed, count) => {
    const draw = (options: { seed?: number; part?: string; count?: number }) =>
      sampleToyProblem(name, { count, seed, part: "training", ...options }).inputs;
    assert.equal(draw({}), draw({}));
    assert.equal(draw({ count: 2 * count }).slice(0, 2 * count), draw({}));
    assert.not.equal(draw({ seed: seed === 0 ? 1 : 0 }), draw({}));
    assert.not.equal(draw({ part: "test" }), draw({}));
  },
);

/** Radius and angle of every point, with its label. */
function polarPoints(name: (typeof toyProblemNames)[number], seed: number, stretch = 1) {
  const { inputs, labels } = sampleToyProblem(name, { count: 100, seed, part: "training" });
  return [...labels].map((label, i) => {
    const [x, y] = [inputs[2 * i]!, stretch * inputs[2 * i + 1]!];
    return { label, radius: Math.hypot(x, y), angle: Math.atan2(y, x) };
  });
}

/** Distance of two angles on the circle. */
function apart(one: number, other: number): number {
  return Math.abs(Math.atan2(Math.sin(one - other), Math.cos(one - other)));
}

law("points of the spirals and of the Swiss roll lie on their curves", [seeds], (seed) => {
  for (const { label, radius, angle } of polarPoints("spirals", seed)) {
    const along = (radius - 0.4 / 6.5) / (1 - 0.4 / 6.5);
    assert.ok(apart(angle, Math.PI * (4 * along + label)) < 1e-4);
  }
  for (const { label, radius, angle } of polarPoints("swiss roll", seed)) {
    const along = 1.2 * radius - 0.2 * label;
    assert.ok(along >= -1e-6 && along <= 1 + 1e-6);
    if (radius > 1e-3) assert.ok(apart(angle, 4 * Math.PI * along) < 1e-3);
  }
});

law("the inner ellipse ends where the outer one begins", [seeds], (seed) => {
  for (const { label, radius } of polarPoints("ellipses", seed, 1 / 0.4)) {
    assert.ok(label === 0 ? radius <= 0.5 + 1e-6 : radius >= 0.5 - 1e-6 && radius <= 1 + 1e-6);
  }
});

law("a higher class of peaks is a higher band of the function", [seeds], (seed) => {
  const { inputs, labels } = sampleToyProblem("peaks", { count: 100, seed, part: "training" });
  const [least, largest] = [-6.5512, 8.1063];
  for (const [i, label] of labels.entries()) {
    const height = peaksFunction(3 * inputs[2 * i]!, 3 * inputs[2 * i + 1]!);
    const band = (5 * (height - least)) / (largest - least);
    assert.ok(band >= label - 1e-4 && band <= label + 1 + 1e-4, `height ${height} has label ${label}`);
  }
});

test("over the whole square the function peaks goes from -6.551 to 8.106, and no further", () => {
  const places = Array.from({ length: 601 }, (_, place) => place / 100 - 3);
  const heights = places.flatMap((x) => places.map((y) => peaksFunction(x, y)));
  const [least, largest] = [heights.reduce((a, b) => Math.min(a, b)), heights.reduce((a, b) => Math.max(a, b))];
  assert.ok(least >= -6.5512 && least < -6.5505, `${least}`);
  assert.ok(largest <= 8.1063 && largest > 8.1058, `${largest}`);
  // By hand: at the origin the middle term vanishes, and 3 e^-1 - e^-1 / 3 is left.
  assert.ok(Math.abs(peaksFunction(0, 0) - (8 / 3) * Math.exp(-1)) < 1e-12);
});

test("no points cannot be drawn", () => {
  for (const count of [0, -1, 2.5]) {
    assert.throws(() => sampleToyProblem("peaks", { count, seed: 1, part: "training" }), RangeError);
  }
});

test.run();
