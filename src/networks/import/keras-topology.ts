/**
 * A model's topology as Keras writes it, in the words of Keras 2's layers, which TensorFlow.js's loader knows: Keras 3 writes calls,
 * policies and some settings otherwise, and both write operators, `x + 3`, as operations in the place of layers.
 */
import { z } from "zod";

/** A layer or a model of a topology. */
export interface Config {
  class_name: string;
  config: Record<string, unknown> & { layers?: Config[]; readonly name?: string };
}

export const configSchema: z.ZodType<Config> = z.lazy(() =>
  z.looseObject({
    class_name: z.string(),
    config: z.looseObject({ layers: z.array(configSchema).exactOptional(), name: z.string().exactOptional() }),
  }),
);

/** relu6(x + 3) / 6 (Howard et al. 2019, arXiv:1905.02244, sec. 5.2), which is Keras 3's hard sigmoid; Keras 2's is 0.2 x + 0.5. */
export const sixthOfRelu6 = "sixth_of_relu6";

/** GlobalAveragePooling2D that keeps height and width, of 1 each, which the loader would drop in silence. */
export const keptMeans = "GlobalAveragePooling2DWithSides";

/** (x - mean) / deviation by constants of the layer, which EfficientNet begins with, and TensorFlow.js lacks. */
export const normalization = "Normalization";

/** A layer of a model, with what it is called on. */
interface Entry extends Config {
  readonly name?: string;
  readonly module?: unknown;
  inbound_nodes?: unknown[];
}

/** The output of a layer's call: its name, which of its calls, which of that call's outputs. */
type Place = readonly [layer: string, call: number, output: number];

/**
 * Rewrites a topology in its place.
 *
 * @returns what cannot be said in layers of Keras 2, a line each; and how the loader calls a weight that Keras calls so
 */
export function asKeras2(model: Config): { readonly faults: string[]; weightName(path: string): string } {
  const ofKeras3 = isOfKeras3(model);
  const depthwise = new Set(ofKeras3 ? layersOf(model).flatMap(({ class_name: type, config }) => (type === "DepthwiseConv2D" ? (config.name ?? []) : [])) : []); // biome-ignore format: one set
  return {
    faults: translated(model, "", ofKeras3),
    weightName(path) {
      if (!ofKeras3) return path;
      const [layer = "", weight = ""] = path.split("/").slice(-2); // models around it come before
      return `${layer}/${weight === "kernel" && depthwise.has(layer) ? "depthwise_kernel" : weight}`;
    },
  };
}

function layersOf({ config }: Config): Config[] {
  return (config.layers ?? []).flatMap((layer) => [layer, ...layersOf(layer)]);
}

/** Whether Keras 3 wrote it, whose input layers have other settings. */
function isOfKeras3({ config }: Config): boolean {
  return "batch_shape" in config || (config.layers ?? []).some(isOfKeras3);
}

function translated(model: Config, within: string, ofKeras3: boolean): string[] {
  const { config } = model;
  const entries = config.layers as Entry[] | undefined;
  if (ofKeras3) translateSettings(model);
  if (entries === undefined) return [];
  const faults: string[] = [];
  const refuse = ({ name, class_name: type }: Entry, why: string) => {
    faults.push(`${within}${name ?? type} (${type}): ${why}`);
  };
  for (const entry of entries) {
    faults.push(...translated(entry, `${within}${entry.config.name ?? entry.class_name}/`, ofKeras3));
    if (ofKeras3) translateCalls(entry, refuse);
  }
  for (const end of ["input_layers", "output_layers"]) {
    const places = config[end];
    if (Array.isArray(places) && typeof places[0] === "string") config[end] = [places]; // of one, Keras 3 writes it alone
  }
  for (const entry of entries) {
    if (entry.class_name !== "GlobalAveragePooling2D" || entry.config.keepdims !== true) continue;
    entry.class_name = keptMeans;
    delete entry.config.keepdims;
  }
  config.layers = withoutOperations(entries, config.output_layers, refuse);
  return faults;
}

