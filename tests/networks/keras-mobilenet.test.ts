/** MobileNetV3 and EfficientNet as Keras writes them: means that keep their height and width, hard sigmoids by operators, uneven zeros, a rescaling. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { gunzipSync } from "node:zlib";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { saveKerasModel } from "../../src/base";
import { disposeNetwork, forward, keepsShape, type Network, readKerasNetwork } from "../../src/networks";
import { deletableBlocks, routeWithout } from "../../src/routes";
import { type Tensor4D, tf } from "../../src/runtime";
import { assertClose } from "../tensors";
import { noise } from "./noise";

const folder = mkdtempSync(path.join(tmpdir(), "keras-mobilenet-"));
test.after(() => rmSync(folder, { recursive: true }));

type Json = Record<string, unknown>;
type Place = readonly [string, number, number];

interface Layer {
  class_name: string;
  module?: string;
  name: string;
  config: Json;
  inbound_nodes: unknown[];
}

interface Model extends Json {
  config: Json & { layers: Layer[] };
}

interface Recorded {
  readonly side: number;
  readonly topology: Model;
  readonly weights: readonly { readonly name: string; readonly shape: number[] }[];
  readonly logits: number[][];
}

function recordedOf(name: string): Recorded {
  return JSON.parse(gunzipSync(readFileSync(path.join(__dirname, "references", `${name}.json.gz`))).toString("utf8"));
}

const recorded = recordedOf("keras-mobilenet-v3");

/** The formula of keras_mobilenet.py. */
function values(name: string, shape: readonly number[]): Float32Array {
  const drawn = noise(
    name,
    shape.reduce((product, side) => product * side, 1),
  );
  const inputs = /depthwise|dwconv/.test(name) ? shape.slice(0, 2) : shape.slice(0, -1);
  const fanIn = inputs.reduce((product, side) => product * side, 1);
  if (shape.length > 1) return Float32Array.from(drawn, (value) => value * Math.sqrt(24 / fanIn));
  return Float32Array.from(drawn, (value) => (/gamma$|variance$/.test(name) ? 1 + value : value));
}

/** Writes a model.json with its weights as the guide's lines of Python do. @param called what a weight is called in the file */
function saved(topology: object, weights: Recorded["weights"] = [], called = (name: string) => name): string {
  const place = mkdtempSync(path.join(folder, "model-"));
  const named = weights.map(({ name, shape }) => ({ name: called(name), shape, dtype: "float32" }));
  writeFileSync(
    path.join(place, "weights.bin"),
    Buffer.concat(weights.map(({ name, shape }) => Buffer.from(values(name, shape).buffer))),
  );
  const manifest = [{ paths: ["weights.bin"], weights: named }];
  writeFileSync(
    path.join(place, "model.json"),
    JSON.stringify({ modelTopology: { model_config: topology }, weightsManifest: manifest }),
  );
  return path.join(place, "model.json");
}

/** A place that an argument of Keras 3 names. */
const historyOf = (arg: unknown) => (arg as { config: { keras_history: Place } }).config.keras_history;

/** The layer of an operation with a number, as Keras 2.6 to 2.15 write it. */
function lambda(name: string, called: string, [layer, call, output]: Place, y: unknown): Layer {
  return {
    class_name: "TFOpLambda",
    config: { name, trainable: true, dtype: "float32", function: called },
    name,
    inbound_nodes: [[layer, call, output, { y, name: null }]],
  };
}

function reluOfKeras2(name: string, most: number | null, from: string): Layer {
  return {
    class_name: "ReLU",
    config: { name, trainable: true, dtype: "float32", max_value: most, negative_slope: 0, threshold: 0 },
    name,
    inbound_nodes: [[[from, 0, 0, {}]]],
  };
}

