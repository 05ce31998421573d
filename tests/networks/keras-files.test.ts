/** Kinds 4, 5 and 28: what a model.json says is heeded, or refused with the layer's name; nothing is dropped in silence. */
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { disposeNetwork, forward, fromLayersModel, readKerasNetwork } from "../../src/networks";
import { type Tensor2D, type Tensor4D, tf, type tfjs } from "../../src/runtime";
import { assertClose, normalTensor } from "../tensors";
import { sampleWeights } from "./layers-model";

const references = path.join(__dirname, "references", "keras-resnet");
const folder = mkdtempSync(path.join(tmpdir(), "keras-files-"));
test.after(() => rmSync(folder, { recursive: true }));

interface Entry {
  class_name: string;
  name: string;
  config: Record<string, unknown>;
  inbound_nodes: unknown[];
}

/** The model that Keras saved, changed; the path of its model.json. */
function changed(change: (layers: Entry[], json: Record<string, unknown>) => void): string {
  cpSync(references, folder, { recursive: true });
  const json = JSON.parse(readFileSync(path.join(references, "model.json"), "utf8"));
  change(json.modelTopology.model_config.config.layers, json);
  const file = path.join(folder, "model.json");
  writeFileSync(file, JSON.stringify(json));
  return file;
}

async function refusal(file: string): Promise<string> {
  try {
    disposeNetwork(await readKerasNetwork(file));
  } catch (error) {
    assert.instance(error, RangeError);
    return (error as Error).message;
  }
  throw new Error("the model was read");
}

const recorded = JSON.parse(readFileSync(path.join(references, "predictions.json"), "utf8"));

/** Whether a file gives the probabilities that Keras computed. */
async function assertPredictions(file: string, options = {}): Promise<void> {
  const before = tf.memory().numTensors;
  const network = await readKerasNetwork(file, options);
  tf.tidy(() => {
    const logits = forward(network, tf.tensor4d(recorded.images, [2, 17, 17, 3]), { mode: "inference" });
    assertClose(tf.softmax(logits), tf.tensor2d(recorded.probabilities), 1e-5, "probabilities");
  });
  disposeNetwork(network);
  assert.is(tf.memory().numTensors, before);
}

test("a model that Keras saved is read with its weights, and leaves no tensor behind", () =>
  assertPredictions(path.join(references, "model.json")));

const settings = [
  ["Conv2D", "groups", 2],
  ["Conv2D", "unheard_of", "yes"],
  ["GlobalAveragePooling2D", "unheard_of", 2],
  ["BatchNormalization", "renorm", true],
] as const;
for (const [type, setting, value] of settings) {
  test(`kind 5: ${setting} of ${type} is refused with the layer's name`, async () => {
    let name = "";
    const file = changed((layers) => {
      const layer = layers.find(({ class_name }) => class_name === type)!;
      name = layer.name;
      layer.config[setting] = value;
    });
    assert.match(
      await refusal(file),
      `${name} (${type}): its setting ${setting} is ${JSON.stringify(value)}, which TensorFlow.js drops`,
    );
  });
}

for (const [setting, value] of [
  ["negative_slope", 0.5],
  ["threshold", 0.25],
] as const) {
  test(`kind 5: a ReLU with ${setting} is refused, and one where it is 0 is read`, async () => {
    const relu = (amount: number) =>
      changed((layers) => {
        const layer = layers.find(({ class_name }) => class_name === "Activation")!;
        layer.class_name = "ReLU";
        layer.config = { name: layer.config.name, trainable: true, max_value: null, [setting]: amount };
      });
    assert.match(await refusal(relu(value)), `(ReLU): its setting ${setting} is ${value}`);
    await assertPredictions(relu(0));
  });
}

/** A block of MobileNetV3 as Keras's layers: expansion, depthwise convolution, squeeze and excitation, projection, addition. */
function mobileModel(squeeze: "convolutions" | "dense layers", factorsFirst: boolean): tfjs.LayersModel {
  const { layers } = tf;
  const [first, second] =
    squeeze === "convolutions"
      ? [layers.conv2d({ filters: 3, kernelSize: 1, activation: "relu" }), layers.conv2d({ filters: 12, kernelSize: 1, activation: "sigmoid" })] // biome-ignore format: one pair
      : [layers.dense({ units: 3, activation: "relu" }), layers.dense({ units: 12, activation: "sigmoid" })];
  const input = tf.input({ shape: [9, 9, 3] });
  const stem = layers.conv2d({ filters: 6, kernelSize: 3, strides: 2, padding: "same" }).apply(input);
  const wide = layers
    .activation({ activation: "relu6" })
    .apply(layers.conv2d({ filters: 12, kernelSize: 1 }).apply(stem));
  const deep = layers.depthwiseConv2d({ kernelSize: 3, padding: "same" }).apply(wide);
  const means = layers.globalAveragePooling2d({}).apply(deep);
  const before = squeeze === "convolutions" ? layers.reshape({ targetShape: [1, 1, 12] }).apply(means) : means;
  const factors = second.apply(first.apply(before));
  const shaped = squeeze === "convolutions" ? factors : layers.reshape({ targetShape: [1, 1, 12] }).apply(factors);
  const both = (factorsFirst ? [shaped, deep] : [deep, shaped]) as tfjs.SymbolicTensor[];
  const narrow = layers.conv2d({ filters: 6, kernelSize: 1 }).apply(layers.multiply().apply(both));
  const sum = layers.add().apply([stem, narrow] as tfjs.SymbolicTensor[]);
  const head = layers.dense({ units: 4 }).apply(layers.globalAveragePooling2d({}).apply(sum));
  return tf.model({ inputs: input, outputs: head as tfjs.SymbolicTensor });
}

