/** The layers of `layers.ts`, counted, run and timed. */
import {
  convolution,
  createNetwork,
  disposeNetwork,
  type Layer,
  layerMultiplyAccumulates,
  layersAlone,
  layerWeights,
  type Network,
  normalImages,
  parameter,
  placedLayers,
  receptiveField,
  relu,
  replaceParameter,
  runStem,
  withFreshNetwork,
} from "../../src/networks";
import type { RandomStream } from "../../src/random";
import { type Tensor4D, tf } from "../../src/runtime";
import { type Stack, sampleLayer, stackChannels, stackSide, wide, wideAndBottleneck } from "./layers";
import { differenceFromPerceptron } from "./perceptron";

/** Passes of each that are run before any is timed. */
const warmUpPasses = 3;

/** How the bottleneck is timed: parameters of the experiment. */
interface Timed {
  /** Height and width of the images. */
  readonly side: number;
  readonly batchSize: number;
  readonly timedPasses: number;
}

/** Layers of random kind, window, stride and padding, run on an image of random size. */
export function outputSizes(layers: number, stream: RandomStream) {
  return Array.from({ length: layers }, () => {
    const { layer, input, window, stride, padding } = sampleLayer(stream);
    return {
      measurement: "output size" as const,
      layers: layer.kind,
      input_pixels: input,
      window_pixels: window,
      padding_pixels: padding,
      stride,
      formula_pixels: (input - window + padding) / stride + 1,
      output_pixels: outputSideOf(layer, input),
    };
  });
}

/** Side of the output that a layer, run, makes of a square image. */
function outputSideOf(layer: Layer, input: number): number {
  return withFreshNetwork(layersAlone([layer], [input, input, 1]), 1, (network) => {
    const [, height, width] = runStem(network, tf.ones([1, input, input, 1]), "inference").shape;
    return height === width ? height : Number.NaN;
  });
}

/** Weights of the convolution and of the bottleneck, layer by layer, and the time of both in turn. */
export function bottleneckRows({ side, batchSize, timedPasses }: Timed, seed: number, stream: RandomStream) {
  const shape = [side, side, wide] as const;
  const kinds = wideAndBottleneck.map(({ name, layers }) => ({
    name,
    network: createNetwork(layersAlone(layers, shape), seed),
  }));
  const x = normalImages([batchSize, ...shape], stream);
  try {
    const times = [];
    for (let round = 0; round < warmUpPasses + timedPasses; round++) {
      for (const turn of kinds.keys()) {
        const { name, network } = kinds[(round + turn) % kinds.length]!; // none is always first
        const pass_seconds = passSeconds(network, x);
        if (round < warmUpPasses) continue;
        times.push({ measurement: "time" as const, layers: name, pass: round - warmUpPasses + 1, pass_seconds });
      }
    }
    return [...kinds.flatMap(({ network }) => weightRows(network)), ...times];
  } finally {
    x.dispose();
    for (const { network } of kinds) disposeNetwork(network);
  }
}

function weightRows(network: Network) {
  return placedLayers(network.architecture).flatMap((placed) => {
    if (placed.layer.kind !== "convolution") return [];
    return [
      {
        measurement: "weights" as const,
        layers: placed.layer.name,
        weights: parameter(network, `${placed.layer.name}/kernel`).size,
        multiply_accumulates: layerMultiplyAccumulates(placed),
      },
    ];
  });
}

function passSeconds(network: Network, x: Tensor4D): number {
  return tf.tidy(() => {
    const start = performance.now();
    const y = runStem(network, x, "inference");
    tf.slice4d(y, [0, 0, 0, 0], [1, 1, 1, 1]).dataSync(); // waits for a device that works beside this thread
    return (performance.now() - start) / 1000;
  });
}

/** 1x1 convolutions of random sizes against the perceptron. */
export function perceptronRows(tensors: number, stream: RandomStream) {
  return Array.from({ length: tensors }, () => {
    const [height, width] = [1 + stream.integer(12), 1 + stream.integer(12)];
    const [channels, filters] = [1 + stream.integer(96), 1 + stream.integer(96)];
    const layers = [convolution("pointwise", { filters, size: 1, bias: true }), relu];
    const architecture = layersAlone(layers, [height, width, channels]);
    const relative_difference = withFreshNetwork(architecture, stream.integer(2 ** 31), (network) => {
      const x = normalImages([1, height, width, channels], stream);
      const bias = Float32Array.from({ length: filters }, () => stream.normal());
      replaceParameter(network, "pointwise/bias", tf.tensor1d(bias));
      const y = runStem(network, x, "inference");
      const kernel = parameter(network, "pointwise/kernel").dataSync<"float32">();
      return differenceFromPerceptron(y.dataSync<"float32">(), { values: x.dataSync<"float32">(), kernel, bias });
    });
    return {
      measurement: "perceptron at each pixel" as const,
      layers: `${channels} to ${filters} channels`,
      weights: channels * filters,
      relative_difference,
    };
  });
}

/** Weights of a stack, and the pixels that its middle activation depends on. */
export function fieldRow({ name, sizes }: Stack, seed: number) {
  const layers = sizes.map((size, i) => convolution(`convolution${i + 1}`, { filters: stackChannels, size }));
  const field = receptiveField(layers, { side: stackSide, channels: stackChannels, seed });
  return {
    measurement: "receptive field" as const,
    layers: name,
    weights: layerWeights(layers, [stackSide, stackSide, stackChannels]),
    field_height_pixels: field.height,
    field_width_pixels: field.width,
    field_pixels: field.pixels,
  };
}
