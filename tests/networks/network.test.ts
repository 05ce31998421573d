import fc from "fast-check";
import { test } from "uvu";
import * as assert from "uvu/assert";
import {
  type Architecture,
  backward,
  buildByName,
  buildCifarResNet,
  disposeNetwork,
  foldBatchNormalisation,
  forward,
  fullRoute,
  newTape,
  parameter,
  placedLayers,
  type Route,
  runBlock,
  runHead,
  runStem,
  type Step,
} from "../../src/networks";
import * as layers from "../../src/networks/families/layers";
import { softmaxCrossEntropy } from "../../src/ops";
import { routeLogits } from "../../src/routes";
import { type Tensor, type Tensor2D, type Tensor4D, tf } from "../../src/runtime";
import { law } from "../property";
import { assertClose, normalTensor, unsettle, withNetwork, withoutLeak } from "../tensors";
import { composedGradients, composedLogits } from "./composed-network";

const tiny = { inputShape: [8, 8, 2], classes: 3, width: 3 } as const;
/** Sigmoids and tanhs on features, in blocks that end in what the addition takes: kinds that the families lack. */
const perceptron: Architecture = {
  name: "perceptron",
  ...{ inputShape: [8, 8, 2], classes: 3 },
  stem: [{ kind: "flatten" }, layers.dense("stem", 5)],
  blocks: (["sigmoid", "tanh", "relu"] as const).map((kind, i) => ({
    name: `block${i}`,
    residual: [layers.dense(`block${i}/dense`, 5), { kind }],
    shortcut: i === 2 ? null : [],
    join: i === 1 ? [{ kind: "tanh" }] : [],
  })),
  head: [layers.dense("head", 3)],
};

const names = ["resnet8", "projection-resnet8", "preactivation-resnet8", "plain8", "vgg8"];
const network = fc.record({ name: fc.constantFrom(...names), seed: fc.nat() });

law(
  "equal seeds give equal networks; no two layers of one shape are equal",
  [network],
  ({ name, seed }) => {
    withNetwork(buildByName(name, tiny), seed, (one) => {
      withNetwork(buildByName(name, tiny), seed, (other) => {
        const kernels = new Set<string>();
        for (const [address, tensor] of one.weights) {
          assertClose(tensor, parameter(other, address), 0, address);
          if (!address.endsWith("/kernel")) continue;
          const values = tensor.dataSync().join();
          assert.not(kernels.has(values), `${address} repeats another kernel`);
          kernels.add(values);
        }
      });
    });
  },
  { numRuns: 10 },
);

/** Routes of a network of six blocks (or a VGG-style one): all of it, and parts of it in other orders. */
function routesOf({ blocks, name }: Architecture): Route[] {
  const routes: Route[] = [fullRoute({ blocks })];
  if (name === "perceptron") {
    const branches = ["both", "residual", "skip"] as const;
    return [...routes, blocks.map((_, i) => ({ block: i, branch: branches[i]!, scale: 0.5 }))];
  }
  if (!name.includes("resnet")) return routes;
  const middle = blocks.findIndex((block) => block.name === "stage2/block1");
  return [
    ...routes,
    blocks.map((_, block) => ({ block, branch: block % 2 === 0 ? "skip" : "both" })),
    blocks.map((_, block) => ({ block, branch: block % 2 === 1 ? "residual" : "both" })),
    blocks.map((_, block) => ({ block, branch: block === 1 ? "residual" : "both", scale: 0.3 + 0.4 * block })),
    [0, ...blocks.keys()]
      .slice(0, middle + 1)
      .concat([...blocks.keys()].slice(middle))
      .map(both), // the first block twice
  ];
}

function both(block: number): Step {
  return { block, branch: "both" };
}

law(
  "logits and all gradients equal those of TensorFlow.js's own tape, on routes of every kind",
  [fc.record({ name: fc.constantFrom(...names, "perceptron"), seed: fc.nat() })],
  ({ name, seed }) => {
    withNetwork(name === "perceptron" ? perceptron : buildByName(name, tiny), seed, (built) => {
      unsettle(built, seed);
      const x = normalTensor<Tensor4D>([4, ...tiny.inputShape], seed, "x");
      const targets = tf.softmax(normalTensor<Tensor2D>([4, tiny.classes], seed, "targets"));
      for (const route of routesOf(built.architecture)) {
        const tape = newTape();
        const logits = forward(built, x, { mode: "batch statistics", route, tape });
        const { parameters, input } = backward(built, tape, softmaxCrossEntropy(logits, targets).gradient);
        assertClose(logits, composedLogits(built.architecture, built.weights, x, route), 1e-3, "logits");
        const loss = (at: Tensor2D) => tf.neg(tf.sum(tf.mul(targets, tf.logSoftmax(at))));
        const reference = composedGradients(built.architecture, built.weights, x, route, loss);
        for (const [address, gradient] of parameters) assertClose(gradient, reference.get(address)!, 5e-3, address);
        assertClose(input!, reference.get("images")!, 5e-3, "images");
        for (const [address, gradient] of reference) {
          if (address === "images" || parameters.has(address)) continue;
          assertClose(gradient, tf.zerosLike(gradient), 0, `${address}, which took no part`);
        }
      }
    });
  },
  { numRuns: 20 },
);

