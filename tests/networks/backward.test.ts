import fc from "fast-check";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { type Branch, backward, buildByName, forward, type Network, newTape } from "../../src/networks";
import { type Tensor, type Tensor4D, tf } from "../../src/runtime";
import { law } from "../property";
import { assertClose, normalTensor, withNetwork, withoutLeak } from "../tensors";

const tiny = { inputShape: [8, 8, 2], classes: 3, width: 3 } as const;

/** A taped pass of a network, and the gradients by its images and parameters through given branches. */
function taped(network: Network, seed: number) {
  const tape = newTape();
  const x = normalTensor<Tensor4D>([3, ...tiny.inputShape], seed, "x");
  const logits = forward(network, x, { mode: "batch statistics", tape });
  const byLogits = normalTensor<typeof logits>(logits.shape, seed, "gradient");
  return (options: Parameters<typeof backward>[3]) => backward(network, tape, byLogits, options);
}

law(
  "the gradients along all 2^N paths add up to the whole gradient",
  [fc.constantFrom("preactivation-resnet8", "resnet8", "projection-resnet8"), fc.nat()],
  (name, seed) => {
    withNetwork(buildByName(name, tiny), seed, (network) => {
      withoutLeak(() => {
        const run = taped(network, seed);
        const whole = run({}).input!;
        const paths = Array.from({ length: 8 }, (_, path) =>
          [0, 1, 2].map((block): Branch => (((path >> block) & 1) === 1 ? "residual" : "skip")),
        );
        const sum = tf.addN(paths.map((branches) => run({ parameters: false, branches }).input!));
        assertClose(sum, whole, 1e-4, "sum over paths");
        const again = run({ branches: ["both", "both", "both"] }).input!;
        assertClose(again, whole, 0, "all branches");
      });
    });
  },
  { numRuns: 12 },
);

law(
  "a path's gradient does not reach the parameters of the blocks it passes by",
  [fc.array(fc.constantFrom<Branch>("residual", "skip", "both"), { minLength: 6, maxLength: 6 }), fc.nat()],
  (branches, seed) => {
    withNetwork(buildByName("preactivation-resnet14", tiny), seed, (network) => {
      tf.tidy(() => {
        const { parameters } = taped(network, seed)({ branches });
        network.architecture.blocks.forEach(({ name }, i) => {
          const reached = [...parameters.keys()].some((address) => address.startsWith(`${name}/`));
          assert.is(reached, branches[i] !== "skip", name);
        });
      });
    });
  },
  { numRuns: 10 },
);

test("each block's gradient is shown on its way, and the last that is shown gives that of the images", () => {
  withNetwork(buildByName("preactivation-resnet8", { ...tiny, width: 2 }), 1, (network) => {
    const stemless = { ...network, architecture: { ...network.architecture, stem: [] } };
    const shown: [number, number[]][] = [];
    let last: Tensor | undefined;
    const { input, parameters } = taped(
      stemless,
      1,
    )({
      parameters: false,
      onGradient(place, gradient) {
        shown.push([place, gradient.shape.slice(1)]);
        last = gradient.clone();
      },
    });
    assert.equal(shown, [
      [3, [2, 2, 8]],
      [2, [4, 4, 4]],
      [1, [8, 8, 2]],
      [0, [8, 8, 2]],
    ]);
    assertClose(last!, input!, 0, "gradient by the images");
    assert.is(parameters.size, 0);
  });
});

test("a gradient is refused where no activations went, and where no identity fits", () => {
  withNetwork(buildByName("plain8", tiny), 1, (plain) => {
    const run = taped(plain, 1);
    const both = plain.architecture.blocks.map((): Branch => "both");
    assert.throws(() => run({ branches: ["both"] }), /need a branch for each of the 6 steps of the route, got 1/);
    assert.throws(
      () => run({ branches: both.with(2, "skip") }),
      /stage2\/block1 has no shortcut and changes \[8,8,3\] to \[4,4,6\]: the gradient cannot pass it by/,
    );
    assert.ok(run({ branches: both.with(1, "skip") }).input);
  });
  withNetwork(buildByName("resnet8", tiny), 1, (network) => {
    const tape = newTape();
    const x = normalTensor<Tensor4D>([1, ...tiny.inputShape], 1, "x");
    const route = network.architecture.blocks.map((_, block) => ({ block, branch: "skip" as const }));
    const logits = forward(network, x, { mode: "batch statistics", route, tape });
    assert.throws(
      () => backward(network, tape, logits, { branches: ["residual", "skip", "skip"] }),
      /the gradient cannot go through "residual" of stage1\/block1: "skip" ran/,
    );
  });
});

test.run();
