/** What one cell of `../ode-stability.ts` measures, for each of its parts. */
import { setImmediate } from "node:timers/promises";
import {
  amplification,
  type EnergyMethod,
  energyErrors,
  jacobianEigenvalues,
  type Layout,
  type Method,
  measuredGrowth,
  networkBoundary,
  oscillations,
  pointOn,
  randomGrowth,
  raysOf,
  sampleBlocks,
  stabilityBoundary,
  stateSize,
  trajectory,
  type Vector,
  worstGrowth,
} from "../../src/dynamics";
import type { CellRun, Row } from "../../src/experiment";
import { buildUniformNetwork, createNetwork, disposeNetwork, fullRoute, signalNorms } from "../../src/networks";
import { softmaxCrossEntropy } from "../../src/ops";
import { type RandomStream, randomStream } from "../../src/random";
import { type Tensor2D, tf } from "../../src/runtime";
import { mean } from "../../src/statistics";
import type { Cell, Parameters } from "../ode-stability";
import { meanSquareTheory, type NetworkKind, networkKinds, stepRules } from "./parts";

export interface Measured extends Row {
  readonly step_size: number | null;
  readonly depth: number | null;
  readonly re: number | null;
  readonly im: number | null;
  readonly growth: number | null;
  readonly worst_growth: number | null;
  readonly theory: number | null;
  readonly border: number | null;
  readonly angle_degrees: number | null;
  readonly time: number | null;
  readonly energy_error: number | null;
  readonly log10_mean_square: number | null;
  readonly log10_gradient_square: number | null;
}

const nothing: Measured = {
  step_size: null,
  depth: null,
  re: null,
  im: null,
  growth: null,
  worst_growth: null,
  theory: null,
  border: null,
  angle_degrees: null,
  time: null,
  energy_error: null,
  log10_mean_square: null,
  log10_gradient_square: null,
};

/** Reach of the plane's drawing: h λ from -3 to 1 across, -3.5 to 3.5 upwards. */
const plane = { re: [-3, 1], im: [-3.5, 3.5] } as const;

/** Lets messages and signals in: arithmetic blocks this thread. */
async function breathe(run: CellRun): Promise<void> {
  await setImmediate();
  run.signal.throwIfAborted();
}

function normalVector(size: number, stream: RandomStream): Vector {
  return Float64Array.from({ length: size }, () => stream.normal());
}

/** Places from one end to the other, both included. */
function places([from, to]: readonly [number, number], howMany: number): number[] {
  return Array.from({ length: howMany }, (_, i) => from + ((to - from) * i) / Math.max(1, howMany - 1));
}

export async function planeRows({ seed, subject }: Cell, params: Parameters, run: CellRun): Promise<Measured[]> {
  const method = subject as Method;
  const stream = randomStream(seed, "growth on the plane", method);
  const rows: Measured[] = [];
  for (const im of places(plane.im, params.planeCells)) {
    await breathe(run);
    for (const re of places(plane.re, params.planeCells)) {
      const growth = measuredGrowth(method, { re, im }, 1, params.planeSteps, normalVector(2, stream));
      rows.push({ ...nothing, step_size: 1, re, im, growth, theory: amplification(method, { re, im }) });
    }
    run.progress({ phase: `${method} on the plane`, done: rows.length, total: params.planeCells ** 2 });
  }
  return rows;
}

export async function borderRows({ seed, subject }: Cell, params: Parameters, run: CellRun): Promise<Measured[]> {
  const method = subject as Method;
  const stream = randomStream(seed, "border of stability", method);
  const rows: Measured[] = [];
  for (const h of params.rayStepSizes) {
    for (const ray of raysOf(method, h, params.rays, stream)) {
      const { measured: border, theory } = stabilityBoundary(method, ray, h, params.raySteps, normalVector(2, stream));
      const { re, im } = pointOn(ray, border);
      rows.push({
        ...nothing,
        ...{ step_size: h, depth: params.raySteps, angle_degrees: ray.degrees, border, theory, re: h * re, im: h * im },
      });
      await breathe(run);
      const total = params.rays * params.rayStepSizes.length;
      run.progress({ phase: `${method}: border of stability`, done: rows.length, total });
    }
  }
  return rows;
}

function networkKind({ subject }: Pick<Cell, "subject">): NetworkKind {
  return networkKinds.find(({ name }) => name === subject)!;
}

