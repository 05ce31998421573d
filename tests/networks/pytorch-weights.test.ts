import { readFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { test } from "uvu";
import * as assert from "uvu/assert";
import {
  type Architecture,
  buildByName,
  buildCifarResNet,
  buildPublished,
  disposeNetwork,
  forward,
  networkWithWeights,
  type ParameterValues,
  type PyTorchOptions,
  parameterSpecifications,
  weightsFromPyTorch,
} from "../../src/networks";
import { type Tensor4D, tf } from "../../src/runtime";
import { law } from "../property";
import { assertClose } from "../tensors";
import { noise } from "./noise";

interface Recorded {
  readonly side: number;
  /** Shapes of the state dictionary's tensors. */
  readonly parameters: Readonly<Record<string, readonly number[]>>;
  readonly logits: number[][];
}

/** By PyTorch: `references/pytorch_logits.py`. */
const recorded = JSON.parse(readFileSync(join(__dirname, "references", "pytorch-logits.json"), "utf8")) as Readonly<
  Record<string, Recorded>
>;

/** The script's `values`. */
function state(parameters: Recorded["parameters"]): Map<string, ParameterValues> {
  return new Map(
    Object.entries(parameters).map(([name, shape]) => {
      const values = noise(name, product(shape));
      const deviation = Math.sqrt(24 / product(shape.slice(1)));
      const about = /(?:running_var|weight)$/.test(name) ? 1 : 0;
      const data = Float32Array.from(values, shape.length > 1 ? (x) => x * deviation : (x) => x + about);
      return [name, { shape, data }];
    }),
  );
}

const zerosOnBothSides = "resnet20 with zeros on both sides";

for (const [name, published, options] of [
  ["resnet20", "resnet20", { naming: "resnet" }],
  [zerosOnBothSides, "resnet20", { naming: "resnet", zeroChannels: "both sides" }],
  ["resnet18", "imagenet-resnet18", { naming: "resnet" }],
  ["vgg16", "vgg16", { naming: "vgg" }],
] as const) {
  test(`PyTorch's ${name} has the same logits here`, () => {
    const { side, parameters, logits } = recorded[name]!;
    const architecture = buildPublished(published, { inputShape: [side, side, 3], classes: 10 });
    const before = tf.memory().numTensors;
    const network = networkWithWeights(architecture, weightsFromPyTorch(architecture, state(parameters), options));
    tf.tidy(() => {
      const images = tf.tensor(Float32Array.from(noise("pictures", 2 * side * side * 3)), [2, side, side, 3]);
      const ours = forward(network, images as Tensor4D, { mode: "inference" });
      assertClose(ours, tf.tensor2d(logits), 1e-4, name);
    });
    disposeNetwork(network);
    assert.is(tf.memory().numTensors, before);
  });
}

test("where the zero channels are makes another network of the same weights", () => {
  assert.equal(recorded[zerosOnBothSides]!.parameters, recorded.resnet20!.parameters);
  const gaps = recorded[zerosOnBothSides]!.logits[0]!.map((logit, i) =>
    Math.abs(logit - recorded.resnet20!.logits[0]![i]!),
  );
  assert.ok(Math.max(...gaps) > 1);
});

/** A state dictionary with the names and shapes that an architecture needs, all zeros. */
function emptyState(architecture: Architecture, names: Readonly<Record<string, string>>): Map<string, ParameterValues> {
  return new Map(
    parameterSpecifications(architecture).map(({ name, shape }) => {
      const turned = shape.length === 4 ? [shape[3]!, shape[2]!, shape[0]!, shape[1]!] : [...shape].reverse();
      return [names[name]!, { shape: turned, data: new Float32Array(product(shape)) }];
    }),
  );
}

test("torchvision's names of VGG with batch normalisation count every layer", () => {
  const architecture = buildPublished("vgg11-bn", { inputShape: [32, 32, 3], classes: 10 });
  // the first stages' places in torchvision's vgg11_bn: convolution, normalisation, ReLU, pooling
  const first = ["features.0", "features.1", "features.4", "features.5", "features.8", "features.9"];
  assert.throws(
    () => weightsFromPyTorch(architecture, new Map(), { naming: "vgg" }),
    (error: Error) => {
      for (const name of first) assert.match(error.message, `${name}.weight: missing`);
      for (const name of ["classifier.0", "classifier.3", "classifier.6"])
        assert.match(error.message, `${name}.bias: missing`);
      return error instanceof RangeError;
    },
  );
});

const projected = buildCifarResNet({ depth: 8, inputShape: [8, 8, 3], classes: 10, width: 4, shortcuts: "B" });

/** Names of the layers' modules in `projected`, by ours. */
function projectedNames(shortcut: string, classifier: string): Record<string, string> {
  const parameters = {
    scale: "weight",
    offset: "bias",
    mean: "running_mean",
    variance: "running_var",
    kernel: "weight",
  };
  const modules: Record<string, string> = { "stem/convolution": "conv1", "stem/normalisation": "bn1" };
  for (const stage of [1, 2, 3]) {
    const [ours, theirs] = [`stage${stage}/block1`, `layer${stage}.0`];
    for (const i of [1, 2]) {
      modules[`${ours}/convolution${i}`] = `${theirs}.conv${i}`;
      modules[`${ours}/normalisation${i}`] = `${theirs}.bn${i}`;
    }
    modules[`${ours}/projection`] = `${theirs}.${shortcut}.0`;
    modules[`${ours}/projection-normalisation`] = `${theirs}.${shortcut}.1`;
  }
  const names: Record<string, string> = {
    "head/classifier/kernel": `${classifier}.weight`,
    "head/classifier/bias": `${classifier}.bias`,
  };
  for (const [ours, theirs] of Object.entries(modules)) {
    for (const [parameter, other] of Object.entries(parameters)) names[`${ours}/${parameter}`] = `${theirs}.${other}`;
  }
  return names;
}

law(
  "either name of a shortcut and of a classifier is understood, within DataParallel or not, with counters or without",
  [fc.constantFrom("downsample", "shortcut"), fc.constantFrom("fc", "linear"), fc.boolean(), fc.boolean()],
  (shortcut, classifier, wrapped, counters) => {
    const given = emptyState(projected, projectedNames(shortcut, classifier));
    if (counters) given.set("bn1.num_batches_tracked", { shape: [1], data: new Float32Array(1) });
    const named = new Map([...given].map(([name, values]) => [wrapped ? `module.${name}` : name, values]));
    const weights = weightsFromPyTorch(projected, named, { naming: "resnet" });
    for (const { name, shape } of parameterSpecifications(projected)) assert.equal(weights.get(name)!.shape, shape);
    assert.is(weights.size, parameterSpecifications(projected).length);
  },
);

law(
  "every tensor that does not fit is named, in one message",
  [fc.integer({ min: 1, max: 6 }), fc.integer({ min: 1, max: 6 }), fc.integer({ min: 1, max: 3 }), fc.nat()],
  (missing, misshapen, unknown, from) => {
    const given = emptyState(projected, projectedNames("downsample", "fc"));
    const names = [...given.keys()];
    const at = (i: number) => names[(from + i) % names.length]!;
    const faults: string[] = [];
    for (let i = 0; i < missing; i++) {
      given.delete(at(i));
      faults.push(`${at(i)}: missing`);
    }
    for (let i = missing; i < missing + misshapen; i++) {
      given.set(at(i), { shape: [7, 7], data: new Float32Array(49) });
      faults.push(`${at(i)}: need [`);
    }
    for (let i = 0; i < unknown; i++) {
      given.set(`layer9.${i}.weight`, { shape: [1], data: new Float32Array(1) });
      faults.push(`layer9.${i}.weight: not in the network`);
    }
    assert.throws(
      () => weightsFromPyTorch(projected, given, { naming: "resnet" }),
      (error: Error) => {
        for (const fault of faults) assert.ok(error.message.includes(fault), `${fault} in ${error.message}`);
        assert.is(error.message.split("\n").length, 1 + faults.length);
        return error instanceof RangeError;
      },
    );
  },
  // a missing projection's weight must not be looked for under its other name
  { examples: [[6, 6, 3, 0]] },
);

for (const [name, naming] of [
  ["vgg8", "resnet"],
  ["preactivation-resnet8", "resnet"],
  ["resnet8", "vgg"],
] as const) {
  test(`${name} has no names in PyTorch's ${naming}`, () => {
    const architecture = buildByName(name, { inputShape: [8, 8, 3], classes: 10 });
    const options: PyTorchOptions = { naming };
    assert.throws(() => weightsFromPyTorch(architecture, new Map(), options), /has no names for these layers/);
  });
}

function product(sides: readonly number[]): number {
  return sides.reduce((result, side) => result * side, 1);
}

test.run();
