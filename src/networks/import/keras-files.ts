/**
 * A model.json of Keras and TensorFlow.js, looked at before TensorFlow.js's loader reads it: the loader drops settings that it does
 * not know and fails on layers that it lacks.
 */
import { readFileSync } from "node:fs";
import path from "node:path";
import { z } from "zod";
import { FileError, fileKind, parseJson, saveKerasModel } from "../../base";
import { tf, type tfjs } from "../../runtime";
import { sum } from "../../statistics";
import type { Network } from "../engine/network";
import { asKeras2, type Config, configSchema, keptMeans, normalization, sixthOfRelu6 } from "./keras-topology";
import { fromLayersModel } from "./layers-model";
import { activationNames, trainingOnlyLayers } from "./layers-model-layers";

/** How a model.json is read. */
export interface KerasOptions {
  /** Of its images, where the model leaves their size open. */
  readonly inputShape?: readonly [height: number, width: number, channels: number];
}

/**
 * The network of a model.json with the weights beside it, as `fromLayersModel` converts it. Layers that vary images in training
 * (RandomFlip and its like) do nothing at inference and are passed over.
 *
 * @returns the caller disposes it
 * @throws FileError when the file cannot be read, RangeError when it is none of Keras 2's layers format, when it has settings that
 *   the loader would drop, and when a layer has no counterpart here
 * @example export default readKerasNetwork("my-model/model.json");
 */
export async function readKerasNetwork(file: string, { inputShape }: KerasOptions = {}): Promise<Network> {
  const json = readJson(file);
  const model = modelSchema.safeParse(json);
  if (!model.success) throw new RangeError(`${file}: ${otherFormat(json)}`);
  const config = model.data.modelTopology.model_config ?? model.data.modelTopology;
  registerMissing();
  const { faults, weightName } = asKeras2(config as Config);
  const isTold = (line: string) => faults.some((other) => other.split(": ")[0] === line.split(": ")[0]);
  faults.push(...configFaults(config as Config, "").filter((line) => !isTold(line)));
  if (faults.length > 0) throw new RangeError(`${file} cannot be read:\n  ${faults.join("\n  ")}`);
  if (inputShape !== undefined) fixInputShape(config as Config, inputShape);
  leaveOutTraining(config as Config);
  const parts = artifacts(file, model.data, weightName);
  const loaded = await tf.loadLayersModel({ load: async () => parts }).catch((error: Error) => {
    throw new RangeError(`${file}: TensorFlow.js cannot load it: ${error.message.split("\n")[0]}`, { cause: error });
  });
  try {
    return fromLayersModel(loaded);
  } finally {
    loaded.dispose();
  }
}

const manifestSchema = z.array(
  z.object({
    paths: z.array(z.string()),
    weights: z.array(
      z.looseObject({
        name: z.string(),
        shape: z.array(z.number().int()),
        dtype: z.string(),
        quantization: z.looseObject({ dtype: z.string() }).exactOptional(),
      }),
    ),
  }),
);

const modelSchema = z.looseObject({
  modelTopology: z.union([
    z.looseObject({ model_config: configSchema }),
    configSchema.and(z.object({ model_config: z.undefined().optional() })),
  ]),
  weightsManifest: manifestSchema,
});

type Model = z.infer<typeof modelSchema>;

const remedy = `save both, in Python: import json; ${saveKerasModel}`;

function readJson(file: string): unknown {
  let bytes: Buffer;
  try {
    bytes = readFileSync(file);
  } catch (error) {
    throw new FileError("read", file, error);
  }
  try {
    return parseJson(bytes, path.basename(file));
  } catch (error) {
    throw new RangeError(`${file}: need a model.json; ${(error as Error).message}`);
  }
}

/** What a file is that has not the form of a layers model. */
function otherFormat(json: unknown): string {
  const { format, modelTopology } = (json ?? {}) as { format?: unknown; modelTopology?: { node?: unknown } };
  if (format === "graph-model" || modelTopology?.node !== undefined) {
    return "it is a graph model, which has operations in the place of layers: convert it by save_keras_model, not from a SavedModel";
  }
  if (configSchema.safeParse(json).success) return `it is a model's topology alone, without weights: ${remedy}`;
  const kind = fileKind(Buffer.from(JSON.stringify(json)));
  if (kind?.what.startsWith("the index")) return `it is ${kind.what}: ${kind.remedy}`;
  return "need the layers format, { modelTopology, weightsManifest }, as tensorflowjs.converters.save_keras_model writes it";
}

/** Settings that stay without effect here: they concern training, or how a model is fed. */
const inert = new Set(
  (
    "name trainable dtype batch_input_shape batch_size input_dtype sparse ragged seed build_config input_spec supports_masking " +
    "kernel_initializer bias_initializer beta_initializer gamma_initializer moving_mean_initializer moving_variance_initializer " +
    "kernel_regularizer bias_regularizer beta_regularizer gamma_regularizer activity_regularizer kernel_constraint bias_constraint " +
    "beta_constraint gamma_constraint depthwise_initializer depthwise_regularizer depthwise_constraint pointwise_initializer " +
    "pointwise_regularizer pointwise_constraint fused virtual_batch_size synchronized renorm_momentum autocast optional"
  ).split(" "),
);