/** Saves a model as a model.json in a folder of its own, its activations renamed. */
async function saved(model: tfjs.LayersModel, renamed: Readonly<Record<string, string>> = {}): Promise<string> {
  const place = mkdtempSync(path.join(folder, "saved-"));
  await model.save(
    tf.io.withSaveHandler(async ({ modelTopology, weightSpecs, weightData }) => {
      const text = JSON.stringify({ modelTopology, weightsManifest: [{ paths: ["w.bin"], weights: weightSpecs }] });
      const named = Object.entries(renamed).reduce((all, [from, to]) => all.replaceAll(`"activation":"${from}"`, `"activation":"${to}"`), text); // biome-ignore format: one call
      writeFileSync(path.join(place, "model.json"), named);
      writeFileSync(path.join(place, "w.bin"), Buffer.from(weightData as ArrayBuffer));
      return { modelArtifactsInfo: { dateSaved: new Date(0), modelTopologyType: "JSON" as const } };
    }),
  );
  return path.join(place, "model.json");
}

for (const squeeze of ["convolutions", "dense layers"] as const) {
  test(`squeeze and excitation by ${squeeze} is a gate in its block, and gives what TensorFlow.js's layers predict`, async () => {
    for (const factorsFirst of [false, true]) {
      const model = mobileModel(squeeze, factorsFirst);
      const network = await readKerasNetwork(await saved(model));
      const [block] = network.architecture.blocks;
      assert.is(network.architecture.blocks.length, 1);
      assert.equal(block!.shortcut, []);
      const gate = block!.residual.find((layer) => layer.kind === "channel gate")!;
      assert.equal(gate.layers.map(({ kind }) => kind), ["global average pool", "dense", "relu", "dense", "sigmoid"]); // biome-ignore format: one list
      tf.tidy(() => {
        const x = normalTensor([3, 9, 9, 3], 5) as Tensor4D;
        assertClose(forward(network, x, { mode: "inference" }), model.predict(x) as Tensor2D, 1e-5, "logits");
      });
      disposeNetwork(network);
      model.dispose();
    }
  });
}

test("hard swish is x relu6(x + 3) / 6, which TensorFlow.js's loader lacks", async () => {
  const input = tf.input({ shape: [1, 1, 4] });
  const { layers } = tf;
  const bent = layers.activation({ activation: "relu6" }).apply(input);
  const model = tf.model({ inputs: input, outputs: layers.flatten().apply(bent) as tfjs.SymbolicTensor });
  const network = await readKerasNetwork(await saved(model, { relu6: "hard_swish" }));
  tf.tidy(() => {
    const values = [-4, -3, -1, 0, 0.5, 2, 3, 7];
    const logits = forward(network, tf.tensor4d(values, [2, 1, 1, 4]), { mode: "inference" });
    const expected = values.map((x) => (x * Math.min(Math.max(x + 3, 0), 6)) / 6);
    assertClose(logits, tf.tensor2d(expected, [2, 4]), 1e-6, "logits");
  });
  disposeNetwork(network);
  model.dispose();
});

test("a product that is no squeeze and excitation is refused with its reason", async () => {
  const product = async (build: (image: tfjs.SymbolicTensor) => tfjs.SymbolicTensor[]) => {
    const input = tf.input({ shape: [6, 6, 4] });
    const image = tf.layers.conv2d({ filters: 4, kernelSize: 3, padding: "same" }).apply(input) as tfjs.SymbolicTensor;
    const multiplied = tf.layers.multiply({ name: "product" }).apply(build(image));
    const output = tf.layers.globalAveragePooling2d({}).apply(multiplied) as tfjs.SymbolicTensor;
    const model = tf.model({ inputs: input, outputs: output });
    const file = await saved(model);
    model.dispose();
    return refusal(file);
  };
  const convolved = (image: tfjs.SymbolicTensor) => tf.layers.conv2d({ filters: 4, kernelSize: 1 }).apply(image) as tfjs.SymbolicTensor; // biome-ignore format: one call
  assert.match(
    await product((image) => [image, convolved(image)]),
    /product \(Multiply\): it multiplies \[6,6,4\] by \[6,6,4\]/,
  );
  const means = (image: tfjs.SymbolicTensor) => tf.layers.reshape({ targetShape: [1, 1, 4] }).apply(tf.layers.globalAveragePooling2d({}).apply(image)) as tfjs.SymbolicTensor; // biome-ignore format: one call
  assert.match(
    await product((image) => [convolved(image), means(image)]),
    /product \(Multiply\): its factors are not made of the means of what it multiplies/,
  );
});

