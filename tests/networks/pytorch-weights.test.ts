import { readFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { test } from "uvu";
import * as assert from "uvu/assert";
import {
  type Architecture,
  buildByName,
  buildCifarResNet,
  buildFourStageResNet,
  buildPublished,
  disposeNetwork,
  forward,
  networkWithWeights,
  type ParameterValues,
  type PyTorchOptions,
  parameterCounts,
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
  ["resnet20", "resnet20", { naming: "resnet", zeroChannels: "end" }],
  [zerosOnBothSides, "resnet20", { naming: "resnet", zeroChannels: "both sides" }],
  ["resnet18", "imagenet-resnet18", { naming: "resnet" }],
  ["vgg16", "vgg16", { naming: "vgg" }],
  ["mobilenet_v2", "mobilenet-v2", { naming: "mobilenet" }],
  ["efficientnet_b0", "efficientnet-b0", { naming: "efficientnet" }],
  ["regnet_y_400mf", "regnet-y-400mf", { naming: "regnet" }],
  ["convnext_tiny", "convnext-t", { naming: "convnext" }],
] as const) {
  test(`PyTorch's ${name} has the same logits here`, () => {
    const { side, parameters, logits } = recorded[name]!;
    const architecture = buildPublished(published, { inputShape: [side, side, 3], classes: 10 });
    const before = tf.memory().numTensors;
    const network = networkWithWeights(architecture, weightsFromPyTorch(architecture, state(parameters), options));
    tf.tidy(() => {
      const images = tf.tensor(Float32Array.from(noise("pictures", 2 * side * side * 3)), [2, side, side, 3]);
      const ours = forward(network, images as Tensor4D, { mode: "inference" });
      // PyTorch's own float32 and float64 differ by 1.2e-5 on these weights of MobileNetV2, by a tenth of that on the others.
      assertClose(ours, tf.tensor2d(logits), name === "mobilenet_v2" ? 3e-5 : 1e-5, name);
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
  // the places in torchvision's vgg11_bn: convolution, normalisation, ReLU, pooling
  const convolutions = [0, 4, 8, 11, 15, 18, 22, 25].map((place) => `features.${place}`);
  const state = new Map<string, ParameterValues>();
  const modules = [...convolutions, "classifier.0", "classifier.3", "classifier.6"];
  const kernels = parameterSpecifications(architecture).filter(({ name }) => name.endsWith("/kernel"));
  kernels.forEach(({ shape }, i) => {
    const turned = shape.length === 4 ? [shape[3]!, shape[2]!, shape[0]!, shape[1]!] : [...shape].reverse();
    state.set(`${modules[i]}.weight`, { shape: turned, data: new Float32Array(product(shape)) });
  });
  assert.is(kernels.length, modules.length);
  // every kernel finds its layer: nothing is of another shape or unknown
  const message = refusalOf(architecture, state, { naming: "vgg" });
  assert.match(
    message,
    /^PyTorch's weights do not fit .*a VGG: 8 layers in `features`, 3 in `classifier`\n {2}\d+ missing: features\.0\.bias, features\.1\.weight, /,
  );
  assert.not.match(message, "not in the network");
  assert.not.match(message, "of another shape");
});

/** What the reading of a state dictionary says. */
function refusalOf(
  architecture: Architecture,
  state: ReadonlyMap<string, ParameterValues>,
  options: PyTorchOptions,
): string {
  try {
    weightsFromPyTorch(architecture, state, options);
  } catch (error) {
    assert.instance(error, RangeError);
    return (error as RangeError).message;
  }
  throw new Error("the weights were taken");
}

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

/** Words that wrappers put before or into names. */
const wrapping = fc.constantFrom(
  "",
  "module.",
  "_orig_mod.",
  "module._orig_mod.",
  "model.",
  "net.module.",
  "encoder.",
  "a.b.",
);

law(
  "kind 25, 26: names are understood within any wrapper, with any usual last layer and with counters",
  [
    fc.constantFrom("downsample", "shortcut"),
    fc.constantFrom(
      "fc",
      "linear",
      "classifier",
      "head",
      "output",
      "last_linear",
      "head.fc",
      "classifier.1",
      "heads.1.out",
    ),
    wrapping,
    fc.constantFrom("", "module.", "_orig_mod."),
    fc.boolean(),
  ],
  (shortcut, classifier, before, within, counters) => {
    const given = emptyState(projected, projectedNames(shortcut, classifier));
    const named = new Map(
      [...given].map(([name, values]) => {
        const [first, ...rest] = name.split(".");
        return [`${before}${first}.${rest.length > 1 ? within : ""}${rest.join(".")}`, values];
      }),
    );
    if (counters) {
      named.set("n_averaged", { shape: [], data: new Float32Array(1) });
      named.set(`${before}bn1.num_batches_tracked`, { shape: [1], data: new Float32Array(1) });
      named.set("optimizer.state.0.momentum_buffer", { shape: [4, 3, 3, 3], data: new Float32Array(108) });
    }
    const weights = weightsFromPyTorch(projected, named, { naming: "resnet" });
    for (const { name, shape } of parameterSpecifications(projected)) assert.equal(weights.get(name)!.shape, shape);
    assert.is(weights.size, parameterSpecifications(projected).length);
  },
);

test("kind 25: a file of a network and its average is told as such, and one of something else by what it looks like", () => {
  const given = emptyState(projected, projectedNames("downsample", "fc"));
  const twice = new Map([...given, ...[...given].map(([name, values]) => [`module.${name}`, values] as const)]);
  assert.match(
    refusalOf(projected, twice, { naming: "resnet" }),
    "the file holds two networks, for conv1.weight and module.conv1.weight",
  );
  for (const average of ["ema.", "ema.module."]) {
    const both = new Map([...given, ...[...given].map(([name, values]) => [`${average}${name}`, values] as const)]);
    assert.match(
      refusalOf(projected, both, { naming: "resnet" }),
      `for conv1.weight and ${average}conv1.weight are one`,
    );
  }
  const one = { shape: [1], data: new Float32Array(1) };
  const other = (...names: string[]) =>
    refusalOf(projected, new Map(names.map((name) => [name, one])), { naming: "resnet" });
  assert.match(other("blocks.0.attn.qkv.weight"), "the file holds 1 tensor, a transformer");
  assert.match(
    other("stage1/block1/convolution1/kernel", "head/classifier/kernel"),
    "`decodeSafetensors` and `networkWithWeights` read it",
  );
  assert.match(other("a.b.weight", "c.d.weight"), "names such as a.b.weight, c.d.weight");
});

law(
  "kind 4: values that are not finite, and variances below 0, are refused with their tensors' names",
  [fc.nat(), fc.nat(), fc.constantFrom(Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, -1e-3)],
  (which, place, value) => {
    const given = emptyState(projected, projectedNames("downsample", "fc"));
    const names = [...given.keys()].filter((name) => Number.isFinite(value) === false || name.endsWith("running_var"));
    const name = names[which % names.length]!;
    const { shape, data } = given.get(name)!;
    const changed = Float32Array.from(data);
    changed[place % changed.length] = value;
    given.set(name, { shape, data: changed });
    assert.match(refusalOf(projected, given, { naming: "resnet" }), `  1 not finite, or a variance below 0: ${name}`);
  },
);

law(
  "kind 31: tensors that do not fit are counted by kind, with the first few names",
  [fc.integer({ min: 1, max: 6 }), fc.integer({ min: 1, max: 6 }), fc.integer({ min: 1, max: 400 }), fc.nat()],
  (missing, misshapen, unknown, from) => {
    const given = emptyState(projected, projectedNames("downsample", "fc"));
    const names = [...given.keys()];
    const at = (i: number) => names[(from + i) % names.length]!;
    for (let i = 0; i < missing; i++) given.delete(at(i));
    for (let i = missing; i < missing + misshapen; i++) given.set(at(i), { shape: [7, 7], data: new Float32Array(49) });
    for (let i = 0; i < unknown; i++) given.set(`layer9.${i}.weight`, { shape: [1], data: new Float32Array(1) });
    const [first, ...lines] = refusalOf(projected, given, { naming: "resnet" }).split("\n");
    assert.match(first!, `PyTorch's weights do not fit ${projected.name}: the file holds ${given.size} tensor`);
    assert.equal(
      lines.map((line) => /^ {2}(\d+) (missing|of another shape|not in the network): ([^ ]+)/.exec(line)?.slice(1, 3)),
      [
        [String(missing), "missing"],
        [String(misshapen), "of another shape"],
        [String(unknown), "not in the network"],
      ],
    );
    assert.is(/ and (\d+) more$/.exec(lines[2]!)?.[1], unknown > 3 ? String(unknown - 3) : undefined);
  },
  // a missing projection's weight must not be looked for under its other name
  { examples: [[6, 6, 3, 0]] },
);

test("kind 31: weights of a 164-layer bottleneck net for a 110-layer one are refused in four lines", () => {
  const deep: [string, number[]][] = [1, 2, 3].flatMap((stage) =>
    Array.from({ length: 18 }, (_, block) => block).flatMap((block) =>
      [1, 2, 3].map((i): [string, number[]] => [`layer${stage}.${block}.conv${i}.weight`, [1, 1, 1, 1]]),
    ),
  );
  const state = new Map(deep.map(([name, shape]) => [name, { shape, data: new Float32Array(1) }]));
  const options: PyTorchOptions = { naming: "resnet", zeroChannels: "end" };
  const message = refusalOf(buildByName("resnet110", { inputShape: [32, 32, 3], classes: 10 }), state, options);
  assert.is(message.split("\n").length, 4);
  assert.match(message, "a ResNet of 164 layers: 3 stages, 54 blocks of 3 convolutions");
});

test("kind 3: where shortcuts of option A add their zero channels is asked for, and only there", () => {
  const optionA = buildByName("resnet8", { inputShape: [8, 8, 3], classes: 10, width: 4 });
  const message = refusalOf(optionA, new Map(), { naming: "resnet" });
  assert.match(message, 'say `zeroChannels: "both sides"` where the code pads half of them before and half after');
  assert.not.match(refusalOf(projected, new Map(), { naming: "resnet" }), "zeroChannels");
});

for (const [depth, parameters] of [
  [18, 11_173_962],
  [34, 21_282_122],
  [50, 23_520_842],
] as const) {
  test(`kind 26: the ResNet-${depth} with a 3x3 stem has ${parameters} parameters, by the names of its usual code`, () => {
    const architecture = buildFourStageResNet({ depth, inputShape: [32, 32, 3], classes: 10 });
    assert.is(parameterCounts(architecture).trainable, parameters);
    assert.throws(() => buildFourStageResNet({ depth: 20, inputShape: [32, 32, 3], classes: 10 }), /not 20/);
    const convolutions = depth === 50 ? 3 : 2;
    const counts = depth === 18 ? [2, 2, 2, 2] : [3, 4, 6, 3];
    const expansion = depth === 50 ? 4 : 1;
    const state = new Map<string, ParameterValues>();
    const add = (name: string, ...shape: number[]) =>
      state.set(name, { shape, data: new Float32Array(product(shape)) });
    const normalise = (name: string, channels: number) => {
      for (const part of ["weight", "bias", "running_mean", "running_var"]) add(`${name}.${part}`, channels);
    };
    add("conv1.weight", 64, 3, 3, 3);
    normalise("bn1", 64);
    let channels = 64;
    counts.forEach((count, stage) => {
      const filters = 64 * 2 ** stage;
      for (let block = 0; block < count; block++) {
        const name = `layer${stage + 1}.${block}`;
        const kernels = convolutions === 2 ? [3, 3] : [1, 3, 1];
        let inner = channels;
        kernels.forEach((side, i) => {
          const outer = i === 2 ? 4 * filters : filters;
          add(`${name}.conv${i + 1}.weight`, outer, inner, side, side);
          normalise(`${name}.bn${i + 1}`, outer);
          inner = outer;
        });
        if (channels !== filters * expansion || (block === 0 && stage > 0)) {
          add(`${name}.shortcut.0.weight`, filters * expansion, channels, 1, 1);
          normalise(`${name}.shortcut.1`, filters * expansion);
        }
        channels = filters * expansion;
      }
    });
    add("linear.weight", 10, 512 * expansion);
    add("linear.bias", 10);
    assert.is(weightsFromPyTorch(architecture, state, { naming: "resnet" }).size, state.size);
  });
}

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