/** Settings of Keras 3 by Keras 2's names. */
function translateSettings({ class_name: type, config }: Config): void {
  const own = config as Record<string, unknown>;
  if ("batch_shape" in own) {
    own.batch_input_shape = own.batch_shape;
    delete own.batch_shape;
  }
  if (classOf(own.dtype) === "DTypePolicy") own.dtype = "float32"; // weights are, whatever is computed in
  if (type === "LeakyReLU" && "negative_slope" in own) {
    own.alpha = own.negative_slope;
    delete own.negative_slope;
  }
  const activation = classOf(own.activation) === "function" ? (own.activation as Config).config : own.activation;
  if (typeof activation === "string") own.activation = activationsOfKeras3[activation] ?? activation;
}

/** Activations that Keras 2 calls otherwise, or not at all. */
const activationsOfKeras3: Readonly<Record<string, string>> = {
  hard_sigmoid: sixthOfRelu6,
  hard_silu: "hard_swish",
};

function classOf(value: unknown): unknown {
  return typeof value === "object" ? (value as { class_name?: unknown } | null)?.class_name : undefined;
}

type Refuse = (entry: Entry, why: string) => void;

/** What a call of Keras 3 is given: outputs of layers, numbers, and what else its code said. */
const callSchema = z.object({ args: z.array(z.unknown()), kwargs: z.record(z.string(), z.unknown()) });
const tensorSchema = z.looseObject({
  class_name: z.literal("__keras_tensor__"),
  config: z.looseObject({ keras_history: z.tuple([z.string(), z.number(), z.number()]) }),
});

/** Calls of Keras 3 in Keras 2's form; those of operations as Keras 2 writes them, too, with a number or a second output as `y`. */
function translateCalls(entry: Entry, refuse: Refuse): void {
  entry.inbound_nodes = (entry.inbound_nodes ?? []).map((node) => {
    const call = callSchema.safeParse(node);
    if (!call.success) return node;
    const { args, kwargs } = call.data;
    const set = Object.entries(kwargs).find(([, value]) => value !== null && value !== false);
    if (set !== undefined) refuse(entry, `it is called with ${set[0]} = ${JSON.stringify(set[1])}`);
    const given = args.flat().map((arg) => {
      const tensor = tensorSchema.safeParse(arg);
      return tensor.success ? tensor.data.config.keras_history : arg;
    });
    if (isOperation(entry)) return given;
    const odd = given.find((arg) => !Array.isArray(arg));
    if (odd !== undefined) refuse(entry, `it is called on ${JSON.stringify(odd)}`);
    return given.filter((arg) => Array.isArray(arg)).map((place) => [...(place as unknown as Place), {}]);
  });
}

// --- operations

/** By Keras 2's functions, of TensorFlow, and by Keras 3's classes. */
const arithmetic: Readonly<Record<string, "add" | "subtract" | "multiply" | "divide">> = {
  ...{ "__operators__.add": "add", "math.add": "add", Add: "add" },
  ...{ "math.subtract": "subtract", Subtract: "subtract" },
  ...{ "math.multiply": "multiply", Multiply: "multiply" },
  ...{ "math.truediv": "divide", "math.divide": "divide", TrueDivide: "divide", Divide: "divide" },
};
const bent: Readonly<Record<string, string>> = {
  ...{ "nn.relu": "relu", Relu: "relu", "nn.relu6": "relu6", Relu6: "relu6" },
  ...{ "math.sigmoid": "sigmoid", "nn.sigmoid": "sigmoid", Sigmoid: "sigmoid", "math.tanh": "tanh", Tanh: "tanh" },
  ...{ "nn.silu": "swish", "nn.swish": "swish", Silu: "swish", HardSilu: "hard_swish", HardSigmoid: sixthOfRelu6 },
};

function isOperation({ class_name: type, module: from }: Entry): boolean {
  return type === "TFOpLambda" || (typeof from === "string" && from.includes(".ops."));
}

