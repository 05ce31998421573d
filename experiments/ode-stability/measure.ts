/** What one cell of `../ode-stability.ts` measures, for each of its parts. */
import {
  amplification,
  type Block,
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
import type { MeasuredRow, Measuring } from "../../src/experiment";
import { buildUniformNetwork, createNetwork, disposeNetwork, fullRoute, signalNorms } from "../../src/networks";
import { softmaxCrossEntropy } from "../../src/ops";
import type { RandomStream } from "../../src/random";
import { type Tensor2D, tf } from "../../src/runtime";
import { mean } from "../../src/statistics";
import { blockKinds, type Cell, type columns, damped, meanSquareTheory, type Params, stepRules } from "./rows";

type Measured = MeasuredRow<typeof columns, Cell>;
type Measure = (run: Measuring, cell: Cell, params: Params) => Promise<Measured[]> | Measured[];

/** How each part is measured. */
export const measures: Readonly<Record<Cell["part"], Measure>> = {
  "growth on the plane": planeRows,
  "border of stability": borderRows,
  perturbations: perturbationRows,
  energy: energyRows,
  signals: signalRows,
};

/** Reach of the plane's drawing: h λ from -3 to 1 across, -3.5 to 3.5 upwards. */
const plane = { re: [-3, 1], im: [-3.5, 3.5] } as const;
/** Stretches of time in which the energy's error is looked at. */
const stretches = 20;
/** Classes, and side of the images, of the networks whose signals are measured. */
const [classes, pixels] = [10, 8];

function normalVector(size: number, stream: RandomStream): Vector {
  return Float64Array.from({ length: size }, () => stream.normal());
}

/** Places from one end to the other, both included. */
function places([from, to]: readonly [number, number], howMany: number): number[] {
  return Array.from({ length: howMany }, (_, i) => from + ((to - from) * i) / Math.max(1, howMany - 1));
}

async function planeRows(run: Measuring, { part, subject }: Cell, { planeCells, planeSteps }: Params) {
  const method = subject as Method;
  const stream = run.random(part, method);
  const rows: Measured[] = [];
  for (const im of places(plane.im, planeCells)) {
    for (const re of places(plane.re, planeCells)) {
      const growth = measuredGrowth(method, { re, im }, 1, planeSteps, normalVector(2, stream));
      rows.push({ step_size: 1, re, im, growth, theory: amplification(method, { re, im }) });
    }
    await run.progress(`${method} on the plane`, rows.length, planeCells ** 2);
  }
  return rows;
}

async function borderRows(run: Measuring, { part, subject }: Cell, { rays, raySteps, rayStepSizes }: Params) {
  const method = subject as Method;
  const stream = run.random(part, method);
  const rows: Measured[] = [];
  for (const h of rayStepSizes) {
    for (const ray of raysOf(method, h, rays, stream)) {
      const { measured: border, theory } = stabilityBoundary(method, ray, h, raySteps, normalVector(2, stream));
      const { re, im } = pointOn(ray, border);
      rows.push({
        ...{ step_size: h, depth: raySteps, angle_degrees: ray.degrees, border, theory, re: h * re, im: h * im },
      });
      await run.progress(`${method}: border of stability`, rows.length, rays * rayStepSizes.length);
    }
  }
  return rows;
}

async function perturbationRows(run: Measuring, { subject, system }: Cell, params: Params) {
  const { depths, stepSizes, iterations, directions } = params;
  const layout: Layout =
    system === "convolution"
      ? { kind: "convolution", height: params.side, width: params.side, channels: params.channels, side: 3 }
      : { kind: "dense", units: params.units };
  const options = {
    ...{ kind: blockKinds[subject]!, layout, biasDeviation: params.biasDeviation },
    damping: subject === damped ? params.damping : 0,
    knots: system === "dense, changing weights" ? params.knots : 1,
  };
  const network = (depth: number) => sampleBlocks({ ...options, depth }, run.random("weights", system)); // equal draws for all kinds
  const inputs = Array.from({ length: params.inputs }, (_, i) =>
    normalVector(stateSize(layout), run.random("input", system, i)),
  );
  const rows: Measured[] = [];
  const phase = `${subject}, ${system}`;
  const progress = () => run.progress(phase, rows.length, stepSizes.length * depths.length);
  for (const step_size of stepSizes) {
    for (const depth of depths) {
      const blocks = network(depth);
      const logarithms: { random: number; worst: number }[] = [];
      for (const [i, x] of inputs.entries()) {
        const stream = run.random("perturbations", phase, step_size, depth, i);
        logarithms.push({
          random: Math.log(randomGrowth(blocks, x, step_size, directions, stream)),
          worst: Math.log(worstGrowth(blocks, x, step_size, iterations, stream)),
        });
        await progress();
      }
      const growth = Math.exp(mean(logarithms.map(({ random }) => random)));
      const worst_growth = Math.exp(mean(logarithms.map(({ worst }) => worst)));
      rows.push({ step_size, depth, growth, worst_growth });
    }
  }
  const stream = run.random("eigenvalues");
  rows.push(...eigenvalueRows(network(Math.max(...depths)), inputs[0]!, Math.min(...stepSizes), stream));
  if (subject !== damped) return rows;
  const deep = network(params.borderDepth);
  const border = await networkBoundary(deep, inputs[0]!, () => run.random("border", subject, system), progress);
  return [...rows, { depth: deep.length, border: border.measured, theory: border.predicted }];
}

/** Eigenvalues of the Jacobian half way through a network. */
function eigenvalueRows(blocks: readonly Block[], x: Vector, h: number, stream: RandomStream): Measured[] {
  const half = Math.floor(blocks.length / 2);
  const state = trajectory(blocks.slice(0, half), x, h)[half]!;
  return jacobianEigenvalues(blocks[half]!, state, stream).map(({ re, im }) => ({
    ...{ step_size: h, depth: blocks.length, re, im },
  }));
}

function energyRows(run: Measuring, { subject, system }: Cell, { energyTime, energyStepSizes }: Params): Measured[] {
  const oscillation = oscillations[system as keyof typeof oscillations];
  const stream = run.random("energy", system);
  const start = { y: 0.5 + stream.uniform(), z: stream.uniform() - 0.5 }; // the pendulum swings, and does not turn over
  return energyStepSizes.flatMap((h) => {
    const steps = Math.floor(energyTime / h);
    return energyErrors(subject as EnergyMethod, oscillation, start, h, steps, stretches).map(({ time, error }) => ({
      ...{ step_size: h, depth: steps, time, energy_error: error },
    }));
  });
}

async function signalRows(run: Measuring, { seed, subject }: Cell, { signalDepths, signalUnits, signalBatch }: Params) {
  const architecture = buildUniformNetwork({
    ...{ depth: Math.max(...signalDepths), width: signalUnits, inputShape: [pixels, pixels, 1], classes },
    ...{ layer: "dense", activation: "relu", gain: 2, residual: true },
  });
  const network = createNetwork(architecture, seed);
  const stream = run.random("signals");
  const values = Float32Array.from({ length: signalBatch * pixels * pixels }, () => stream.normal());
  const labels = Int32Array.from({ length: signalBatch }, () => stream.integer(classes));
  const x = tf.tensor4d(values, [signalBatch, pixels, pixels, 1]);
  const targets = tf.tidy(() => tf.oneHot(tf.tensor1d(labels, "int32"), classes).toFloat() as Tensor2D);
  const lossGradient = (logits: Tensor2D): Tensor2D =>
    tf.mul(softmaxCrossEntropy(logits, targets).gradient, 1 / signalBatch);
  const rows: Measured[] = [];
  try {
    for (const depth of signalDepths) {
      await run.progress(subject, rows.length, signalDepths.length);
      const scale = stepRules[subject]!(depth);
      const route = fullRoute(architecture)
        .slice(0, depth)
        .map((step) => ({ ...step, scale }));
      const { activations, gradients } = signalNorms(network, x, lossGradient, route);
      rows.push({
        ...{ step_size: scale, depth, theory: meanSquareTheory(scale, depth) },
        log10_mean_square: activations[depth]! - activations[0]!,
        log10_gradient_square: 2 * (gradients[0]! - gradients[depth]!),
      });
    }
    return rows;
  } finally {
    tf.dispose([x, targets]);
    disposeNetwork(network);
  }
}