/** The topology in Keras 2's form: its applications write hard swish by operators, too. */
function asWrittenByKeras2({ config }: Model): object {
  const layers = config.layers.flatMap((layer): Layer[] => {
    const { class_name: type, name, config: own, module } = layer;
    const args = (layer.inbound_nodes as { args: unknown[] }[])[0]?.args ?? [];
    if (module?.includes(".ops.")) {
      const called = type === "Add" ? "__operators__.add" : "math.multiply";
      return [lambda(name, called, historyOf(args[0]), args[1])];
    }
    const from = args.flat().map(historyOf);
    if (own.activation === "hard_silu") {
      const [[x]] = from as unknown as [Place];
      return [
        lambda(`${name}/add`, "__operators__.add", [x, 0, 0], 3),
        reluOfKeras2(`${name}/relu`, 6, `${name}/add`),
        lambda(`${name}/multiply`, "math.multiply", [`${name}/relu`, 0, 0], 1 / 6),
        { class_name: "Multiply", name, config: { name, trainable: true, dtype: "float32" }, inbound_nodes: [[[x, 0, 0, {}], [`${name}/multiply`, 0, 0, {}]]] }, // biome-ignore format: one layer
      ];
    }
    const { batch_shape: shape, ...others } = own;
    const settings = shape === undefined ? others : { ...others, batch_input_shape: shape };
    const nodes = from.length === 0 ? [] : [from.map((place) => [...place, {}])];
    return [{ class_name: type, name, config: { ...settings, dtype: "float32" }, inbound_nodes: nodes }];
  });
  const ends = { input_layers: [config.input_layers], output_layers: [config.output_layers] };
  return { class_name: "Functional", config: { name: config.name, trainable: true, layers, ...ends } };
}

function assertLogits(network: Network, { side, logits } = recorded): void {
  const pictures = Float32Array.from(noise("pictures", 2 * side * side * 3), (value) => 255 * (value + 0.5));
  tf.tidy(() => {
    const found = forward(network, tf.tensor4d(pictures, [2, side, side, 3]), { mode: "inference" });
    assertClose(found, tf.tensor2d(logits), 1e-5, "logits");
  });
}

const forms = {
  "Keras 3": () => saved(recorded.topology, recorded.weights),
  "Keras 2": () =>
    saved(asWrittenByKeras2(recorded.topology), recorded.weights, (name) =>
      name.replace(/depthwise\/kernel$/, "depthwise/depthwise_kernel"),
    ),
};

for (const [version, file] of Object.entries(forms)) {
  test(`MobileNetV3Small of ${version} gives the logits that Keras computed, and its additions are blocks`, async () => {
    const before = tf.memory().numTensors;
    const network = await readKerasNetwork(file());
    assertLogits(network);
    const { architecture } = network;
    const { stem, blocks } = architecture;
    const residual = blocks.filter(({ shortcut }) => shortcut !== null);
    const gates = [...stem, ...blocks.flatMap((block) => block.residual)].filter(({ kind }) => kind === "channel gate");
    assert.equal([residual.length, gates.length], [6, 9]);
    assert.ok(gates.every((gate) => "layers" in gate && gate.layers.at(-1)!.kind === "hard sigmoid"));
    assert.ok(deletableBlocks(architecture).length >= 6 && keepsShape(architecture).filter(Boolean).length >= 6);
    tf.tidy(() => {
      const x = tf.zeros([1, recorded.side, recorded.side, 3]) as Tensor4D;
      const route = routeWithout(architecture, [deletableBlocks(architecture)[0]!]);
      assert.ok(forward(network, x, { mode: "inference", route }).dataSync().every(Number.isFinite));
    });
    disposeNetwork(network);
    assert.is(tf.memory().numTensors, before);
  });
}

test("EfficientNet-B0 of Keras 3 gives the logits that Keras computed, with its images normalised and whole branches dropped", async () => {
  const before = tf.memory().numTensors;
  const efficientNet = recordedOf("keras-efficientnet-b0");
  const network = await readKerasNetwork(saved(efficientNet.topology, efficientNet.weights));
  assertLogits(network, efficientNet);
  const { blocks } = network.architecture;
  const dropping = blocks.flatMap(({ residual }) => residual.filter((layer) => layer.kind === "dropout"));
  assert.is(dropping.length, 9);
  assert.ok(dropping.every(({ wholeImages }) => wholeImages === true));
  disposeNetwork(network);
  assert.is(tf.memory().numTensors, before);
});

test("a normalisation may hold its mean and variance as settings, and one that undoes it is refused", async () => {
  const [mean, variance] = [numbers.map((value) => value / 2), numbers.map((value) => 1 + value ** 2)];
  const normalised = (settings: Json): Layer => ({
    ...{ class_name: "Normalization", name: "out", config: { name: "out", axis: [-1], mean, variance, ...settings } },
    inbound_nodes: [{ args: [tensorOfKeras3(["in", 0, 0])], kwargs: {} }],
  });
  const network = await readKerasNetwork(saved(modelOf("Keras 3", [normalised({ invert: false })])));
  tf.tidy(() => {
    const logits = forward(network, tf.tensor4d(numbers, [1, 1, 1, 8]), { mode: "inference" });
    const expected = numbers.map((value, i) => (value - mean[i]!) / Math.sqrt(variance[i]!));
    assertClose(logits, tf.tensor2d([expected]), 1e-6, "normalised");
  });
  disposeNetwork(network);
  const inverted = await refusal(saved(modelOf("Keras 3", [normalised({ invert: true })])));
  assert.match(inverted, "out (Normalization): its setting invert is true");
});

