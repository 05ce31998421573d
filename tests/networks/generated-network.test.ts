import fc from "fast-check";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { generatedArchitectures, routes } from "../../src/laws";
import {
  type Architecture,
  backward,
  batchNormalisation,
  convolution,
  dense,
  disposeNetwork,
  dropout,
  type Exit,
  foldBatchNormalisation,
  forward,
  freezeNormalisation,
  fullRoute,
  globalAveragePool,
  type Layer,
  type MaskStreams,
  type Network,
  newTape,
  parameter,
  recomputedGradients,
  relu,
  runBlock,
  runExit,
  runHead,
  runStem,
} from "../../src/networks";
import { softmaxCrossEntropy } from "../../src/ops";
import { randomStream } from "../../src/random";
import { type Tensor, type Tensor2D, type Tensor4D, tf } from "../../src/runtime";
import { law } from "../property";
import {
  assertClose,
  innerProduct,
  normalTensor,
  numericDerivative,
  unsettle,
  withNetwork,
  withoutLeak,
} from "../tensors";
import { composedGradients, composedPass } from "./composed-network";

/** Layers that the kernels of 16 channels join: with what is before and after them, and with the addition at a block's end. */
const joinedLayers = fc.array(
  fc.constantFrom<((name: string) => Layer)[]>(
    (name) => convolution(name, { filters: 16 }),
    (name) => convolution(name, { filters: 16, bias: true }),
    (name) => batchNormalisation(name),
    (name) => batchNormalisation(name),
    () => relu,
    () => relu,
    (name) => dropout(name, 0.3),
  ),
  { minLength: 1, maxLength: 6 },
);

const joinedBlocks = fc.array(
  fc.record({
    residual: joinedLayers,
    shortcut: fc.constantFrom("identity", "projection", "none"),
    join: fc.oneof(fc.constant([]), fc.constant([() => relu]), joinedLayers),
  }),
  { minLength: 1, maxLength: 3 },
);

const joined: fc.Arbitrary<Architecture> = fc
  .record({ stem: joinedLayers, blocks: joinedBlocks, head: joinedLayers })
  .map(({ stem, blocks, head }) => {
    const named = (layers: readonly ((name: string) => Layer)[], place: string) =>
      layers.map((layer, i) => layer(`${place}/layer${i}`));
    const shortcutOf = (sort: string, name: string) => {
      if (sort === "none") return null;
      return sort === "identity" ? [] : [convolution(`${name}/projection`, { filters: 16, size: 1 })];
    };
    return {
      ...{ name: "joined", inputShape: [7, 8, 3], classes: 3 },
      stem: [convolution("stem/convolution", { filters: 16 }), ...named(stem, "stem")],
      blocks: blocks.map(({ residual, shortcut, join }, i) => ({
        name: `block${i}`,
        residual: named(residual, `block${i}/residual`),
        shortcut: shortcutOf(shortcut, `block${i}`),
        join: named(join, `block${i}/join`),
      })),
      head: [...named(head, "head"), globalAveragePool, dense("head/dense", 3)],
    };
  });

const architecture = fc.oneof({ weight: 3, arbitrary: generatedArchitectures() }, { weight: 2, arbitrary: joined });
const seeds = fc.nat({ max: 100_000 });

function imagesOf({ inputShape }: Architecture, seed: number): Tensor4D {
  return normalTensor<Tensor4D>([4, ...inputShape], seed, "x");
}

function masksOf(seed: number): MaskStreams {
  return (layer) => randomStream(seed, "dropout", layer);
}

function routeOf(built: Architecture, seed: number) {
  if (seed % 2 === 0) return fullRoute(built);
  return fc.sample(routes(built), { seed, numRuns: 1 })[0]!;
}

