import fc from "fast-check";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { generatedArchitectures, routes } from "../../src/laws";
import {
  type Architecture,
  backward,
  branchGradients,
  buildByName,
  disposeNetwork,
  type Exit,
  foldBatchNormalisation,
  forward,
  freezeNormalisation,
  fullRoute,
  type Layer,
  type Network,
  newTape,
  recomputedGradients,
} from "../../src/networks";
import { softmaxCrossEntropy } from "../../src/ops";
import { randomStream } from "../../src/random";
import { bfloat16Problem, isBfloat16, type Tensor, type Tensor2D, type Tensor4D, tf } from "../../src/runtime";
import { law } from "../property";
import { normalTensor, unsettle, withNetwork, withoutLeak } from "../tensors";

const bfloat16Law: typeof law = bfloat16Problem() === null ? law : (title) => test.skip(title, () => {});

const architecture = generatedArchitectures();
const seeds = fc.nat({ max: 100_000 });
const masks = (seed: number) => (layer: string) => randomStream(seed, "dropout", layer);

/** The same network computing in bfloat16. */
function inBfloat16(network: Network): Network {
  return { ...network, precision: "bfloat16" };
}

function routeOf(built: Architecture, seed: number) {
  return seed % 2 === 0 ? fullRoute(built) : fc.sample(routes(built), { seed, numRuns: 1 })[0]!;
}

/** Length of the difference over that of the second, both as vectors. */
function relativeLength(one: Tensor, other: Tensor): number {
  return tf.tidy(() => tf.div(tf.norm(tf.sub(one, other)), tf.norm(other)).dataSync()[0]!);
}

bfloat16Law(
  "whatever the layers and the route, logits and all gradients are float32, finite, and recomputed bit for bit",
  [architecture, seeds],
  (built, seed) => {
    withNetwork(built, seed, (network) => {
      unsettle(network, seed);
      const rounded = inBfloat16(network);
      withoutLeak(() => {
        const x = normalTensor<Tensor4D>([4, ...built.inputShape], seed, "x");
        const route = routeOf(built, seed);
        const targets = tf.softmax(normalTensor<Tensor2D>([4, 3], seed, "targets"));
        const byLogits = (logits: Tensor2D) => softmaxCrossEntropy(logits, targets).gradient;
        const byExitLogits = (logits: Tensor2D, { lossWeight }: Exit) =>
          tf.mul(byLogits(logits), lossWeight) as Tensor2D;
        const options = { mode: "batch statistics", route, masks: masks(seed) } as const;
        const tape = newTape();
        const exitLogits = new Map<string, Tensor2D>();
        const logits = forward(rounded, x, { ...options, tape, exitLogits });
        const exitGradients = new Map(
          tape.exits.map(({ exit }) => [exit.name, byExitLogits(exitLogits.get(exit.name)!, exit)]),
        );
        const shown: Tensor[] = [];
        const found = backward(rounded, tape, byLogits(logits), {
          exitGradients,
          onGradient: (_, gradient) => shown.push(gradient.clone()),
        });
        for (const tensor of [logits, found.input!, ...exitLogits.values(), ...found.parameters.values(), ...shown]) {
          assert.not(isBfloat16(tensor));
          assert.ok(tensor.dataSync().every((value) => Number.isFinite(value)));
        }
        const again = recomputedGradients(rounded, x, byLogits, { ...options, exitLossGradient: byExitLogits });
        assert.equal(again.logits.dataSync(), logits.dataSync());
        assert.equal([...again.parameters.keys()].sort(), [...found.parameters.keys()].sort());
        for (const [name, gradient] of found.parameters) {
          assert.equal(again.parameters.get(name)!.dataSync(), gradient.dataSync(), name);
        }
      });
    });
  },
  { numRuns: 30 },
);

