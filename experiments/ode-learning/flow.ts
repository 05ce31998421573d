/**
 * What `../ode-learning.ts` measures of an equation's network: it learns a problem in the cell's way, and is run as trained,
 * with noise on its inputs, at other step sizes and at other depths.
 */
import { performance } from "node:perf_hooks";
import { epochOrder, gatherBatch, labelsOf, sampleToyProblem, toyProblemNames } from "../../src/data";
import {
  createFlow,
  disposeFlow,
  disposeFlowParameters,
  type FlowShape,
  flowAtDepth,
  flowFeatures,
  flowParameterCount,
  flowPredictions,
  flowRoughness,
  inFeaturePlane,
  type LearnedFlow,
  refineFlow,
  trainFlow,
} from "../../src/dynamics";
import type { MeasuredRow, Measuring } from "../../src/experiment";
import type { RandomStream } from "../../src/random";
import { type Tensor2D, tf } from "../../src/runtime";
import { learningRate, prepareImages } from "../../src/training";
import { type Cell, type columns, free, multiLevel, type Params, piecewiseLinear, regularised, watched } from "./rows";

type Measured = MeasuredRow<typeof columns, Cell>;

/** Points a side of the square on which regions are drawn. */
const regionSide = 25;
/** Test points that are watched on their way through the layers. */
const watchedPoints = 100;

/** What every row has of one run. */
function as(measurement: NonNullable<Measured["measurement"]>, layers: number, step_factor: number) {
  return { measurement, layers, step_factor, input_noise: 0 };
}

/** Trains an equation's network and runs it as trained, with noise, at other step sizes and at other depths. */
export async function measureFlow(run: Measuring, cell: Cell, params: Params): Promise<Measured[]> {
  const { training, test, shape } = await examplesOf(run, cell, params);
  const examples = {
    x: tensorOf(training),
    targets: tf.tidy(() => tf.oneHot(tf.tensor1d(training.labels, "int32"), shape.classes).toFloat() as Tensor2D),
  };
  const begun = performance.now();
  const flow = await learn(run, cell, shape, params, examples);
  const training_seconds = (performance.now() - begun) / 1000;
  tf.dispose([examples.x, examples.targets]);

  const { layers } = params;
  const trainedStep = params.time / layers;
  const errorOf = (points: Points, run_layers: number, stepSize: number): number => {
    const classes = predict(flow, points, run_layers, stepSize);
    return (100 * classes.filter((found, i) => found !== points.labels[i]).length) / classes.length;
  };
  const rows: Measured[] = [
    {
      ...as("as trained", layers, 1),
      error_percent: errorOf(test, layers, trainedStep),
      parameters: flowParameterCount(shape, flow.knots),
      roughness: flowRoughness(flow, layers),
      layer_runs: Math.round(params.flowSteps * runsPerStep(cell, params)),
      training_seconds,
    },
    ...params.noises.map((noise) => ({
      ...as("input noise", layers, 1),
      input_noise: noise,
      error_percent: errorOf(withNoise(test, noise, run.random("noise on inputs")), layers, trainedStep),
    })),
    ...params.stepFactors.map((factor) => ({
      ...as("step size", layers, factor),
      error_percent: errorOf(test, layers, factor * trainedStep),
    })),
    ...params.depthFactors
      .flatMap((times) => [layers * times, layers / times])
      .filter((other) => Number.isInteger(other))
      .map((other) => ({
        ...as("depth", other, layers / other),
        error_percent: errorOf(test, other, params.time / other),
      })),
  ];
  // Regions and weights are drawn of the first seed.
  if (cell.seed === 1 && cell.problem !== "images") {
    rows.push(...weightRows(flow, layers));
    if (cell.network === piecewiseLinear) {
      const square = squareOfPoints();
      const classes = predict(flow, square, layers, trainedStep);
      const regionRow = (predicted_class: number, i: number): Measured => ({
        ...as("region", layers, 1),
        ...{ x: square.values[2 * i]!, y: square.values[2 * i + 1]!, predicted_class },
      });
      rows.push(...[...classes].map(regionRow));
    }
    const isWatched = cell.problem === watched && (cell.network === free || cell.network === piecewiseLinear);
    if (isWatched) rows.push(...featureRows(flow, test, layers, trainedStep));
  }
  disposeFlow(flow);
  return rows;
}