// --- spellings

type Writer = (name: string, kind: string, given: readonly (Place | number)[]) => Layer;

const tensorOfKeras3 = (place: Place) => ({
  class_name: "__keras_tensor__",
  config: { shape: [null, 1, 1, 8], dtype: "float32", keras_history: place },
});

const operationOfKeras3: Writer = (name, kind, given) => ({
  class_name: { add: "Add", multiply: "Multiply", divide: "TrueDivide", subtract: "Subtract", relu6: "Relu6" }[kind]!,
  module: kind === "relu6" ? "keras.src.ops.nn" : "keras.src.ops.numpy",
  name,
  config: { name },
  inbound_nodes: [{ args: given.map((one) => (typeof one === "number" ? one : tensorOfKeras3(one))), kwargs: {} }],
});

const operationOfKeras2: Writer = (name, kind, [first, ...others]) => ({
  class_name: "TFOpLambda",
  name,
  config: {
    ...{ name, trainable: true, dtype: "float32" },
    function: { add: "__operators__.add", multiply: "math.multiply", divide: "math.truediv", subtract: "math.subtract", relu6: "nn.relu6" }[kind], // biome-ignore format: one record
  },
  inbound_nodes: [[...(first as Place), { ...(others.length === 0 ? {} : { y: others[0] }), name: null }]],
});

/** A model of eight numbers, an image of one pixel, given what is done to them. */
function modelOf(version: string, middle: readonly Layer[], name = "out"): object {
  const isNew = version === "Keras 3";
  const shape = { [isNew ? "batch_shape" : "batch_input_shape"]: [null, 1, 1, 8] };
  const from = isNew ? [{ args: [tensorOfKeras3([name, 0, 0])], kwargs: {} }] : [[[name, 0, 0, {}]]];
  const layers = [
    { class_name: "InputLayer", name: "in", config: { name: "in", dtype: "float32", sparse: false, ...shape }, inbound_nodes: [] }, // biome-ignore format: one layer
    ...middle,
    {
      class_name: "Flatten",
      name: "flat",
      config: { name: "flat", data_format: "channels_last" },
      inbound_nodes: from,
    },
  ];
  const ends = isNew ? { input_layers: ["in", 0, 0], output_layers: ["flat", 0, 0] } : { input_layers: [["in", 0, 0]], output_layers: [["flat", 0, 0]] }; // biome-ignore format: one choice
  return { class_name: "Functional", config: { name: "spelled", layers, ...ends } };
}

const numbers = [-4, -3, -1.5, 0, 0.5, 2, 3, 7];
const sixth = (x: number) => Math.min(Math.max(x + 3, 0), 6) / 6;
const x: Place = ["in", 0, 0];
const at = (name: string): Place => [name, 0, 0];

const spellings: Readonly<Record<string, readonly [(op: Writer) => Layer[], (x: number) => number, string[]]>> = {
  "relu6(x + 3) / 6": [
    (op) => [op("a", "add", [x, 3]), op("b", "relu6", [at("a")]), op("out", "divide", [at("b"), 6])],
    sixth,
    ["hard sigmoid"],
  ],
  "x relu6(x + 3) / 6": [
    (op) => [op("a", "add", [x, 3]), op("b", "relu6", [at("a")]), op("c", "multiply", [x, at("b")]), op("out", "divide", [at("c"), 6])], // biome-ignore format: one list
    (value) => value * sixth(value),
    ["hard swish"],
  ],
  "relu6(x + 3) / 6 x": [
    (op) => [op("a", "add", [x, 3]), op("b", "relu6", [at("a")]), op("c", "multiply", [at("b"), 1 / 6]), op("out", "multiply", [at("c"), x])], // biome-ignore format: one list
    (value) => value * sixth(value),
    ["hard swish"],
  ],
  "x / 4 - 1": [
    (op) => [op("a", "divide", [x, 4]), op("out", "subtract", [at("a"), 1])],
    (value) => value / 4 - 1,
    ["scaling", "channel scaling"],
  ],
  "relu6(x + 2) / 6": [
    (op) => [op("a", "add", [x, 2]), op("b", "relu6", [at("a")]), op("out", "divide", [at("b"), 6])],
    (value) => Math.min(Math.max(value + 2, 0), 6) / 6,
    ["channel scaling", "relu6", "scaling"],
  ],
};

