import fc from "fast-check";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { differenceFromPerceptron } from "../../../experiments/layer-arithmetic/perceptron";
import { randomStream } from "../../../src/random";
import { law } from "../../property";

/** max(0, Wx + b) of every pixel by matrices of rows. */
function perceptrons(pixels: number[][], kernel: number[][], bias: number[]): number[] {
  return pixels.flatMap((pixel) =>
    bias.map((offset, filter) =>
      Math.max(
        0,
        pixel.reduce((sum, value, channel) => sum + value * kernel[channel]![filter]!, offset),
      ),
    ),
  );
}

const size = fc.integer({ min: 1, max: 6 });

law(
  "it is rounding for the perceptrons themselves, and what one activation is off by, over the largest",
  [size, size, size, fc.nat(), fc.double({ min: 0.1, max: 10, noNaN: true })],
  (count, channels, filters, seed, off) => {
    const stream = randomStream(seed);
    const rows = (height: number, width: number) =>
      Array.from({ length: height }, () => Array.from({ length: width }, () => Math.fround(stream.normal())));
    const [pixels, kernel, [bias]] = [rows(count, channels), rows(channels, filters), rows(1, filters)];
    const given = {
      values: Float32Array.from(pixels.flat()),
      kernel: Float32Array.from(kernel.flat()),
      bias: Float32Array.from(bias!),
    };
    const right = perceptrons(pixels, kernel, bias!);
    assert.ok(differenceFromPerceptron(Float32Array.from(right), given) < 1e-6);
    const greatest = Math.max(...right);
    const place = stream.integer(right.length);
    const wrong = Float32Array.from(right, (value, i) => (i === place ? value - off : value));
    const expected = off / (greatest === 0 ? 1 : greatest);
    assert.ok(Math.abs(differenceFromPerceptron(wrong, given) - expected) <= 1e-5 * (1 + expected));
  },
  { numRuns: 200 },
);

test("where every perceptron is silent the difference is not divided", () => {
  const given = { values: Float32Array.of(1), kernel: Float32Array.of(1), bias: Float32Array.of(-3) };
  assert.is(differenceFromPerceptron(Float32Array.of(0), given), 0);
  assert.is(differenceFromPerceptron(Float32Array.of(0.5), given), 0.5);
});

test.run();