export async function perturbationRows(cell: Cell, params: Parameters, run: CellRun): Promise<Measured[]> {
  const { seed, system, subject } = cell;
  const { kind, damped: hasDamping } = networkKind(cell);
  const { units, side, channels, biasDeviation, knots, iterations, directions } = params;
  const layout: Layout =
    system === "convolution"
      ? { kind: "convolution", height: side, width: side, channels, side: 3 }
      : { kind: "dense", units };
  const network = (depth: number) =>
    sampleBlocks(
      {
        ...{ kind, layout, depth, biasDeviation, damping: hasDamping ? params.damping : 0 },
        knots: system === "dense, changing weights" ? knots : 1,
      },
      randomStream(seed, "weights", system), // equal draws for all kinds
    );
  const inputs = Array.from({ length: params.inputs }, (_, i) =>
    normalVector(stateSize(layout), randomStream(seed, "input", system, i)),
  );
  const rows: Measured[] = [];
  const phase = `${subject}, ${system}`;
  const total = params.stepSizes.length * params.depths.length;
  for (const step_size of params.stepSizes) {
    for (const depth of params.depths) {
      const blocks = network(depth);
      const logarithms: { random: number; worst: number }[] = [];
      for (const [i, x] of inputs.entries()) {
        const stream = randomStream(seed, "perturbations", phase, step_size, depth, i);
        logarithms.push({
          random: Math.log(randomGrowth(blocks, x, step_size, directions, stream)),
          worst: Math.log(worstGrowth(blocks, x, step_size, iterations, stream)),
        });
        await breathe(run);
      }
      const growth = Math.exp(mean(logarithms.map(({ random }) => random)));
      const worst_growth = Math.exp(mean(logarithms.map(({ worst }) => worst)));
      rows.push({ ...nothing, step_size, depth, growth, worst_growth });
      run.progress({ phase, done: rows.length, total });
    }
  }
  rows.push(...eigenvalueRows(cell, network(Math.max(...params.depths)), inputs[0]!, Math.min(...params.stepSizes)));
  if (hasDamping) {
    const stream = () => randomStream(seed, "border", subject, system);
    const deep = network(params.borderDepth);
    const { measured, predicted } = await networkBoundary(deep, inputs[0]!, stream, () => breathe(run));
    rows.push({ ...nothing, depth: deep.length, border: measured, theory: predicted });
  }
  return rows;
}

/** Eigenvalues of the Jacobian half way through a network. */
function eigenvalueRows({ seed }: Cell, blocks: ReturnType<typeof sampleBlocks>, x: Vector, h: number): Measured[] {
  const half = Math.floor(blocks.length / 2);
  const state = trajectory(blocks.slice(0, half), x, h)[half]!;
  const found = jacobianEigenvalues(blocks[half]!, state, randomStream(seed, "eigenvalues"));
  return found.map(({ re, im }) => ({ ...nothing, step_size: h, depth: blocks.length, re, im }));
}

/** Stretches of time in which the energy's error is looked at. */
const stretches = 20;

export function energyRows({ seed, subject, system }: Cell, { energyTime, energyStepSizes }: Parameters): Measured[] {
  const oscillation = oscillations[system as keyof typeof oscillations];
  const stream = randomStream(seed, "energy", system);
  const start = { y: 0.5 + stream.uniform(), z: stream.uniform() - 0.5 }; // the pendulum swings, and does not turn over
  return energyStepSizes.flatMap((h) => {
    const steps = Math.floor(energyTime / h);
    return energyErrors(subject as EnergyMethod, oscillation, start, h, steps, stretches).map(({ time, error }) => ({
      ...{ ...nothing, step_size: h, depth: steps, time, energy_error: error },
    }));
  });
}

export async function signalRows({ seed, subject }: Cell, params: Parameters, run: CellRun): Promise<Measured[]> {
  const { signalDepths, signalUnits, signalBatch } = params;
  const rule = stepRules.find(({ name }) => name === subject)!;
  const classes = 10;
  const pixels = 8;
  const architecture = buildUniformNetwork({
    ...{ depth: Math.max(...signalDepths), width: signalUnits, inputShape: [pixels, pixels, 1], classes },
    ...{ layer: "dense", activation: "relu", gain: 2, residual: true },
  });
  const network = createNetwork(architecture, seed);
  const stream = randomStream(seed, "signals");
  const values = Float32Array.from({ length: signalBatch * pixels * pixels }, () => stream.normal());
  const labels = Int32Array.from({ length: signalBatch }, () => stream.integer(classes));
  const x = tf.tensor4d(values, [signalBatch, pixels, pixels, 1]);
  const targets = tf.tidy(() => tf.oneHot(tf.tensor1d(labels, "int32"), classes).toFloat() as Tensor2D);
  const lossGradient = (logits: Tensor2D): Tensor2D =>
    tf.mul(softmaxCrossEntropy(logits, targets).gradient, 1 / signalBatch);
  const rows: Measured[] = [];
  try {
    for (const depth of signalDepths) {
      await breathe(run);
      const scale = rule.stepSize(depth);
      const route = fullRoute(architecture)
        .slice(0, depth)
        .map((step) => ({ ...step, scale }));
      const { activations, gradients } = signalNorms(network, x, lossGradient, route);
      rows.push({
        ...nothing,
        ...{ step_size: scale, depth, theory: meanSquareTheory(scale, depth) },
        log10_mean_square: activations[depth]! - activations[0]!,
        log10_gradient_square: 2 * (gradients[0]! - gradients[depth]!),
      });
      run.progress({ phase: subject, done: rows.length, total: signalDepths.length });
    }
    return rows;
  } finally {
    tf.dispose([x, targets]);
    disposeNetwork(network);
  }
}