/** The loss of a training: the head's cross-entropy, and that of the exits by their weights; and its gradients. */
function lossOf({ exits = [] }: Architecture, seed: number) {
  const targets = tf.softmax(normalTensor<Tensor2D>([4, 3], seed, "targets"));
  const crossEntropy = (logits: Tensor2D) => tf.neg(tf.sum(tf.mul(targets, tf.logSoftmax(logits))));
  const byLogits = (logits: Tensor2D) => softmaxCrossEntropy(logits, targets).gradient;
  return {
    value: (head: Tensor2D, exitLogits: ReadonlyMap<string, Tensor2D>): Tensor =>
      exits.reduce<Tensor>(
        (sum, { name, lossWeight }) => tf.add(sum, tf.mul(lossWeight, crossEntropy(exitLogits.get(name)!))),
        crossEntropy(head),
      ),
    byLogits,
    byExitLogits: (logits: Tensor2D, { lossWeight }: Exit) => tf.mul(byLogits(logits), lossWeight) as Tensor2D,
  };
}

/** Logits and gradients by a tape, with exits. */
function taped(network: Network, seed: number, mode: "training" | "batch statistics") {
  const { architecture: built } = network;
  const loss = lossOf(built, seed);
  const tape = newTape();
  const exitLogits = new Map<string, Tensor2D>();
  const route = routeOf(built, seed);
  const options = { mode, route, tape, exitLogits, masks: masksOf(seed) };
  const logits = forward(network, imagesOf(built, seed), options);
  const exitGradients = new Map(
    (built.exits ?? []).map((exit) => [exit.name, loss.byExitLogits(exitLogits.get(exit.name)!, exit)]),
  );
  const gradients = backward(network, tape, loss.byLogits(logits), { exitGradients });
  return { logits, exitLogits, gradients };
}

law(
  "logits, exits and all gradients equal those of TensorFlow.js's own tape over composed operations",
  [architecture, seeds],
  (built, seed) => {
    withNetwork(built, seed, (network) => {
      unsettle(network, seed);
      const { logits, exitLogits, gradients } = taped(network, seed, "batch statistics");
      const given = [built, network.weights, imagesOf(built, seed), routeOf(built, seed)] as const;
      const reference = composedPass(...given, masksOf(seed));
      fc.pre(reference.nearestKink > 3e-6);
      assertClose(logits, reference.head, 2e-3, "logits");
      assert.equal([...exitLogits.keys()], [...reference.exits.keys()]);
      for (const [name, found] of exitLogits) assertClose(found, reference.exits.get(name)!, 2e-3, name);
      const expected = composedGradients(...given, lossOf(built, seed).value, masksOf(seed));
      for (const [address, gradient] of expected) {
        const found = address === "images" ? gradients.input! : gradients.parameters.get(address);
        assertClose(found ?? tf.zerosLike(gradient), gradient, 5e-3, address);
      }
      for (const address of gradients.parameters.keys()) assert.ok(expected.has(address), address);
    });
  },
  { numRuns: 60 },
);

law(
  "where no layer has a kink, the gradient by the images is the derivative of the loss",
  [generatedArchitectures({ smooth: true }), seeds],
  (built, seed) => {
    withNetwork(built, seed, (network) => {
      const loss = lossOf(built, seed);
      const x = imagesOf(built, seed);
      const gradient = taped(network, seed, "batch statistics").gradients.input!;
      const direction = normalTensor<Tensor4D>(x.shape, seed, "direction");
      const at = (images: Tensor) =>
        tf.tidy(() => {
          const exitLogits = new Map<string, Tensor2D>();
          const options = { mode: "batch statistics", route: routeOf(built, seed), exitLogits } as const;
          const logits = forward(network, images as Tensor4D, { ...options, masks: masksOf(seed) });
          return loss.value(logits, exitLogits).dataSync()[0]!;
        });
      const numeric = numericDerivative(at, x, direction, 3e-3);
      const exact = innerProduct(gradient, direction);
      const size = Math.sqrt(innerProduct(gradient, gradient) * innerProduct(direction, direction));
      assert.ok(Math.abs(numeric - exact) < 0.01 * size + 2e-3, `${numeric}, expected ${exact}`);
    });
  },
  { numRuns: 20 },
);

