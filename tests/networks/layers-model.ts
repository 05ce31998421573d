/** Small LayersModels at random: stacks, residual blocks and branches side by side, with weights that a trained one might have. */
import fc from "fast-check";
import { type Tensor, tf, type tfjs } from "../../src/runtime";
import { normalTensor } from "../tensors";

/** One step of a model over images. */
export type Step =
  | {
      readonly kind: "convolution";
      readonly filters: number;
      readonly size: readonly [number, number];
      readonly stride: 1 | 2;
      readonly padding: "same" | "valid" | 1;
      readonly activation: string;
      readonly useBias: boolean;
    }
  | {
      readonly kind: "depthwise" | "separable";
      readonly each: number;
      readonly activation: string;
      readonly useBias: boolean;
    }
  | { readonly kind: "layer normalisation"; readonly center: boolean; readonly scale: boolean }
  | { readonly kind: "relu6" | "leaky" | "elu" }
  | { readonly kind: "normalisation"; readonly center: boolean; readonly scale: boolean }
  | { readonly kind: "relu" | "padded pool" | "dropout" | "rescaling" | "inner model" }
  | { readonly kind: "activation"; readonly activation: string }
  | { readonly kind: "pool"; readonly of: "max" | "average"; readonly padding: "same" | "valid" }
  | { readonly kind: "branches"; readonly branches: readonly (readonly Step[])[] }
  | {
      readonly kind: "residual";
      readonly branch: readonly Step[];
      readonly shortcut: "identity" | "projection";
      readonly stride: 1 | 2;
      readonly shortcutFirst: boolean;
      readonly after: readonly Step[];
    };

/** A model over images of 8x8x2 and three classes. */
export interface ModelSketch {
  readonly steps: readonly Step[];
  readonly flatten: boolean;
  readonly hidden: boolean;
  readonly softmax: "none" | "of the dense layer" | "a layer" | "an activation";
}

const activation = fc.constantFrom(..."linear relu sigmoid tanh relu6 elu swish gelu gelu_new".split(" "));

/** Steps that keep height and width, so that any may stand in a branch. */
const keeping: fc.Arbitrary<Step> = fc.oneof(
  fc.record({
    kind: fc.constant("convolution" as const),
    filters: fc.integer({ min: 1, max: 4 }),
    size: fc.constantFrom([3, 3] as const, [1, 1] as const, [1, 3] as const),
    stride: fc.constant(1 as const),
    padding: fc.constant("same" as const),
    activation,
    useBias: fc.boolean(),
  }),
  fc.record({
    kind: fc.constantFrom("normalisation" as const, "layer normalisation" as const),
    center: fc.boolean(),
    scale: fc.boolean(),
  }),
  fc.record({
    kind: fc.constantFrom("depthwise" as const, "separable" as const),
    each: fc.integer({ min: 1, max: 2 }),
    activation,
    useBias: fc.boolean(),
  }),
  fc.record({
    kind: fc.constantFrom(...(["relu", "dropout", "rescaling", "relu6", "leaky", "elu"] as const)),
  }),
  fc.record({ kind: fc.constant("activation" as const), activation }),
);

const resizing: fc.Arbitrary<Step> = fc.oneof(
  fc.record({
    kind: fc.constant("convolution" as const),
    filters: fc.integer({ min: 1, max: 4 }),
    size: fc.constantFrom([3, 3] as const, [2, 2] as const),
    stride: fc.constantFrom(1 as const, 2 as const),
    padding: fc.constantFrom("same" as const, "valid" as const, 1 as const),
    activation,
    useBias: fc.boolean(),
  }),
  fc.record({ kind: fc.constantFrom("padded pool" as const, "inner model" as const) }),
  fc.record({
    kind: fc.constant("pool" as const),
    of: fc.constantFrom("max" as const, "average" as const),
    padding: fc.constantFrom("same" as const, "valid" as const),
  }),
);

const inBranch = fc.array(keeping, { maxLength: 3 });

const joining: fc.Arbitrary<Step> = fc.oneof(
  fc.record({
    kind: fc.constant("branches" as const),
    branches: fc.array(inBranch, { minLength: 2, maxLength: 3 }),
  }),
  fc.record({
    kind: fc.constant("residual" as const),
    branch: inBranch,
    shortcut: fc.constantFrom("identity" as const, "projection" as const),
    stride: fc.constantFrom(1 as const, 2 as const),
    shortcutFirst: fc.boolean(),
    after: fc.array(keeping, { maxLength: 2 }),
  }),
);

/** Sketches of models; at most one step that makes the images smaller for each two that keep them. */
export const modelSketch: fc.Arbitrary<ModelSketch> = fc.record({
  steps: fc.array(
    fc.oneof({ weight: 3, arbitrary: keeping }, { weight: 1, arbitrary: resizing }, { weight: 3, arbitrary: joining }),
    { maxLength: 5 },
  ),
  flatten: fc.boolean(),
  hidden: fc.boolean(),
  softmax: fc.constantFrom(
    "none" as const,
    "of the dense layer" as const,
    "a layer" as const,
    "an activation" as const,
  ),
});

export const imageShape = [8, 8, 2] as const;

type Symbolic = tfjs.SymbolicTensor;