/** What an operation is given, in its order. */
function givenTo({ class_name: type, inbound_nodes: nodes = [] }: Entry): (Place | number)[] | null {
  const [node, ...others] = nodes as unknown[][];
  if (node === undefined || others.length > 0) return null;
  const isOfKeras2 = type === "TFOpLambda" && typeof node[0] === "string";
  const [layer, call, output, { y } = {} as { y?: unknown }] = node as [unknown, unknown, unknown, { y?: unknown }?];
  const given = isOfKeras2 ? [[layer, call, output], ...(y === undefined ? [] : [y])] : node;
  return given.every((one) => typeof one === "number" || (Array.isArray(one) && typeof one[0] === "string"))
    ? given.map((one) => (typeof one === "number" ? one : ((one as unknown[]).slice(0, 3) as unknown as Place)))
    : null;
}

/** The entries with layers in the place of operations: what makes a hard sigmoid or a hard swish as one. */
function withoutOperations(entries: readonly Entry[], ends: unknown, refuse: Refuse): Entry[] {
  const byName = new Map(entries.map((entry) => [entry.name, entry]));
  const taken = new Map<string, number>();
  const place = (value: unknown): void => {
    if (!Array.isArray(value)) return;
    if (typeof value[0] === "string") taken.set(value[0], (taken.get(value[0]) ?? 0) + 1);
    for (const inside of value) place(inside);
    for (const inside of value) place((inside as { y?: unknown } | null)?.y);
  };
  for (const { inbound_nodes: nodes } of entries) place(nodes);
  place(ends);

  const gone = new Set<Entry>();
  /** The layer that makes an output which nothing else takes. */
  const alone = (output: Place | number | undefined): Entry | null => {
    if (output === undefined || typeof output === "number" || taken.get(output[0]) !== 1) return null;
    return byName.get(output[0]) ?? null;
  };
  const one = (entry: Entry): Place | null => {
    const places = placesOf(entry);
    return places.length === 1 ? places[0]! : null;
  };
  /** Of what an output is relu6(x + 3), and the entries that make it so. */
  const relu6OfSum = (output: Place | number | undefined): { x: Place; through: Entry[] } | null => {
    const bend = alone(output);
    const sum = bend !== null && isRelu6(bend) ? alone(one(bend) ?? undefined) : null;
    const terms = sum !== null && operationOf(sum) === "add" ? givenTo(sum) : null;
    const x = terms?.find((term) => typeof term !== "number");
    return terms?.includes(3) && x !== undefined ? { x: x as Place, through: [bend!, sum!] } : null;
  };
  /** What an operation takes a sixth of. */
  const sixthOf = (entry: Entry): Place | null => {
    const [kind, given] = [operationOf(entry), givenTo(entry)];
    const [whole, number] = given?.length === 2 ? [given.find(Array.isArray), given.find((each) => typeof each === "number")] : []; // biome-ignore format: one pair
    if (whole === undefined || number === undefined) return null;
    const isSixth = kind === "multiply" ? Math.abs(6 * number - 1) < 1e-5 : kind === "divide" && number === 6 && given![1] === 6; // biome-ignore format: one condition
    return isSixth ? (whole as Place) : null;
  };
  /** The two that an entry multiplies. */
  const factorsOf = (entry: Entry): readonly Place[] | null => {
    const isProduct = entry.class_name === "Multiply" || operationOf(entry) === "multiply";
    const places = placesOf(entry);
    return isProduct && places.length === 2 ? places : null;
  };
  /** Of what two factors are x and f(x). */
  const squared = (factors: readonly Place[], of: (factor: Place) => { x: Place; through: Entry[] } | null) => {
    const found = factors.map((factor, i) => ({ made: of(factor), other: factors[1 - i]! }));
    return found.find(({ made, other }) => made !== null && String(made.x) === String(other))?.made ?? null;
  };
  const become = (entry: Entry, activation: string, { x, through }: { x: Place; through: Entry[] }) => {
    activate(entry, activation, x);
    for (const each of through) gone.add(each);
  };

  for (const entry of entries) {
    const whole = sixthOf(entry);
    const hardSigmoid = whole && relu6OfSum(whole);
    if (hardSigmoid) become(entry, sixthOfRelu6, hardSigmoid);
    const product = whole && alone(whole);
    const hardSwish = product && squared(factorsOf(product) ?? [], relu6OfSum);
    if (hardSwish) become(entry, "hard_swish", { x: hardSwish.x, through: [product, ...hardSwish.through] });
  }
  for (const entry of entries) {
    const hardSwish = squared(factorsOf(entry) ?? [], (factor) => {
      const gate = alone(factor);
      const isGate = gate?.class_name === "Activation" && gate.config.activation === sixthOfRelu6;
      return isGate ? { x: one(gate)!, through: [gate] } : null;
    });
    if (hardSwish) become(entry, "hard_swish", hardSwish);
  }
  for (const entry of entries) if (!gone.has(entry) && isOperation(entry)) becomeLayer(entry, refuse);
  return entries.filter((entry) => !gone.has(entry));
}

