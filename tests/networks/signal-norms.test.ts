import fc from "fast-check";
import { test } from "uvu";
import * as assert from "uvu/assert";
import {
  type Architecture,
  backward,
  buildByName,
  buildUniformNetwork,
  forward,
  fullRoute,
  type Network,
  newTape,
  parameter,
  runBlock,
  runStem,
  signalNorms,
} from "../../src/networks";
import { type Tensor, type Tensor2D, type Tensor4D, tf } from "../../src/runtime";
import { law } from "../property";
import { innerProduct, normalTensor, withNetwork, withoutLeak } from "../tensors";

const tiny = { inputShape: [8, 8, 1], classes: 3, width: 6 } as const;
const seed = fc.nat();

function assertNear(found: readonly number[], expected: readonly number[], tolerance: number, what: string): void {
  assert.is(found.length, expected.length, what);
  found.forEach((value, i) => {
    assert.ok(
      Math.abs(value - expected[i]!) <= tolerance,
      `${what} at boundary ${i}: ${value}, expected ${expected[i]}`,
    );
  });
}

const squares = (tensor: Tensor) => innerProduct(tensor, tensor);

/** The same by the plain passes, which know no scaling. */
function plainNorms(network: Network, x: Tensor4D, byLogits: Tensor2D, depth: number) {
  const tape = newTape();
  const gradients: number[] = [];
  const route = fullRoute(network.architecture).slice(0, depth);
  forward(network, x, { mode: "batch statistics", route, tape });
  backward(network, tape, byLogits, {
    parameters: false,
    onGradient: (_, gradient) => gradients.unshift(Math.log10(squares(gradient)) / 2),
  });
  let output = runStem(network, x, "batch statistics");
  const meanSquare = () => Math.log10(squares(output) / output.size);
  const activations = [meanSquare()];
  for (const step of route) {
    output = runBlock(network, step, output, "batch statistics");
    activations.push(meanSquare());
  }
  return { activations, gradients };
}

law(
  "norms are those of the plain passes where these stay in range",
  [
    fc.record({
      layer: fc.constantFrom("dense" as const, "convolution" as const),
      activation: fc.constantFrom("relu" as const, "sigmoid" as const, "tanh" as const),
      gain: fc.constantFrom(0.01, 1, 2, 100),
      normalised: fc.boolean(),
      residual: fc.boolean(),
    }),
    fc.integer({ min: 0, max: 6 }),
    seed,
  ],
  (options, depth, seedNumber) => {
    withNetwork(buildUniformNetwork({ ...tiny, ...options, depth: 6 }), seedNumber, (network) => {
      withoutLeak(() => {
        const x = normalTensor<Tensor4D>([5, ...tiny.inputShape], seedNumber, "x");
        const byLogits = normalTensor<Tensor2D>([5, 3], seedNumber, "gradient");
        const found = signalNorms(network, x, () => byLogits, fullRoute(network.architecture).slice(0, depth));
        const expected = plainNorms(network, x, byLogits, depth);
        assertNear(found.activations, expected.activations, 1e-5, "activations");
        assertNear(found.gradients, expected.gradients, 1e-5, "gradients");
      });
    });
  },
  { numRuns: 20 },
);

test("norms of a network whose boundaries differ in shape, and of scaled branches, are those of the plain passes", () => {
  withNetwork(buildByName("preactivation-resnet8", tiny), 1, (network) => {
    const x = normalTensor<Tensor4D>([5, ...tiny.inputShape], 1, "x");
    const byLogits = normalTensor<Tensor2D>([5, 3], 1, "gradient");
    const route = fullRoute(network.architecture).map((step) => ({ ...step, scale: 0.3 }));
    const tape = newTape();
    forward(network, x, { mode: "batch statistics", route, tape });
    const gradients: number[] = [];
    const onGradient = (_: number, gradient: Tensor) => gradients.unshift(Math.log10(squares(gradient)) / 2);
    backward(network, tape, byLogits, { parameters: false, onGradient });
    assertNear(signalNorms(network, x, () => byLogits, route).gradients, gradients, 1e-5, "gradients");
  });
});

law(
  "weights times 2^k move every norm by k powers of two a block, far outside single precision",
  [fc.constantFrom(-8, -3, 5, 8), seed],
  (power, seedNumber) => {
    const depth = 40; // 2^(8 x 40) = 10^96
    const norms = (gain: number) => {
      const found: ReturnType<typeof signalNorms>[] = [];
      const options = { ...tiny, width: 64, layer: "dense", activation: "relu", depth, gain } as const;
      withNetwork(buildUniformNetwork(options), seedNumber, (network) => {
        const x = normalTensor<Tensor4D>([5, ...tiny.inputShape], seedNumber, "x");
        found.push(signalNorms(network, x, (logits) => tf.onesLike(logits), fullRoute(network.architecture)));
      });
      return found[0]!;
    };
    const [base, scaled] = [norms(2), norms(2 * 4 ** power)];
    const decades = power * Math.log10(2);
    const moved = base.activations.map((value, n) => value + 2 * n * decades);
    assertNear(scaled.activations, moved, 1e-5, "activations");
    const movedGradients = base.gradients.map((value, n) => value + (depth - n) * decades);
    assertNear(scaled.gradients, movedGradients, 1e-5, "gradients");
  },
  { numRuns: 10 },
);