bfloat16Law(
  "at inference, folded or not, taped or not, whatever the layers, logits are float32 and nothing is left behind",
  [architecture, seeds],
  (built, seed) => {
    withNetwork(built, seed, (network) => {
      unsettle(network, seed);
      withoutLeak(() => {
        const x = normalTensor<Tensor4D>([2, ...built.inputShape], seed, "x");
        const folded = foldBatchNormalisation(inBfloat16(network));
        assert.is(folded.precision, "bfloat16");
        const route = routeOf(built, seed);
        for (const network of [inBfloat16(folded), folded]) {
          for (const tape of [undefined, newTape()]) {
            const logits = forward(network, x, { mode: "inference", route, ...(tape && { tape }) });
            assert.not(isBfloat16(logits));
            assert.ok(logits.dataSync().every((value) => Number.isFinite(value)));
          }
        }
        disposeNetwork(folded);
      });
    });
  },
  { numRuns: 30 },
);

const residual = fc.constantFrom("resnet8", "projection-resnet8", "preactivation-resnet14", "plain8");
const size = { inputShape: [8, 8, 3], classes: 3, width: 8 } as const;

/**
 * Relative lengths of what bfloat16 adds: a rounding of 2^-8 in each of a dozen layers, and more on the way back. Where a
 * value changes its sign a ReLU lets another gradient through: one in a hundred of them is a tenth of the gradient's length.
 */
const bounds = { logits: 0.04, smooth: 0.04, kinked: 0.4 };

bfloat16Law(
  "logits, and gradients by parameters and images, are float32's to a few roundings, with ReLUs and without",
  [residual, fc.boolean(), seeds],
  (name, smooth, seed) => {
    const built = smooth ? withTanh(buildByName(name, size)) : buildByName(name, size);
    withNetwork(built, seed, (network) => {
      withoutLeak(() => {
        const x = normalTensor<Tensor4D>([16, ...size.inputShape], seed, "x");
        const dy = normalTensor<Tensor2D>([16, 3], seed, "dy");
        const [rounded, full] = [inBfloat16(network), network].map((one) => {
          const tape = newTape();
          const logits = forward(one, x, { mode: "batch statistics", tape });
          return { logits, ...backward(one, tape, dy) };
        });
        const within = (one: Tensor, other: Tensor, bound: number, what: string) => {
          const difference = relativeLength(one, other);
          assert.ok(difference <= bound, `${what}: ${difference}, allowed ${bound}`);
        };
        within(rounded!.logits, full!.logits, bounds.logits, "logits");
        const bound = smooth ? bounds.smooth : bounds.kinked;
        within(rounded!.input!, full!.input!, bound, "images");
        const joined = ({ parameters }: { parameters: Map<string, Tensor> }) =>
          tf.concat([...parameters.values()].map((gradient) => gradient.flatten()));
        within(joined(rounded!), joined(full!), bound, "parameters");
      });
    });
  },
  { numRuns: 30 },
);

/** The same architecture with hyperbolic tangents in the place of ReLUs. */
function withTanh(architecture: Architecture): Architecture {
  const smooth = (layers: readonly Layer[]) =>
    layers.map((layer): Layer => (layer.kind === "relu" ? { kind: "tanh" } : layer));
  return {
    ...architecture,
    stem: smooth(architecture.stem),
    blocks: architecture.blocks.map((block) => ({
      ...block,
      residual: smooth(block.residual),
      shortcut: block.shortcut && smooth(block.shortcut),
      join: smooth(block.join),
    })),
    head: smooth(architecture.head),
  };
}

bfloat16Law(
  "the gradients of many choices of branches are those of one choice at a time, bit for bit",
  [seeds],
  (seed) => {
    const built = buildByName("resnet14", size);
    withNetwork(built, seed, (network) => {
      withoutLeak(() => {
        const frozen = freezeNormalisation(inBfloat16(network));
        const x = normalTensor<Tensor4D>([2, ...size.inputShape], seed, "x");
        const tape = newTape();
        const logits = forward(frozen, x, { mode: "inference", tape });
        const dy = normalTensor<Tensor2D>(logits.shape, seed, "dy");
        const stream = randomStream(seed, "branches");
        const choices = Array.from({ length: 5 }, () =>
          built.blocks.map(() => (["both", "residual", "skip"] as const)[stream.integer(3)]!),
        );
        branchGradients(frozen, tape, dy, choices, (branches, gradient) => {
          const alone = backward(frozen, tape, dy, { parameters: false, branches });
          assert.equal(gradient.dataSync(), alone.input!.dataSync());
        });
        disposeNetwork(frozen);
      });
    });
  },
  { numRuns: 6 },
);

test.run();