law(
  "folding batch normalisation changes no logit, on any route",
  [network],
  ({ name, seed }) => {
    withNetwork(buildByName(name, tiny), seed, (built) => {
      unsettle(built, seed);
      const folded = foldBatchNormalisation(built);
      const x = normalTensor<Tensor4D>([3, ...tiny.inputShape], seed, "x");
      assertClose(forward(folded, x, { mode: "inference" }), forward(built, x, { mode: "inference" }), 1e-4, "logits");
      disposeNetwork(folded);
    });
  },
  { numRuns: 20 },
);

law("in a folded network every convolution has a bias: none of its passes makes one", [network], ({ name, seed }) => {
  withNetwork(buildByName(name, tiny), seed, (built) => {
    const folded = foldBatchNormalisation(built);
    for (const { layer } of placedLayers(folded.architecture)) {
      if (layer.kind === "convolution") assert.equal(parameter(folded, `${layer.name}/bias`).shape, [layer.filters]);
    }
    disposeNetwork(folded);
  });
});

law(
  "a taped and an untaped pass give the same logits, and neither leaves a tensor behind",
  [network],
  ({ name, seed }) => {
    withNetwork(buildByName(name, tiny), seed, (built) => {
      const x = normalTensor<Tensor4D>([3, ...tiny.inputShape], seed, "x");
      const before = tf.memory().numTensors;
      const untaped = forward(built, x, { mode: "batch statistics" });
      assert.is(tf.memory().numTensors, before + 1, "an untaped pass keeps more than its logits");
      withoutLeak(() => {
        const tape = newTape();
        assertClose(forward(built, x, { mode: "batch statistics", tape }), untaped, 0, "logits");
        backward(built, tape, tf.onesLike(untaped), { input: false });
      });
    });
  },
  { numRuns: 20 },
);

law(
  "without activations after the addition, x_N = x_0 + the sum of all F_t(x_t)",
  [fc.constantFrom(8, 14, 20), fc.nat()],
  (depth, seed) => {
    // one stage only: identity shortcuts
    const full = buildCifarResNet({ ...tiny, depth, preActivation: true });
    const architecture = { ...full, blocks: full.blocks.filter(({ name }) => name.startsWith("stage1/")), head: [] };
    const headless = { ...architecture, head: full.head.slice(2), classes: 3 };
    withNetwork(headless, seed, (built) => {
      unsettle(built, seed);
      const first = runStem(built, normalTensor<Tensor4D>([2, ...tiny.inputShape], seed, "x"), "inference");
      let x = first;
      let sum: Tensor = first;
      headless.blocks.forEach((_, i) => {
        sum = tf.add(sum, runBlock(built, { block: i, branch: "residual" }, x, "inference"));
        x = runBlock(built, { block: i, branch: "both" }, x, "inference");
      });
      assertClose(x, sum, 1e-5, "x_N");
    });
  },
  { numRuns: 10 },
);

law(
  "a training route gives gradients to the blocks that ran, and to no others",
  [
    fc.constantFrom("resnet14", "preactivation-resnet14"),
    fc.array(fc.boolean(), { minLength: 6, maxLength: 6 }),
    fc.nat(),
  ],
  (name, kept, seed) => {
    withNetwork(buildByName(name, tiny), seed, (built) => {
      const route: Route = kept.map((runs, block) => ({ block, branch: runs ? "both" : "skip" }));
      const tape = newTape();
      const x = normalTensor<Tensor4D>([2, ...tiny.inputShape], seed, "x");
      const logits = forward(built, x, { mode: "training", route, tape });
      const { parameters } = backward(built, tape, tf.onesLike(logits));
      built.architecture.blocks.forEach((block, i) => {
        const touched = [...parameters.keys()].some((address) => address.startsWith(`${block.name}/`));
        assert.is(touched, kept[i], block.name);
      });
    });
  },
  { numRuns: 15 },
);

test("training moves the running statistics, and the other modes leave them alone", () => {
  withNetwork(buildByName("resnet8", tiny), 1, (built) => {
    const x = normalTensor<Tensor4D>([4, ...tiny.inputShape], 1, "x");
    const means = () => parameter<Tensor>(built, "stem/normalisation/mean").dataSync().join();
    const before = means();
    forward(built, x, { mode: "inference" });
    forward(built, x, { mode: "batch statistics" });
    assert.is(means(), before);
    forward(built, x, { mode: "training" });
    assert.is.not(means(), before);
  });
});

test("routes that do not fit are refused in words", () => {
  withNetwork(buildByName("plain8", tiny), 1, (plain) => {
    const x = normalTensor<Tensor4D>([1, ...tiny.inputShape], 1, "x");
    const run = (route: Route) => () => routeLogits(plain, [route], x);
    assert.throws(
      run([both(0), both(1), { block: 2, branch: "skip" }, both(3), both(4), both(5)]),
      /stage2\/block1 has no shortcut and changes \[8,8,3\] to \[4,4,6\]: it cannot be skipped/,
    );
    assert.throws(
      run([both(2), both(0)]),
      /stage1\/block1 needs activations \[8,8,3\], but the route brings it \[4,4,6\]/,
    );
    assert.throws(run([both(0)]), /the head of plain8 needs activations \[2,2,12\], but the route ends in \[8,8,3\]/);
    assert.throws(run([both(9)]), /plain8 has blocks 0 to 5, got 9/);
  });
});

test("the head of a network can be run on its own", () => {
  withNetwork(buildByName("resnet8", tiny), 1, (built) => {
    const logits = runHead(built, normalTensor<Tensor4D>([5, 2, 2, 12], 1), "inference");
    assert.equal(logits.shape, [5, 3]);
  });
});

test.run();