/** A network with its weights learned in the cell's way; the caller disposes it. */
async function learn(
  run: Measuring,
  { seed, network }: Cell,
  shape: FlowShape,
  params: Params,
  examples: { readonly x: Tensor2D; readonly targets: Tensor2D },
): Promise<LearnedFlow> {
  const depths =
    network === multiLevel
      ? Array.from({ length: params.levels }, (_, level) => params.layers / 2 ** (params.levels - 1 - level))
      : [params.layers];
  const steps = Math.ceil(params.flowSteps / depths.length);
  let flow = createFlow(shape, network === piecewiseLinear ? params.knots : depths[0]!, seed);
  for (const [level, layers] of depths.entries()) {
    const started = network === multiLevel ? refineFlow(flow, layers) : flow;
    const trained = await trainFlow(started, examples, {
      ...{ layers, time: params.time, steps, signal: run.watched.signal },
      smoothness: network === regularised ? params.smoothness : 0,
      learningRate: (step) => learningRate({ kind: "one cycle", peak: params.flowRate, rise: 0.25 }, step, steps),
      onProgress: (done) =>
        run.watched.progress({
          phase: `${network}: training`,
          done: level * steps + done,
          total: depths.length * steps,
        }),
    });
    for (const old of new Set([flow, started])) disposeFlow(old);
    flow = trained;
  }
  return flow;
}

/** Layers run in each step of the training, mean over the steps: fewer than there are, where levels rise to them. */
function runsPerStep({ network }: Cell, params: Params): number {
  if (network !== multiLevel) return params.layers;
  return (params.layers * (2 - 2 ** (1 - params.levels))) / params.levels;
}

/** Labelled points of any dimension, [points, inputs]. */
interface Points {
  readonly values: Float32Array;
  readonly labels: Int32Array;
}

async function examplesOf(
  run: Measuring,
  { seed, problem }: Cell,
  params: Params,
): Promise<{ training: Points; test: Points; shape: FlowShape }> {
  const name = toyProblemNames.find((known) => known === problem);
  if (name !== undefined) {
    const sample = (part: string, howMany: number) => sampleToyProblem(name, { count: howMany, seed, part });
    const { inputs: values, labels, classes } = sample("training", params.points);
    const test = sample("test", params.testPoints);
    const shape = { inputs: 2, width: params.flowWidth, classes, opening: false };
    return { training: { values, labels }, test: { values: test.inputs, labels: test.labels }, shape };
  }
  const { training, test, channelStatistics } = prepareImages(await run.data(), params, seed);
  const places = epochOrder(training.count, seed, 0).slice(0, params.flowImages);
  const tested = Uint32Array.from({ length: Math.min(test.count, params.testImages) }, (_, place) => place);
  const { height, width, channels } = training;
  return {
    training: { values: gatherBatch(training, places, channelStatistics), labels: labelsOf(training, places) },
    test: { values: gatherBatch(test, tested, channelStatistics), labels: labelsOf(test, tested) },
    shape: { inputs: height * width * channels, width: params.imageWidth, classes: 10, opening: true },
  };
}

/** The same noise for every network of a seed. */
function withNoise({ values, labels }: Points, noise: number, stream: RandomStream): Points {
  const rootMeanSquare = Math.sqrt(values.reduce((total, value) => total + value ** 2, 0) / values.length);
  return { values: values.map((value) => value + noise * rootMeanSquare * stream.normal()), labels };
}

function predict(flow: LearnedFlow, points: Points, layers: number, stepSize: number): Int32Array {
  const x = tensorOf(points);
  const at = flowAtDepth(flow, layers);
  const classes = flowPredictions(at, x, { stepSize });
  disposeFlowParameters(at);
  x.dispose();
  return classes;
}

function tensorOf({ values, labels }: Points): Tensor2D {
  return tf.tensor2d(values, [labels.length, values.length / labels.length]);
}

function squareOfPoints(): Points {
  const at = (place: number) => (2 * place) / (regionSide - 1) - 1;
  const places = Array.from({ length: regionSide }, (_, place) => place);
  const values = Float32Array.from(places.flatMap((up) => places.flatMap((across) => [at(across), at(up)])));
  return { values, labels: new Int32Array(regionSide ** 2) };
}

/** Where some test points are at each time, in the plane where the classifier decides and they move most. */
function featureRows(flow: LearnedFlow, { values, labels }: Points, layers: number, stepSize: number): Measured[] {
  const shown = { values: values.subarray(0, 2 * watchedPoints), labels: labels.subarray(0, watchedPoints) };
  const at = flowAtDepth(flow, layers);
  const features = tf.tidy(() => flowFeatures(at, tensorOf(shown), { stepSize }));
  const places = inFeaturePlane(
    features.map((tensor) => tensor.dataSync<"float32">()),
    at.classifier.dataSync<"float32">(),
    flow.shape.classes,
  );
  tf.dispose(features);
  disposeFlowParameters(at);
  return places.flatMap((points, layer) =>
    points.map(([x, y], i) => ({
      ...as("features", layers, 1),
      ...{ x, y, label: shown.labels[i]!, time: layer / layers },
    })),
  );
}

/** The weight from the first feature to itself by time. */
function weightRows(flow: LearnedFlow, layers: number): Measured[] {
  const at = flowAtDepth(flow, layers);
  const kernels = at.kernels.dataSync<"float32">();
  disposeFlowParameters(at);
  const size = kernels.length / layers;
  return Array.from({ length: layers }, (_, layer) => ({
    ...as("weight", layers, 1),
    ...{ time: layer / (layers - 1), weight: kernels[layer * size]! },
  }));
}