/** The outputs that a layer or an operation is called on, of a single call. */
function placesOf(entry: Entry): Place[] {
  if (isOperation(entry)) return (givenTo(entry) ?? []).filter((given) => typeof given !== "number");
  const [node, ...others] = (entry.inbound_nodes ?? []) as Place[][];
  return node === undefined || others.length > 0 ? [] : node.map(([layer, call, output]) => [layer, call, output]);
}

function operationOf(entry: Entry): string | null {
  if (!isOperation(entry)) return null;
  const name = functionOf(entry);
  return arithmetic[name] ?? bent[name] ?? null;
}

function functionOf({ class_name: type, config }: Entry): string {
  return type === "TFOpLambda" ? String(config.function) : type;
}

function isRelu6(entry: Entry): boolean {
  const { class_name: type, config } = entry;
  const { max_value: most, negative_slope: slope, threshold, activation } = config;
  if (type === "ReLU") return most === 6 && !slope && !threshold;
  return (type === "Activation" && activation === "relu6") || operationOf(entry) === "relu6";
}

function activate(entry: Entry, activation: string, x: Place): void {
  replace(entry, "Activation", { activation }, [x]);
}

function replace(entry: Entry, type: string, settings: object, places: readonly Place[]): void {
  const name = entry.name!;
  entry.class_name = type;
  entry.config = { name, ...settings };
  entry.inbound_nodes = [places.map((place) => [...place, {}])];
  delete (entry as { module?: unknown }).module; // no operation any more
}

/** Puts a layer in the place of an operation. */
function becomeLayer(entry: Entry, refuse: Refuse): void {
  const [kind, given] = [operationOf(entry), givenTo(entry)];
  const places = placesOf(entry);
  const [x] = places;
  if (kind === null || given === null || x === undefined) {
    const known = [...new Set([...Object.values(arithmetic), ...Object.values(bent)])].filter((name) => name !== sixthOfRelu6); // biome-ignore format: one list
    refuse(
      entry,
      `the operation ${functionOf(entry)} has no layer in its place: write it by a layer of Keras; taken are ${known.join(", ")}`,
    );
    return;
  }
  const [number] = given.filter((each) => typeof each === "number");
  const joining = { add: "Add", multiply: "Multiply" }[kind];
  if (places.length === 2 && joining !== undefined) {
    replace(entry, joining, {}, places);
    return;
  }
  if (given.length === 1 && Object.values(bent).includes(kind)) {
    activate(entry, kind, x);
    return;
  }
  const isFirst = typeof given[0] === "number"; // c - x, c / x
  if (number === undefined || given.length !== 2 || (kind === "divide" && isFirst)) {
    refuse(entry, `it makes ${kind} of ${given.length} in a way that no layer has: write it by layers of Keras`);
    return;
  }
  const rescaling = {
    add: { scale: 1, offset: number },
    subtract: isFirst ? { scale: -1, offset: number } : { scale: 1, offset: -number },
    multiply: { scale: number, offset: 0 },
    divide: { scale: 1 / number, offset: 0 },
  }[kind as "add" | "subtract" | "multiply" | "divide"];
  replace(entry, "Rescaling", rescaling, [x]);
}