test("kind 5: what concerns training alone changes nothing, and keeps nothing from being read", async () => {
  // The loader projects loaded weights onto a constraint, and knows neither Keras's newer names nor policies.
  const given: [string, Record<string, unknown>][] = [
    ["Conv2D", { kernel_constraint: { class_name: "MaxNorm", config: { max_value: 0.1, axis: 0 } } }],
    ["BatchNormalization", { gamma_constraint: { class_name: "NonNeg", config: {} } }],
    ["Conv2D", { kernel_regularizer: { class_name: "L2", config: { l2: 0.01 } } }],
    ["Dense", { activity_regularizer: { class_name: "L1", config: { l1: 0.01 } } }],
    ["Dense", { kernel_initializer: { class_name: "my>Initializer", config: {} } }],
    ["Conv2D", { dtype: { class_name: "Policy", config: { name: "mixed_float16" } } }],
  ];
  for (const [type, settings] of given) {
    const file = changed((layers) => {
      for (const layer of layers) if (layer.class_name === type) Object.assign(layer.config, settings);
    });
    await assertPredictions(file);
  }
});

test("kind 5: activations, layouts and layers that there are not are listed at once, each with its layer's name", async () => {
  const file = changed((layers) => {
    const [first, second] = layers.filter(({ class_name }) => class_name === "Conv2D");
    first!.config.activation = "leaky_relu";
    second!.config.activation = { class_name: "LeakyReLU", config: { alpha: 0.3 } };
    layers.find(({ class_name }) => class_name === "GlobalAveragePooling2D")!.config.data_format = "channels_first";
    layers.find(({ class_name }) => class_name === "Activation")!.class_name = "Lambda";
  });
  const [, ...lines] = (await refusal(file)).split("\n");
  assert.is(lines.length, 4);
  assert.match(lines[0]!, /\(Conv2D\): its activation is leaky_relu; there are relu, sigmoid, tanh/);
  assert.match(lines[1]!, /\(Lambda\): TensorFlow.js has no such layer/);
  assert.match(lines[2]!, /\(Conv2D\): its activation is LeakyReLU/);
  assert.match(lines[3]!, /\(GlobalAveragePooling2D\): it takes channels first, ours are last/);
});

test("depthwise and separable convolutions, layer normalisation and today's activations are read from a file", async () => {
  const shape = [8, 8, 2] as const;
  const model = tf.sequential({
    layers: [
      tf.layers.conv2d({ filters: 4, kernelSize: 3, inputShape: [...shape], activation: "relu6" }),
      tf.layers.depthwiseConv2d({ kernelSize: 3, padding: "same", depthMultiplier: 2, activation: "gelu" as never }),
      tf.layers.layerNormalization(),
      tf.layers.leakyReLU({ alpha: 0.1 }),
      tf.layers.separableConv2d({ filters: 3, kernelSize: 3, activation: "elu" }),
      tf.layers.reLU({ maxValue: 6 }),
      tf.layers.globalAveragePooling2d({}),
      tf.layers.dense({ units: 3, activation: "swish" as never }),
    ],
  });
  sampleWeights(model, 11);
  const x = normalTensor<Tensor4D>([2, ...shape], 11);
  const predicted = model.predict(x) as Tensor2D;
  const file = path.join(mkdtempSync(path.join(folder, "layers-")), "model.json");
  for (const activation of ["swish", "silu"]) {
    await model.save(
      tf.io.withSaveHandler(async ({ modelTopology, weightSpecs, weightData }) => {
        const written = JSON.parse(JSON.stringify(modelTopology).replaceAll("swish", activation));
        const weightsManifest = [{ paths: ["weights.bin"], weights: weightSpecs }];
        writeFileSync(file, JSON.stringify({ modelTopology: written, weightsManifest }));
        writeFileSync(path.join(path.dirname(file), "weights.bin"), Buffer.from(weightData as ArrayBuffer));
        return { modelArtifactsInfo: { dateSaved: new Date(), modelTopologyType: "JSON" } };
      }),
    );
    const network = await readKerasNetwork(file);
    tf.tidy(() => assertClose(forward(network, x, { mode: "inference" }), predicted, 1e-5, activation));
    disposeNetwork(network);
  }
  model.dispose();
  tf.dispose([x, predicted]);
});