/** The model of a sketch, with weights sampled by seed. The caller disposes it. */
export function buildModel(sketch: ModelSketch, seed: number): tfjs.LayersModel {
  const input = tf.input({ shape: [...imageShape] });
  let x = sketch.steps.reduce(applyStep, input);
  x = apply(sketch.flatten ? tf.layers.flatten() : tf.layers.globalAveragePooling2d({}), x);
  if (sketch.hidden) x = apply(tf.layers.dense({ units: 4, activation: "relu" }), x);
  const softmax = sketch.softmax === "of the dense layer" ? ({ activation: "softmax" } as const) : {};
  x = apply(tf.layers.dense({ units: 3, ...softmax }), x);
  if (sketch.softmax === "a layer") x = apply(tf.layers.softmax(), x);
  if (sketch.softmax === "an activation") x = apply(tf.layers.activation({ activation: "softmax" }), x);
  const model = tf.model({ inputs: input, outputs: x });
  sampleWeights(model, seed);
  return model;
}

/** Gives a model weights by seed and by their names or their places in the model; variances are positive. */
export function sampleWeights(model: tfjs.LayersModel, seed: number, by: "by name" | "by place" = "by place"): void {
  const sampled = model.weights.map((weight, i) => {
    const deviates = normalTensor<Tensor>(
      weight.shape as number[],
      seed,
      by === "by name" ? weight.originalName : `weight ${i}`,
    );
    const values = weight.originalName.endsWith("moving_variance")
      ? tf.tidy(() => deviates.square().add(0.5))
      : tf.tidy(() => deviates.mul(0.5));
    deviates.dispose();
    return values;
  });
  model.setWeights(sampled);
  tf.dispose(sampled);
}

/** What a step makes of an image; steps that no longer fit an image grown small leave it as it is. */
function applyStep(x: Symbolic, step: Step): Symbolic {
  const [, height = 0, width = 0, channels = 0] = x.shape as number[];
  const least = Math.min(height, width);
  switch (step.kind) {
    case "convolution": {
      const { filters, size, stride, padding, activation: follows, useBias } = step;
      if (padding !== "same" && least < 3) return x;
      const padded = padding === 1 ? apply(tf.layers.zeroPadding2d({ padding: [1, 1] }), x) : x;
      const geometry = { kernelSize: [...size], strides: stride, padding: padding === 1 ? "valid" : padding } as const;
      return apply(tf.layers.conv2d({ filters, ...geometry, activation: follows, useBias } as never), padded);
    }
    case "normalisation":
      return apply(tf.layers.batchNormalization({ center: step.center, scale: step.scale }), x);
    case "layer normalisation":
      return apply(tf.layers.layerNormalization({ center: step.center, scale: step.scale }), x);
    case "depthwise":
    case "separable": {
      const { kind, each, activation: follows, useBias } = step;
      const how = { kernelSize: 3, padding: "same", depthMultiplier: each, activation: follows, useBias } as never;
      const made = kind === "depthwise" ? tf.layers.depthwiseConv2d(how) : separable(how);
      return apply(made, x);
    }
    case "relu6":
      return apply(tf.layers.reLU({ maxValue: 6 }), x);
    case "leaky":
      return apply(tf.layers.leakyReLU({ alpha: 0.2 }), x);
    case "elu":
      return apply(tf.layers.elu(), x);
    case "relu":
      return apply(tf.layers.reLU(), x);
    case "dropout":
      return apply(tf.layers.dropout({ rate: 0.3 }), x);
    case "rescaling":
      return apply(tf.layers.rescaling({ scale: 0.5, offset: channels - 2 }), x);
    case "activation":
      return apply(tf.layers.activation({ activation: step.activation as never }), x);
    case "padded pool": {
      if (least < 3) return x;
      const padded = apply(tf.layers.zeroPadding2d({ padding: 1 as never }), apply(tf.layers.reLU(), x));
      return apply(tf.layers.maxPooling2d({ poolSize: 3, strides: 2 }), padded);
    }
    case "inner model": {
      if (least < 3) return x;
      const inner = tf.sequential();
      inner.add(tf.layers.conv2d({ filters: 2, kernelSize: 3, inputShape: [height, width, channels] }));
      inner.add(tf.layers.reLU());
      return apply(inner, x);
    }
    case "pool": {
      if (least < 2) return x;
      const { of, padding } = step;
      const pool = { poolSize: 2, strides: 2, padding } as const;
      return apply(of === "max" ? tf.layers.maxPooling2d(pool) : tf.layers.averagePooling2d(pool), x);
    }
    case "branches": {
      const ends = step.branches.map((branch) => branch.reduce(applyStep, x));
      return apply(tf.layers.concatenate(), ends);
    }
    case "residual": {
      const { branch, shortcut, shortcutFirst, after } = step;
      const stride = shortcut === "identity" ? 1 : step.stride;
      const filters = shortcut === "identity" ? channels : channels + 1;
      const same = (strides: 1 | 2, kernelSize: number, from: Symbolic) =>
        apply(tf.layers.conv2d({ filters, kernelSize, strides, padding: "same", useBias: false }), from);
      const residual = same(stride, 3, apply(tf.layers.reLU(), branch.reduce(applyStep, x)));
      // a second convolution, so that the projection is the branch with fewer of them
      const ends = [same(1, 1, residual), shortcut === "identity" ? x : same(stride, 1, x)];
      const sum = apply(tf.layers.add(), shortcutFirst ? ends.reverse() : ends);
      return after.reduce(applyStep, sum);
    }
  }
}

function separable(how: object) {
  return tf.layers.separableConv2d({ filters: 3, ...how } as never);
}

/** A layer on a symbolic tensor, or on several. */
export function apply(layer: { apply(inputs: never): unknown }, inputs: Symbolic | Symbolic[]): Symbolic {
  return layer.apply(inputs as never) as Symbolic;
}