/** Settings that the loader and the conversion heed, by the class of the layer. */
const heeded: Readonly<Record<string, string>> = {
  InputLayer: "",
  Conv2D: "filters kernel_size strides padding data_format dilation_rate activation use_bias",
  DepthwiseConv2D: "kernel_size strides padding data_format dilation_rate activation use_bias depth_multiplier filters",
  SeparableConv2D: "filters kernel_size strides padding data_format dilation_rate activation use_bias depth_multiplier",
  Dense: "units activation use_bias",
  BatchNormalization: "axis momentum epsilon center scale",
  LayerNormalization: "axis epsilon center scale",
  Activation: "activation",
  Softmax: "axis",
  ReLU: "max_value",
  LeakyReLU: "alpha",
  ELU: "alpha",
  MaxPooling2D: "pool_size strides padding data_format",
  AveragePooling2D: "pool_size strides padding data_format",
  GlobalAveragePooling2D: "data_format",
  [keptMeans]: "data_format",
  [normalization]: "axis mean variance",
  Flatten: "data_format",
  Dropout: "rate noise_shape",
  ZeroPadding2D: "padding data_format",
  Rescaling: "scale offset",
  Reshape: "target_shape",
  Add: "",
  Multiply: "",
  Concatenate: "axis",
};

/** Values at which a setting that would be dropped changes nothing. */
const harmless = (value: unknown) => value === null || value === undefined || value === false || value === 0;

/** What keeps a model, or a model inside it, from being read: a line each. */
function configFaults({ class_name: type, config }: Config, within: string): string[] {
  const name = `${within}${config.name ?? type}`;
  if (config.layers !== undefined) {
    return config.layers.flatMap((layer) => configFaults(layer, within === "" ? "" : `${name}/`));
  }
  if (!(type in tf.serialization.SerializationMap.getMap().classNameMap))
    return [`${name} (${type}): TensorFlow.js has no such layer`];
  const known = heeded[type];
  // What is left to the loader and the conversion, which refuse what they lack.
  if (known === undefined || trainingOnlyLayers.includes(type)) return [];
  return Object.entries(config).flatMap(([setting, value]) => {
    const fault = settingFault(setting, value, known.split(" "));
    return fault === undefined ? [] : [`${name} (${type}): ${fault}`];
  });
}

/** Why a setting of a layer cannot be read, as a clause. @param known those that are heeded */
function settingFault(setting: string, value: unknown, known: readonly string[]): string | undefined {
  if (setting === "data_format" && value === "channels_first") return "it takes channels first, ours are last";
  if (setting === "activation" && known.includes(setting) && !harmless(value)) {
    const activation = typeof value === "object" ? (value as Partial<Config>).class_name : value;
    const isKnown = ["linear", "softmax", "silu", sixthOfRelu6, ...activationNames].includes(String(activation));
    return isKnown ? undefined : `its activation is ${activation}; there are ${activationNames.join(", ")}`;
  }
  const isHeeded = inert.has(setting) || known.includes(setting) || harmless(value);
  if (isHeeded || (setting === "groups" && value === 1)) return undefined;
  return `its setting ${setting} is ${JSON.stringify(value)}, which TensorFlow.js drops`;
}

/** The class of a policy of mixed precision. */
function policyOf(dtype: unknown): unknown {
  return typeof dtype === "object" ? (dtype as { class_name?: unknown } | null)?.class_name : undefined;
}

/**
 * Leaves out what concerns training alone: the loader lacks some of the names that Keras has for it, applies constraints to the
 * weights that it loads, and knows no policy of mixed precision, under which weights are float32 all the same. It knows SiLU as
 * swish.
 */
function leaveOutTraining({ config }: Config): void {
  for (const setting of Object.keys(config)) {
    if (/_(initializer|regularizer|constraint)$/.test(setting)) delete config[setting];
  }
  if (policyOf(config.dtype) === "Policy") config.dtype = "float32";
  if (config.activation === "silu") config.activation = "swish";
  for (const layer of config.layers ?? []) leaveOutTraining(layer);
}

function fixInputShape({ config }: Config, inputShape: readonly number[]): void {
  for (const layer of config.layers ?? []) {
    if ("batch_input_shape" in layer.config) layer.config.batch_input_shape = [null, ...inputShape];
    fixInputShape(layer, inputShape);
  }
}

type Artifacts = Awaited<ReturnType<NonNullable<ReturnType<typeof tf.io.fromMemory>["load"]>>>;

