import fc from "fast-check";
import { test } from "uvu";
import * as assert from "uvu/assert";
import {
  backward,
  buildByName,
  forward,
  fullRoute,
  newTape,
  parameter,
  type Route,
  recomputedGradients,
} from "../../src/networks";
import { softmaxCrossEntropy } from "../../src/ops";
import { type Tensor2D, type Tensor4D, tf } from "../../src/runtime";
import { law } from "../property";
import { assertClose, normalTensor, withNetwork, withoutLeak } from "../tensors";

const tiny = { inputShape: [8, 8, 2], classes: 3, width: 3 } as const;

law(
  "recomputed gradients, logits and running statistics equal the kept ones bit for bit, on any route",
  [
    fc.constantFrom("resnet8", "projection-resnet8", "preactivation-resnet8"),
    fc.array(fc.constantFrom("both" as const, "skip" as const), { minLength: 3, maxLength: 3 }),
    fc.nat(),
  ],
  (name, branches, seed) => {
    const route: Route = [...branches.entries()].map(([block, branch]) => ({ block, branch }));
    withNetwork(buildByName(name, tiny), seed, (kept) => {
      withNetwork(buildByName(name, tiny), seed, (recomputed) => {
        tf.tidy(() => {
          const x = normalTensor<Tensor4D>([4, ...tiny.inputShape], seed, "x");
          const targets = tf.softmax(normalTensor<Tensor2D>([4, tiny.classes], seed, "targets"));
          const byLogits = (logits: Tensor2D) => softmaxCrossEntropy(logits, targets).gradient;
          const tape = newTape();
          const logits = forward(kept, x, { mode: "training", route, tape });
          const { parameters } = backward(kept, tape, byLogits(logits), { input: false });
          const again = recomputedGradients(recomputed, x, byLogits, { mode: "training", route });
          assertClose(again.logits, logits, 0, "logits");
          assert.equal([...again.parameters.keys()].sort(), [...parameters.keys()].sort());
          for (const [address, gradient] of parameters)
            assertClose(again.parameters.get(address)!, gradient, 0, address);
          for (const [address, value] of kept.weights) assertClose(parameter(recomputed, address), value, 0, address);
        });
      });
    });
  },
  { numRuns: 12 },
);

test("a plain network's gradients are recomputed too, and a block that a route visits twice gets both", () => {
  for (const name of ["plain8", "resnet8"]) {
    withNetwork(buildByName(name, tiny), 1, (network) => {
      const full = fullRoute(network.architecture);
      const route = [full[0]!, ...full];
      tf.tidy(() => {
        const x = normalTensor<Tensor4D>([4, ...tiny.inputShape], 1, "x");
        const tape = newTape();
        const logits = forward(network, x, { mode: "batch statistics", route, tape });
        const { parameters } = backward(network, tape, logits);
        const again = recomputedGradients(network, x, (at) => at, { mode: "batch statistics", route });
        for (const [address, gradient] of parameters) assertClose(again.parameters.get(address)!, gradient, 0, address);
      });
    });
  }
});

test("it leaves no tensor behind, and of a deep network holds a small part of what a tape holds", () => {
  withNetwork(buildByName("preactivation-resnet56", tiny), 1, (network) => {
    const x = normalTensor<Tensor4D>([4, ...tiny.inputShape], 1, "x");
    const heldBy = (body: (note: () => void) => void): number => {
      let most = 0;
      const before = tf.memory().numBytes;
      withoutLeak(() =>
        body(() => {
          most = Math.max(most, tf.memory().numBytes - before);
        }),
      );
      return most;
    };
    const byTape = heldBy((note) => {
      const tape = newTape();
      const logits = forward(network, x, { mode: "batch statistics", tape });
      note();
      backward(network, tape, logits, { input: false });
    });
    const byRecomputation = heldBy((note) => {
      recomputedGradients(
        network,
        x,
        (logits) => {
          note(); // all inputs of blocks are held now
          return logits;
        },
        { mode: "batch statistics" },
      );
    });
    assert.ok(byRecomputation < byTape / 3, `${byRecomputation} bytes against ${byTape}`);
    x.dispose();
  });
});

test.run();