test("kind 27: weights of another length than model.json says are told, by their first bytes where those tell", async () => {
  const file = changed(() => {});
  const weights = path.join(folder, "group1-shard1of1.bin");
  const bytes = readFileSync(weights);
  for (const [content, expected] of [
    [bytes.subarray(0, -7), /its weights take \d+ bytes, and group1-shard1of1\.bin have \d+: copy them again/],
    [Buffer.concat([bytes, Buffer.alloc(12)]), /its weights take/],
    [
      Buffer.from("version https://git-lfs.github.com/spec/v1\n"),
      /is a Git LFS pointer, not the file itself: git lfs pull/,
    ],
    [Buffer.alloc(0), /is empty/],
  ] as const) {
    writeFileSync(weights, content);
    assert.match(await refusal(file), expected);
  }
});

test("kind 28: layers that only vary images in training are passed over", async () => {
  for (const type of ["RandomFlip", "RandomRotation", "RandomZoom", "SpatialDropout2D", "ActivityRegularization"]) {
    const file = changed((layers) => {
      const at = layers.findIndex(({ inbound_nodes }) => inbound_nodes.length > 0);
      const input = layers[0]!.name;
      layers[at]!.inbound_nodes = [[["varied", 0, 0, {}]]];
      layers.splice(at, 0, {
        ...{ class_name: type, name: "varied", inbound_nodes: [[[input, 0, 0, {}]]] },
        config: {
          name: "varied",
          trainable: true,
          dtype: "float32",
          mode: "horizontal",
          factor: 0.1,
          height_factor: 0.1,
        },
      });
    });
    await assertPredictions(file);
  }
});

test("kind 28: an open image size is named with what fixes it", async () => {
  const file = changed((layers) => {
    layers[0]!.config.batch_input_shape = [null, null, null, 3];
  });
  assert.match(await refusal(file), "leaves the size of its images open (any x any x 3)");
  await assertPredictions(file, { inputShape: [17, 17, 3] });
});

test("kind 28: graph models and other files are named with what helps, in one line", async () => {
  const graph = path.join(folder, "graph.json");
  writeFileSync(graph, JSON.stringify({ format: "graph-model", modelTopology: { node: [] }, weightsManifest: [] }));
  assert.match(await refusal(graph), "it is a graph model");
  writeFileSync(graph, "version https://git-lfs.github.com/spec/v1\n");
  assert.match(await refusal(graph), "git lfs pull");
});

/** A model that begins with a rescaling. */
function rescaled(scale: unknown, offset: unknown) {
  const { rescaling } = tf.layers as unknown as { rescaling: (config: object) => ReturnType<typeof tf.layers.flatten> };
  return tf.sequential({
    layers: [
      rescaling({ scale, offset, inputShape: [4, 4, 3], name: "rescaled" }),
      tf.layers.globalAveragePooling2d({}),
      tf.layers.dense({ units: 2 }),
    ],
  });
}

test("kind 4: a rescaling by a list is one of each channel, as TensorFlow.js computes it", () => {
  for (const [scale, offset] of [
    [
      [2, 3, 4],
      [-1, 0, 1],
    ],
    [[0.5, 1, 2], 0],
    [2, [1, 2, 3]],
    [2, 1],
  ]) {
    const model = rescaled(scale, offset);
    const network = fromLayersModel(model);
    tf.tidy(() => {
      const x = normalTensor<Tensor4D>([2, 4, 4, 3], 1);
      assertClose(forward(network, x, { mode: "inference" }), model.predict(x) as Tensor2D, 1e-5, "logits");
    });
    disposeNetwork(network);
    model.dispose();
  }
});

test("kind 4: settings of another type and weights that are not finite are refused with the layer's name", () => {
  const says = (model: Parameters<typeof fromLayersModel>[0], message: RegExp) => {
    assert.throws(() => fromLayersModel(model), message);
    model.dispose();
  };
  says(rescaled([2, 3], 0), /rescaled \(Rescaling\): its scale has 2 values for 3 channels/);
  says(rescaled(true, 0), /rescaled \(Rescaling\): its scale is true/);
  says(rescaled("2", 0), /rescaled \(Rescaling\): its setting scale: need a number, or one a channel/);
  const endless = tf.sequential({
    layers: [
      tf.layers.globalAveragePooling2d({ inputShape: [4, 4, 3] }),
      tf.layers.dense({ units: 2, name: "endless" }),
    ],
  });
  const [kernel, bias] = endless.getWeights();
  endless.setWeights([kernel!, tf.fill(bias!.shape, Number.NaN)]);
  says(endless, /endless \(Dense\): its endless\/bias holds values that are not finite/);
});

test.run();
