import fc from "fast-check";
import { test } from "uvu";
import * as assert from "uvu/assert";
import {
  type Branch,
  backward,
  branchGradients,
  buildByName,
  createNetwork,
  disposeNetwork,
  forward,
  newTape,
  type Route,
} from "../../src/networks";
import { randomStream } from "../../src/random";
import { type Tensor2D, type Tensor4D, tf } from "../../src/runtime";
import { law } from "../property";

const branch = fc.constantFrom<Branch>("both", "residual", "skip");
const options = { inputShape: [8, 8, 1], classes: 3, width: 3 } as const;
const blocks = 6;

function normal<T extends Tensor2D | Tensor4D>(shape: T["shape"], seed: number): T {
  const stream = randomStream(seed, "values");
  const size = shape.reduce((product, extent) => product * extent, 1);
  return tf.tensor(
    Array.from({ length: size }, () => stream.normal()),
    shape,
  ) as T;
}

law(
  "the gradients along many choices of branches are those of backward along each, to the bit",
  [
    fc.constantFrom("preactivation-resnet14", "resnet14"),
    fc.array(fc.array(branch, { minLength: blocks, maxLength: blocks }), { minLength: 1, maxLength: 6 }),
    fc.nat(),
  ],
  (name, choices, seed) => {
    const before = tf.memory().numTensors;
    const network = createNetwork(buildByName(name, options), seed);
    tf.tidy(() => {
      const tape = newTape();
      const x = normal<Tensor4D>([4, ...options.inputShape], seed);
      const logits = forward(network, x, { mode: "batch statistics", tape });
      const byLogits = normal<Tensor2D>(logits.shape, seed + 1);
      const held = tf.memory().numTensors;
      const seen: (readonly Branch[])[] = [];
      branchGradients(network, tape, byLogits, choices, (branches, gradient) => {
        seen.push(branches);
        const { input } = backward(network, tape, byLogits, { parameters: false, branches });
        assert.equal(gradient.dataSync(), input!.dataSync());
        input!.dispose();
      });
      assert.is(tf.memory().numTensors, held, "tensors were left behind");
      assert.is(seen.length, choices.length);
      assert.equal(new Set(seen), new Set(choices));
    });
    disposeNetwork(network);
    assert.is(tf.memory().numTensors, before);
  },
  { numRuns: 12 },
);

test("there is no choice where not both branches ran, and each step needs one", () => {
  const said = (route: Route | undefined, name: string, choice: readonly Branch[]) => {
    const network = createNetwork(buildByName(name, options), 1);
    try {
      tf.tidy(() => {
        const tape = newTape();
        const x = normal<Tensor4D>([2, ...options.inputShape], 1);
        const logits = forward(network, x, { mode: "batch statistics", tape, ...(route && { route }) });
        branchGradients(network, tape, logits, [choice], () => assert.unreachable("a gradient was found"));
      });
      return "nothing was thrown";
    } catch (error) {
      assert.instance(error, RangeError);
      return (error as Error).message;
    } finally {
      disposeNetwork(network);
    }
  };
  const skipping: Route = [0, 1, 2].map((block) => ({ block, branch: block === 1 ? "skip" : "both" }));
  assert.is(
    said(skipping, "resnet8", ["both", "both", "both"]),
    "not both branches of stage2/block1 ran: there is no choice",
  );
  assert.match(said(undefined, "plain8", ["skip", "skip", "skip"]), /^not both branches of \S+ ran/);
  assert.is(said(undefined, "resnet8", ["skip"]), "need a branch for each of the 3 steps of the route, got 1");
});

test.run();