for (const [text, [middle, expected, kinds]] of Object.entries(spellings)) {
  for (const [version, op] of [
    ["Keras 3", operationOfKeras3],
    ["Keras 2", operationOfKeras2],
  ] as const) {
    // biome-ignore format: two forms
    test(`${text}, by operators of ${version}, is what it says`, async () => {
      const network = await readKerasNetwork(saved(modelOf(version, middle(op))));
      const { stem, head } = network.architecture;
      assert.equal([...stem, ...head].map(({ kind }) => kind), [...kinds, "flatten"]); // biome-ignore format: one list
      tf.tidy(() => {
        const logits = forward(network, tf.tensor4d(numbers, [1, 1, 1, 8]), { mode: "inference" });
        assertClose(logits, tf.tensor2d([numbers.map(expected)]), 1e-6, text);
      });
      disposeNetwork(network);
    });
  }
}

test("a hard sigmoid of Keras 3 is a sixth of relu6(x + 3), and one of Keras 2, of another slope, is refused", async () => {
  const activation = (version: string): Layer => ({
    class_name: "Activation",
    name: "out",
    config: { name: "out", activation: "hard_sigmoid" },
    inbound_nodes: version === "Keras 3" ? [{ args: [tensorOfKeras3(x)], kwargs: {} }] : [[[...x, {}]]],
  });
  const network = await readKerasNetwork(saved(modelOf("Keras 3", [activation("Keras 3")])));
  tf.tidy(() => {
    const logits = forward(network, tf.tensor4d(numbers, [1, 1, 1, 8]), { mode: "inference" });
    assertClose(logits, tf.tensor2d([numbers.map(sixth)]), 1e-6, "hard sigmoid");
  });
  disposeNetwork(network);
  assert.match(await refusal(saved(modelOf("Keras 2", [activation("Keras 2")]))), "its activation is hard_sigmoid");
});

async function refusal(file: string): Promise<string> {
  try {
    disposeNetwork(await readKerasNetwork(file));
  } catch (error) {
    assert.instance(error, RangeError);
    return (error as Error).message;
  }
  throw new Error("the model was read");
}

test("what no layer stands for is named, with what to do", async () => {
  const unknown = { ...operationOfKeras3("out", "add", [x, 3]), class_name: "Roll" };
  const message = await refusal(saved(modelOf("Keras 3", [unknown])));
  assert.match(
    message,
    "out (Roll): the operation Roll has no layer in its place: write it by a layer of Keras; taken are add,",
  );
  assert.is(message.split("\n").length, 2); // once
  const older = { ...operationOfKeras2("out", "add", [x, 3]) };
  older.config = { ...older.config, function: "roll" };
  assert.match(await refusal(saved(modelOf("Keras 2", [older]))), "the operation roll has no layer in its place");
  const upside = operationOfKeras3("out", "divide", [1, x]);
  assert.match(await refusal(saved(modelOf("Keras 3", [upside]))), "it makes divide of 2 in a way that no layer has");
  const dropping = { class_name: "Dropout", name: "out", config: { name: "out", rate: 0.5 }, inbound_nodes: [{ args: [tensorOfKeras3(x)], kwargs: { training: true } }] }; // biome-ignore format: one layer
  assert.match(
    await refusal(saved(modelOf("Keras 3", [dropping]))),
    "out (Dropout): it is called with training = true",
  );
});

test("uneven zeros that are not those of the padding `same` are refused, with which would be taken", async () => {
  const uneven = structuredClone(recorded.topology);
  const padding = uneven.config.layers.find(({ class_name: type }) => type === "ZeroPadding2D")!;
  padding.config.padding = [[1, 0], [1, 0]]; // biome-ignore format: one pair
  assert.match(
    await refusal(saved(uneven, recorded.weights)),
    `${padding.name} (ZeroPadding2D): it adds 1, 0, 1, 0 pixels above, below, left and right; ours are equal, or those that`,
  );
});

test("a topology without weights, as a .keras file holds it, is told with what saves both", async () => {
  const file = path.join(folder, "config.json");
  writeFileSync(file, JSON.stringify(recorded.topology));
  assert.match(
    await refusal(file),
    /it is a model's topology alone, without weights: save both, in Python: .*weightsManifest/,
  );
});

test("the guide's lines of Python are those that messages give", () => {
  const guide = readFileSync(path.join(__dirname, "../../src/guides/your-custom-network.md"), "utf8");
  const [, lines = ""] = /^```python elsewhere\n(.*?)^```$/ms.exec(guide) ?? [];
  assert.is(lines.trim().replaceAll("my-model/", "").replace(/\n+/g, "; "), `import json; ${saveKerasModel}`);
});

test.run();