/** What the loader gets, with the weights of the files beside model.json in one piece. */
function artifacts(
  file: string,
  { modelTopology, weightsManifest }: Model,
  weightName: (path: string) => string,
): Artifacts {
  const parts = weightsManifest.flatMap(({ paths }) => paths).map((name) => path.join(path.dirname(file), name));
  const read = parts.map((part) => {
    try {
      return readFileSync(part);
    } catch (error) {
      throw new FileError("read", part, error);
    }
  });
  const weights = Uint8Array.from(Buffer.concat(read));
  const needed = sum(weightsManifest.flatMap((group) => group.weights.map(bytesOf)));
  if (weights.length !== needed) {
    const other = read.map((bytes) => fileKind(bytes));
    const at = other.findIndex((kind) => kind !== null);
    if (at !== -1) throw new RangeError(`${parts[at]} is ${other[at]!.what}: ${other[at]!.remedy}`);
    const files = parts.map((part) => path.basename(part)).join(", ");
    throw new RangeError(
      `${file}: its weights take ${needed} bytes, and ${files} have ${weights.length}: copy them again`,
    );
  }
  const specs = weightsManifest.flatMap((group) => group.weights.map((weight) => ({ ...weight, name: weightName(weight.name) }))); // biome-ignore format: one list
  return {
    modelTopology: modelTopology as object,
    weightSpecs: specs as unknown as NonNullable<Artifacts["weightSpecs"]>,
    weightData: weights.buffer,
  };
}

/** What a weight takes in its file. */
function bytesOf({ shape, dtype, quantization }: Model["weightsManifest"][number]["weights"][number]): number {
  const width = { float16: 2, uint16: 2, uint8: 1, bool: 1, complex64: 8 }[quantization?.dtype ?? dtype] ?? 4;
  return width * shape.reduce((product, side) => product * side, 1);
}

let areRegistered = false;

/**
 * Makes known to the loader what it lacks: the layers that do nothing at inference, each as one that passes its input on, hard swish,
 * x relu6(x + 3) / 6 (Howard et al. 2019, arXiv:1905.02244, sec. 5.2), its factor alone, means that keep their sides, and normalisation by
 * constants.
 */
function registerMissing(): void {
  if (areRegistered) return;
  areRegistered = true;
  class HardSwish extends tf.serialization.Serializable {
    static className = "hardSwish"; // as the loader reads the name
    getConfig(): tfjs.serialization.ConfigDict {
      return {};
    }
    apply(x: tfjs.Tensor): tfjs.Tensor {
      return tf.tidy(() => x.mul(tf.relu6(x.add(3))).div(6));
    }
  }
  tf.serialization.registerClass(HardSwish);
  class SixthOfRelu6 extends HardSwish {
    static override className = "sixthOfRelu6";
    override apply(x: tfjs.Tensor): tfjs.Tensor {
      return tf.tidy(() => tf.relu6(x.add(3)).div(6));
    }
  }
  tf.serialization.registerClass(SixthOfRelu6);
  class KeptMeans extends tf.layers.Layer {
    static className = keptMeans;
    override computeOutputShape(shape: tfjs.Shape): tfjs.Shape {
      return [shape[0]!, 1, 1, shape[3]!];
    }
    override call(inputs: tfjs.Tensor | tfjs.Tensor[]): tfjs.Tensor {
      return tf.mean(Array.isArray(inputs) ? inputs[0]! : inputs, [1, 2], true);
    }
  }
  tf.serialization.registerClass(KeptMeans);
  class Normalization extends tf.layers.Layer {
    static className = normalization;
    private readonly own: { readonly mean?: unknown };
    constructor(config: { readonly mean?: unknown }) {
      super(config as ConstructorParameters<typeof tf.layers.Layer>[0]);
      this.own = config;
    }
    override build(shape: tfjs.Shape): void {
      const { mean } = this.own; // where the settings hold it, there are no weights
      const shapes = { mean: [shape.at(-1)!], variance: [shape.at(-1)!], count: [] };
      for (const [name, sides] of mean === null || mean === undefined ? Object.entries(shapes) : []) {
        this.addWeight(name, sides, "float32", tf.initializers.zeros(), undefined, false);
      }
      super.build(shape);
    }
    override computeOutputShape(shape: tfjs.Shape): tfjs.Shape {
      return shape;
    }
    override getConfig(): tfjs.serialization.ConfigDict {
      return { ...super.getConfig(), ...(this.own as tfjs.serialization.ConfigDict) };
    }
  }
  tf.serialization.registerClass(Normalization);
  const { classNameMap } = tf.serialization.SerializationMap.getMap();
  for (const type of trainingOnlyLayers.filter((name) => !(name in classNameMap))) {
    class PassedOn extends tf.layers.Layer {
      static className = type;
      override computeOutputShape(shape: tfjs.Shape): tfjs.Shape {
        return shape;
      }
      override call(inputs: tfjs.Tensor | tfjs.Tensor[]): tfjs.Tensor {
        return (Array.isArray(inputs) ? inputs[0]! : inputs).clone();
      }
    }
    tf.serialization.registerClass(PassedOn);
  }
}