law(
  "at inference, folded and frozen networks give the same logits, at the head and at every exit",
  [architecture, seeds],
  (built, seed) => {
    withNetwork(built, seed, (network) => {
      unsettle(network, seed);
      const logitsOf = (of: Network) => {
        const exitLogits = new Map<string, Tensor2D>();
        const options = { mode: "inference", route: routeOf(built, seed), exitLogits } as const;
        const logits = forward(of, imagesOf(built, seed), options);
        return new Map([...exitLogits, ["head", logits]]);
      };
      const expected = logitsOf(network);
      for (const change of [foldBatchNormalisation, freezeNormalisation]) {
        const changed = change(network);
        const found = logitsOf(changed);
        assert.equal([...found.keys()], [...expected.keys()]);
        for (const [name, logits] of found) assertClose(logits, expected.get(name)!, 1e-3, `${change.name}, ${name}`);
        disposeNetwork(changed);
      }
    });
  },
  { numRuns: 40 },
);

law(
  "an untaped pass gives the same bits, and nothing but logits stays of either",
  [architecture, seeds, fc.boolean()],
  (built, seed, masked) => {
    withNetwork(built, seed, (network) => {
      const x = imagesOf(built, seed);
      const options = {
        mode: "batch statistics",
        route: routeOf(built, seed),
        ...(masked && { masks: masksOf(seed) }),
      } as const;
      const before = tf.memory().numTensors;
      const exitLogits = new Map<string, Tensor2D>();
      const untaped = forward(network, x, { ...options, exitLogits });
      assert.is(tf.memory().numTensors, before + 1 + exitLogits.size, "more stays than logits");
      withoutLeak(() => {
        const exitsOfTape = new Map<string, Tensor2D>();
        const tape = newTape();
        assertClose(forward(network, x, { ...options, tape, exitLogits: exitsOfTape }), untaped, 0, "logits");
        for (const [name, logits] of exitLogits) assertClose(exitsOfTape.get(name)!, logits, 0, name);
        const held = tf.memory().numTensors;
        const exitGradients = new Map([...exitLogits].map(([name, logits]) => [name, tf.onesLike(logits)]));
        const ones = tf.onesLike(untaped);
        const { parameters, input } = backward(network, tape, ones, { exitGradients });
        const results = parameters.size + 1 + exitGradients.size + 1;
        assert.is(tf.memory().numTensors, held + results, "more stays than gradients");
        tf.dispose([...parameters.values(), input!]);
        backward(network, tape, ones, { exitGradients, parameters: false, input: false });
        const stays = built.stem.length === 0 ? 1 : 0; // without a stem the images' gradient comes anyway
        assert.is(tf.memory().numTensors, held + 1 + exitGradients.size + stays, "more stays than nothing");
      });
    });
  },
  { numRuns: 50 },
);

law(
  "recomputation gives the same bits, also of running statistics, with the same masks and exits",
  [architecture, seeds],
  (built, seed) => {
    withNetwork(built, seed, (kept) => {
      withNetwork(built, seed, (again) => {
        tf.tidy(() => {
          const { logits, gradients } = taped(kept, seed, "training");
          const loss = lossOf(built, seed);
          const found = recomputedGradients(again, imagesOf(built, seed), loss.byLogits, {
            mode: "training",
            route: routeOf(built, seed),
            masks: masksOf(seed),
            exitLossGradient: loss.byExitLogits,
          });
          assertClose(found.logits, logits, 0, "logits");
          assert.equal([...found.parameters.keys()].sort(), [...gradients.parameters.keys()].sort());
          for (const [address, gradient] of found.parameters) {
            assertClose(gradient, gradients.parameters.get(address)!, 0, address);
          }
          for (const [address, value] of kept.weights) assertClose(parameter(again, address), value, 0, address);
        });
      });
    });
  },
  { numRuns: 20 },
);

law(
  "an exit's logits are those of the blocks before it and its head",
  [architecture, seeds],
  (built, seed) => {
    withNetwork(built, seed, (network) => {
      const x = imagesOf(built, seed);
      const exitLogits = new Map<string, Tensor2D>();
      const logits = forward(network, x, { mode: "inference", exitLogits });
      let activations = runStem(network, x, "inference");
      built.blocks.forEach((_, block) => {
        activations = runBlock(network, { block, branch: "both" }, activations, "inference");
        for (const { name, after } of built.exits ?? []) {
          if (after !== block) continue;
          assertClose(runExit(network, name, activations, "inference"), exitLogits.get(name)!, 0, name);
        }
      });
      assertClose(runHead(network, activations, "inference"), logits, 0, "head");
    });
  },
  { numRuns: 15 },
);

test.run();