test("the gradient of a chain of 128 sigmoids is the product of their derivatives, as double precision has it", () => {
  const chain = { ...tiny, width: 1, layer: "dense", activation: "sigmoid", depth: 128, gain: 1 } as const;
  const sigmoid = (x: number) => 1 / (1 + Math.exp(-x));
  const slope = (x: number) => sigmoid(x) * (1 - sigmoid(x));
  withNetwork(buildUniformNetwork(chain), 3, (network) => {
    const value = (name: string) => parameter(network, name).dataSync();
    const x = normalTensor<Tensor4D>([3, ...tiny.inputShape], 3, "x");
    const byLogits = normalTensor<Tensor2D>([3, 3], 3, "gradient");
    const { activations, gradients } = signalNorms(network, x, () => byLogits, fullRoute(network.architecture));

    const weights = chainWeights(network.architecture, value);
    const signals = [Array.from((runStem(network, x, "batch statistics") as Tensor).dataSync())];
    for (const weight of weights) signals.push(signals.at(-1)!.map((given) => weight * sigmoid(given)));
    const given = byLogits.dataSync();
    const head = value("head/classifier/kernel");
    let gradient = signals.at(-1)!.map((signal, image) => {
      const sum = [0, 1, 2].reduce((total, logit) => total + given[3 * image + logit]! * head[logit]!, 0);
      return sum * slope(signal);
    });
    const expected = [gradient];
    for (let n = weights.length - 1; n >= 0; n--) {
      gradient = gradient.map((by, image) => by * weights[n]! * slope(signals[n]![image]!));
      expected.unshift(gradient);
    }
    const log = (values: readonly number[]) => Math.log10(values.reduce((sum, entry) => sum + entry ** 2, 0));
    assertNear(
      gradients,
      expected.map((values) => log(values) / 2),
      1e-3,
      "gradients",
    );
    assertNear(
      activations,
      signals.map((values) => log(values) - Math.log10(3)),
      1e-4,
      "activations",
    );
    assert.ok(gradients[0]! < -45 - 20, `a gradient of 10^${gradients[0]} would not be out of single precision`);
  });
});

function chainWeights({ blocks }: Architecture, value: (name: string) => ArrayLike<number>): number[] {
  return blocks.map(({ name }) => value(`${name}/weights/kernel`)[0]!);
}

test("the logits are unscaled for the loss as far as single precision reaches", () => {
  const options = { ...tiny, layer: "dense", activation: "relu", width: 64 } as const;
  for (const [depth, gain] of [
    [3, 2],
    [20, 2 * 4 ** 8],
  ] as const) {
    withNetwork(buildUniformNetwork({ ...options, depth, gain }), 1, (network) => {
      const x = normalTensor<Tensor4D>([5, ...tiny.inputShape], 1, "x");
      let largest = 0;
      const lossGradient = (logits: Tensor2D) => {
        largest = tf.max(tf.abs(logits)).dataSync()[0]!;
        return tf.onesLike(logits);
      };
      signalNorms(network, x, lossGradient, fullRoute(network.architecture));
      if (depth === 3) {
        const plain = tf.max(tf.abs(forward(network, x, { mode: "batch statistics" }))).dataSync()[0]!;
        assert.ok(Math.abs(largest / plain - 1) < 1e-5);
      } else assert.ok(largest > 1e29 && Number.isFinite(largest), `${largest}`); // really about 2^160
    });
  }
});

test("what has no logarithm is refused: activations out of range that cannot be scaled, a gradient of zero", () => {
  const uniform = buildUniformNetwork({ ...tiny, layer: "dense", activation: "relu", depth: 4, gain: 2 ** 60 });
  const biased: Architecture = {
    ...uniform,
    blocks: uniform.blocks.map((block) => ({
      ...block,
      residual: block.residual.map((layer) => (layer.kind === "dense" ? { ...layer, bias: true } : layer)),
    })),
  };
  withNetwork(biased, 1, (network) => {
    const x = normalTensor<Tensor4D>([5, ...tiny.inputShape], 1, "x");
    const run = () => signalNorms(network, x, (logits) => tf.onesLike(logits), fullRoute(biased));
    assert.throws(run, /block\d: the sum of squares must be a positive finite number/);
  });
  withNetwork(uniform, 1, (network) => {
    const x = normalTensor<Tensor4D>([5, ...tiny.inputShape], 1, "x");
    const run = () => signalNorms(network, x, (logits) => tf.zerosLike(logits), fullRoute(uniform));
    assert.throws(run, /head: need values that are finite and not all zero, got 0/);
  });
});

test.run();
