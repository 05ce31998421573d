/**
 * When a residual network, read as a differential equation solved step by step, is stable.
 *
 * A block x + h F(x) is a step of forward Euler. Four questions are put to it. Over which part of the complex plane do
 * steps of it, and of other methods, not grow? What becomes of a small perturbation of the input, by step size and depth,
 * in networks with free, antisymmetric and Hamiltonian weights, and do the Jacobian's eigenvalues along the way foretell
 * it? Which methods keep the energy of a system that should? And how do random residual networks grow with depth when
 * their step size is 1, 1/√N or 1/N? Nothing is trained.
 *
 * Of the claims, F2 and F3 have borders without numbers. Those taken are this project's own, and some of what is measured
 * was decided after trial runs: src/claims/stability.ts says what, beside each claim, and the report says it too.
 *
 * Sources: Haber & Ruthotto 2017, arXiv:1705.03341; Chang et al. 2018, arXiv:1709.03698; Marion et al. 2022,
 * arXiv:2206.06929. Claims F1, F2, F2.1, F2.2, F3, F3.1; C4.1 beside C4.
 */
import { setImmediate } from "node:timers/promises";
import {
  atLeast,
  atMost,
  boundedStepsBoundGrowth,
  type Condition,
  dampedFlowsAreStable,
  energyErrorsFollowTheory,
  eulerIsStableInItsCircle,
  imaginarySpectraAreStable,
  intervalAbove,
  intervalBelow,
  intervalWithin,
  judge,
  verletKeepsEnergy,
  worstPerturbationsStaySmall,
} from "../src/claims";
import {
  amplification,
  type BlockKind,
  borderAt,
  drawBlocks,
  type EnergyMethod,
  eigenvalueGrowth,
  energies,
  energyErrorBound,
  energyMethods,
  eulerEnergyGrowth,
  jacobianEigenvalues,
  type Layout,
  largestStableStep,
  laterGrowth,
  laterSpectra,
  type Method,
  measuredGrowth,
  oscillations,
  pointOn,
  type Ray,
  randomGrowth,
  settledState,
  stateSize,
  trajectory,
  type Vector,
  worstGrowth,
} from "../src/dynamics";
import {
  type CellRun,
  count,
  counts,
  experiment,
  number,
  numbers,
  type ParameterValues,
  type Row,
  type Setting,
  seeds,
} from "../src/harness";
import { buildUniformNetwork, createNetwork, disposeNetwork, fullRoute, signalNorms } from "../src/models";
import { softmaxCrossEntropy } from "../src/ops";
import { type RandomStream, randomStream } from "../src/random";
import { type Figure, intervalSeries, type Series } from "../src/report";
import { type Tensor2D, tf } from "../src/runtime";
import { bootstrapInterval, bySeed, type Interval, intervalNumbers, mean } from "../src/statistics";

/*
 * γ, the step sizes and the depths are chosen so that the time h N at which free networks have grown tenfold (about 10 to
 * 20, for weights of variance 1 over fan-in) is reached with step sizes on both sides of the border 2 γ / (γ² + ω²), ω
 * being 1.5 to 2: Haber & Ruthotto's own γ of 1e-4 would ask for steps of 1e-4.
 */
const parameters = {
  seeds: seeds({ smoke: 2, quick: 5, paper: 10 }),
  planeCells: count("cells a side of the plane of h λ", { smoke: 8, quick: 32, paper: 120 }),
  planeSteps: count("steps on that plane, even", { smoke: 50, quick: 100, paper: 200 }),
  rays: count("rays along which a border is looked for", { smoke: 6, quick: 16, paper: 72 }),
  raySteps: count("steps of a system on a ray, even", { smoke: 500, quick: 1000, paper: 2000 }),
  rayStepSizes: numbers("step sizes with which they are run", {
    smoke: [0.5],
    quick: [0.01, 0.1, 1],
    paper: [0.01, 0.1, 1],
  }),
  stepSizes: numbers("step sizes of the perturbed networks", {
    smoke: [0.05, 0.5],
    quick: [0.02, 0.05, 0.1, 0.2, 0.5, 1],
    paper: [0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1],
  }),
  depths: counts(
    "depths of the perturbed networks",
    { smoke: [16, 256], quick: [16, 64, 256, 1024], paper: [16, 64, 256, 1024, 4096] },
    { unit: "blocks" },
  ),
  units: count("width of the dense networks, even", { smoke: 8, quick: 16, paper: 32 }, { unit: "units" }),
  side: count("side of the convolutional networks' pictures", { smoke: 4, quick: 6, paper: 8 }, { unit: "pixels" }),
  channels: count("channels of these pictures, even", { smoke: 2, quick: 4, paper: 8 }),
  damping: number("damping γ of the damped antisymmetric networks", 0.1, { minimum: 0 }),
  biasDeviation: number("standard deviation of biases", 0.1, { minimum: 0 }),
  knots: count("draws that changing weights go through in straight lines", 5, { minimum: 2 }),
  inputs: count("random inputs of each network", { smoke: 1, quick: 2, paper: 4 }),
  directions: count("random perturbations of each input", { smoke: 2, quick: 8, paper: 16 }),
  iterations: count("iterations towards the worst perturbation", { smoke: 4, quick: 8, paper: 16 }),
  borderDepth: count("depth at which the border of stability is looked for", { smoke: 1000, quick: 4000, paper: 8000 }),
  energyTime: number("time over which energy is followed", { smoke: 50, quick: 200, paper: 1000 }, { minimum: 20 }),
  energyStepSizes: numbers("step sizes with which it is", {
    smoke: [0.1, 0.5],
    quick: [0.01, 0.02, 0.05, 0.1, 0.2, 0.5],
    paper: [0.001, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5],
  }),
  signalDepths: counts(
    "depths of the networks whose signals are measured",
    { smoke: [4, 16], quick: [4, 8, 16, 32, 64, 128], paper: [4, 8, 16, 32, 64, 128, 256] },
    { unit: "blocks" },
  ),
  signalUnits: count("width of these networks", { smoke: 32, quick: 256, paper: 1024 }, { unit: "units" }),
  signalBatch: count("random inputs of these networks", { smoke: 16, quick: 64, paper: 256 }),
};

type Parameters = ParameterValues<typeof parameters>;

/** Parts of the experiment, each with cells of its own. */
const parts = ["growth on the plane", "border of stability", "perturbations", "energy", "signals"] as const;

/** Methods whose region is drawn. Verlet has but a stretch of the imaginary axis. */
const drawnMethods: readonly Method[] = ["forward Euler", "explicit midpoint", "RK4", "leapfrog"];
const methods: readonly Method[] = [...drawnMethods, "Verlet"];
/** Reach of the plane's drawing: h λ from -3 to 1 across, -3.5 to 3.5 upwards. */
const plane = { re: [-3, 1], im: [-3.5, 3.5] } as const;
/** Growth a step up to which a system counts as stable: what a two-step method's beats leave over a thousand steps. */
const stableGrowth = 1 + 1e-4;

interface NetworkKind {
  readonly name: string;
  readonly kind: BlockKind;
  readonly damped: boolean;
}

const free: NetworkKind = { name: "free", kind: "free", damped: false };
const damped: NetworkKind = { name: "damped antisymmetric", kind: "antisymmetric", damped: true };
const undamped: NetworkKind = { name: "antisymmetric", kind: "antisymmetric", damped: false };
const hamiltonian: NetworkKind = { name: "Hamiltonian", kind: "Hamiltonian", damped: false };
const networkKinds = [free, damped, undamped, hamiltonian];
const systems = ["dense", "dense, changing weights", "convolution"] as const;

/** Step sizes by depth N, with the growth of a mean square that theory has for ReLU under He's initialisation. */
const stepRules = [
  { name: "step 1", stepSize: () => 1 },
  { name: "step 1/√N", stepSize: (depth: number) => 1 / Math.sqrt(depth) },
  { name: "step 1/N", stepSize: (depth: number) => 1 / depth },
] as const;

interface Cell extends Setting {
  /** One of `parts`. */
  readonly part: string;
  /** A method, a kind of network, or a rule for the step size. */
  readonly subject: string;
  /** What it is done with. */
  readonly system: string;
}

interface Measured extends Row {
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

type Result = Cell & Measured;

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

export default experiment({
  name: "ode-stability",
  title: "Stability of residual networks as differential equations",
  question: "When does a residual network, read as a differential equation solved step by step, stay stable?",
  source: "Haber & Ruthotto 2017, Stable architectures for deep neural networks, sec. 3 and 4",
  claims: [
    boundedStepsBoundGrowth,
    eulerIsStableInItsCircle,
    dampedFlowsAreStable,
    imaginarySpectraAreStable,
    worstPerturbationsStaySmall,
    verletKeepsEnergy,
    energyErrorsFollowTheory,
  ],
  datasets: [],
  parameters,
  columns: {
    seed: "seed of weights, inputs, perturbations and starting states",
    part: "growth on the plane, border of stability, perturbations, energy, or signals",
    subject: "the method, the kind of network, or the rule for the step size",
    system: "what it was run on",
    step_size: "h",
    depth: "steps or blocks",
    re: "real part of h λ, or of an eigenvalue of the Jacobian half way through a network",
    im: "its imaginary part",
    growth: "growth a step on the plane; of perturbations, |δ_N| / |δ_0|, root mean square over random directions",
    worst_growth: "growth of the perturbation that grows most",
    theory: "what theory says of the growth a step, or of the border",
    border:
      "distance from -1/h, or from 0, at which growth begins (1 / time); of networks, the step size at which it does",
    angle_degrees: "direction of the ray along which that border lies: 0 to the right, 90 upwards",
    time: "end of the stretch of time in which the energy's error was looked at: a twentieth of the whole",
    energy_error: "largest relative error of the energy in it",
    log10_mean_square:
      "decimal logarithm of the mean square of a network's last activations, those of its first being 1",
    log10_gradient_square:
      "decimal logarithm of the squared norm of the gradient at its first block over that at its last",
  },

  cells({ seeds: seedNumbers, depths, planeSteps, raySteps, units, channels, signalDepths }: Parameters): Cell[] {
    for (const [name, value] of Object.entries({ planeSteps, raySteps, units, channels })) {
      if (value % 2 !== 0) throw new RangeError(`need an even number for ${name}, got ${value}`);
    }
    if (depths.length === 0 || signalDepths.length === 0) throw new RangeError("need at least one depth");
    return seedNumbers.flatMap((seed, place) => [
      ...(place === 0 ? drawnMethods.map((subject) => ({ seed, part: parts[0], subject, system: "linear" })) : []),
      ...methods.map((subject) => ({ seed, part: parts[1], subject, system: "linear" })),
      ...systems.flatMap((system) => networkKinds.map(({ name }) => ({ seed, part: parts[2], subject: name, system }))),
      ...Object.keys(oscillations).flatMap((system) =>
        energyMethods.map((subject) => ({ seed, part: parts[3], subject, system })),
      ),
      ...stepRules.map(({ name }) => ({ seed, part: parts[4], subject: name, system: "dense ReLU" })),
    ]);
  },

  work(cell, chosen) {
    const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0);
    const perStep = 2e4; // a step of two numbers, in the multiply-accumulates that a core would do meanwhile
    if (cell.part === parts[0]) return chosen.planeCells ** 2 * chosen.planeSteps * perStep;
    if (cell.part === parts[1]) return chosen.rays * chosen.rayStepSizes.length * 60 * chosen.raySteps * perStep; // 60: bisection
    if (cell.part === parts[2]) {
      const layer = cell.system === "convolution" ? 9 * (chosen.side * chosen.channels) ** 2 : chosen.units ** 2;
      const passes = chosen.inputs * chosen.stepSizes.length * (chosen.directions + 4 * chosen.iterations);
      return passes * sum(chosen.depths) * (perStep + 30 * layer);
    }
    if (cell.part === parts[3]) return sum(chosen.energyStepSizes.map((h) => chosen.energyTime / h)) * perStep;
    return sum(chosen.signalDepths) * chosen.signalUnits ** 2 * (4 * chosen.signalBatch + 500);
  },

  relevant({ part, system, subject }, chosen) {
    const { planeCells, planeSteps, rays, raySteps, rayStepSizes, energyTime, energyStepSizes } = chosen;
    const { signalDepths, signalUnits, signalBatch, units, side, channels, damping, knots, borderDepth } = chosen;
    const { stepSizes, depths, biasDeviation, inputs, directions, iterations } = chosen;
    if (part === parts[0]) return { planeCells, planeSteps };
    if (part === parts[1]) return { rays, raySteps, rayStepSizes };
    if (part === parts[3]) return { energyTime, energyStepSizes };
    if (part === parts[4]) return { signalDepths, signalUnits, signalBatch };
    return {
      ...{ stepSizes, depths, biasDeviation, inputs, directions, iterations },
      ...(system === "convolution" ? { side, channels } : { units }),
      ...(system === "dense, changing weights" ? { knots } : {}),
      ...(subject === damped.name ? { damping, borderDepth } : {}),
    };
  },

  async measure(cell, chosen, run) {
    if (cell.part === parts[0]) return planeRows(cell, chosen, run);
    if (cell.part === parts[1]) return borderRows(cell, chosen, run);
    if (cell.part === parts[2]) return perturbationRows(cell, chosen, run);
    if (cell.part === parts[3]) return energyRows(cell, chosen);
    return signalRows(cell, chosen, run);
  },

  verdicts(rows, chosen) {
    return [
      judgeSignals(rows, chosen),
      judgeCircle(rows),
      judgeDamped(rows, chosen),
      judgeUndamped(rows, chosen),
      judgeWorst(rows, chosen),
      judgeEnergy(rows, chosen),
      judgeEnergyByTheory(rows, chosen),
    ];
  },

  figures: (rows, chosen) => [
    ...drawnMethods.map((method) => growthMap(rows, method)),
    bordersOnThePlane(rows),
    ...systems.map((system) => growthByDepth(rows, system, chosen)),
    ...[free, damped, undamped, hamiltonian].map((kind) => growthByStepAndDepth(rows, kind)),
    spectra(rows),
    networkBorders(rows),
    energyByTime(rows, "oscillator", chosen),
    energyByTime(rows, "pendulum", chosen),
    energyByStep(rows),
    signalsByDepth(rows),
    gradientsByDepth(rows),
  ],

  departures({ damping, units, knots }) {
    return [
      `Antisymmetric weights are (K - K^T) / √2 - γ I with γ = ${damping}; the source halves the difference and takes γ ` +
        "of 1e-4 in its code. Over √2 they are as large as the free weights beside them.",
      `Weights are random, of variance 1 over fan-in, and ${units} units wide; those that change with depth go in straight ` +
        `lines through ${knots} draws. The source's are trained, with a penalty on changing.`,
      `γ and the step sizes were fixed after a trial run with one set of seeds. F2 and F3 were stated without numbers for ` +
        "the agreement of borders and for bounded against growing: the ranges of 0.9 to 1.1, below 1.1 and above 1.5 are " +
        "this project's own.",
      "How the border of F2 is measured was changed twice after results had been seen, the first of which were 0.2 to 1.6 " +
        "times the predicted ones: from the settled state, against the geometric mean of the largest |1 + h λ|. In the " +
        "settled state of a network with constant weights the two agree by linear algebra.",
      "F2 judges random perturbations. That was decided when the worst ones had been seen to grow 2 to 4 times in damped " +
        "networks; F2.2 judges those. F2.1 was put beside F2 when undamped networks had been seen to let perturbations grow.",
      "F3.1 was put beside F3 when forward Euler had been seen to fail F3's rule on the pendulum (1.22 to 1.25 for 1.5): " +
        "its borders follow from theory alone.",
      "The eigenvalues of convolutional networks are those at the rim of the spectrum, by Arnoldi's method.",
      "Growth by step size 1, 1/√N and 1/N is that of dense ReLU networks under He's initialisation, weights drawn anew " +
        "in every block: no differential equation has such weights, and with step 1/N its limit is that of standing still.",
    ];
  },
});

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

async function planeRows({ seed, subject }: Cell, chosen: Parameters, run: CellRun): Promise<Measured[]> {
  const method = subject as Method;
  const stream = randomStream(seed, "growth on the plane", method);
  const rows: Measured[] = [];
  for (const im of places(plane.im, chosen.planeCells)) {
    await breathe(run);
    for (const re of places(plane.re, chosen.planeCells)) {
      const growth = measuredGrowth(method, { re, im }, 1, chosen.planeSteps, normalVector(2, stream));
      rows.push({ ...nothing, step_size: 1, re, im, growth, theory: amplification(method, { re, im }) });
    }
    run.progress({ phase: `${method} on the plane`, done: rows.length, total: chosen.planeCells ** 2 });
  }
  return rows;
}

async function borderRows({ seed, subject }: Cell, chosen: Parameters, run: CellRun): Promise<Measured[]> {
  const method = subject as Method;
  const stream = randomStream(seed, "border of stability", method);
  const rows: Measured[] = [];
  for (const h of chosen.rayStepSizes) {
    for (const ray of raysOf(method, h, chosen.rays, stream)) {
      const start = normalVector(2, stream);
      const reach = 4 / h;
      const border = borderAt((distance) => {
        return measuredGrowth(method, pointOn(ray, distance), h, chosen.raySteps, start) <= stableGrowth;
      }, reach);
      const theory = borderAt((distance) => {
        const { re, im } = pointOn(ray, distance);
        return amplification(method, { re: h * re, im: h * im }) <= 1 + 1e-9;
      }, reach);
      const { re, im } = pointOn(ray, border);
      rows.push({
        ...nothing,
        ...{ step_size: h, depth: chosen.raySteps, angle_degrees: ray.degrees, border, theory, re: h * re, im: h * im },
      });
      await breathe(run);
      const total = chosen.rays * chosen.rayStepSizes.length;
      run.progress({ phase: `${method}: border of stability`, done: rows.length, total });
    }
  }
  return rows;
}

/** Rays from the middle of forward Euler's circle, turned at random; where the region is a stretch of axis, along it. */
function raysOf(method: Method, h: number, rays: number, stream: RandomStream): Ray[] {
  if (method === "leapfrog" || method === "Verlet") {
    return [90, -90].map((degrees) => ({ from: { re: 0, im: 0 }, degrees }));
  }
  const turn = stream.uniform();
  return Array.from({ length: rays }, (_, i) => ({ from: { re: -1 / h, im: 0 }, degrees: (360 * (i + turn)) / rays }));
}

function networkKind({ subject }: Pick<Cell, "subject">): NetworkKind {
  return networkKinds.find(({ name }) => name === subject)!;
}

async function perturbationRows(cell: Cell, chosen: Parameters, run: CellRun): Promise<Measured[]> {
  const { seed, system, subject } = cell;
  const { kind, damped: hasDamping } = networkKind(cell);
  const { units, side, channels, biasDeviation, knots, iterations, directions } = chosen;
  const layout: Layout =
    system === "convolution"
      ? { kind: "convolution", height: side, width: side, channels, side: 3 }
      : { kind: "dense", units };
  const network = (depth: number) =>
    drawBlocks(
      {
        ...{ kind, layout, depth, biasDeviation, damping: hasDamping ? chosen.damping : 0 },
        knots: system === "dense, changing weights" ? knots : 1,
      },
      randomStream(seed, "weights", system), // equal draws for all kinds
    );
  const inputs = Array.from({ length: chosen.inputs }, (_, i) =>
    normalVector(stateSize(layout), randomStream(seed, "input", system, i)),
  );
  const rows: Measured[] = [];
  const phase = `${subject}, ${system}`;
  const total = chosen.stepSizes.length * chosen.depths.length;
  for (const step_size of chosen.stepSizes) {
    for (const depth of chosen.depths) {
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
  rows.push(...eigenvalueRows(cell, network(Math.max(...chosen.depths)), inputs[0]!, Math.min(...chosen.stepSizes)));
  if (hasDamping) rows.push(await networkBorderRow(cell, network(chosen.borderDepth), inputs[0]!, run));
  return rows;
}

/** Eigenvalues of the Jacobian half way through a network. */
function eigenvalueRows({ seed }: Cell, blocks: ReturnType<typeof drawBlocks>, x: Vector, h: number): Measured[] {
  const half = Math.floor(blocks.length / 2);
  const state = trajectory(blocks.slice(0, half), x, h)[half]!;
  const found = jacobianEigenvalues(blocks[half]!, state, randomStream(seed, "eigenvalues"));
  return found.map(({ re, im }) => ({ ...nothing, step_size: h, depth: blocks.length, re, im }));
}

/** States on the way at which eigenvalues are computed. */
const spectrumSamples = 16;

/**
 * The step size at which perturbations begin to grow in the second half of a deep network, and the one at which its
 * Jacobian's eigenvalues say so: there the geometric mean over the states on the way of max |1 + h λ| is 1.
 *
 * The input is the state that the first block, repeated, rests in. Far from rest the slopes of tanh are smaller, and the
 * largest stable step greater: a network that leaves its rest above the border then circles, and its perturbations
 * neither grow nor fade.
 */
async function networkBorderRow(
  { seed, subject, system }: Cell,
  blocks: ReturnType<typeof drawBlocks>,
  x: Vector,
  run: CellRun,
): Promise<Measured> {
  const stream = () => randomStream(seed, "border", subject, system);
  const small = largestStableStep(jacobianEigenvalues(blocks[0]!, new Float64Array(x.length), stream())) / 2;
  const input = settledState(blocks[0]!, x, small, 2 * blocks.length);
  await breathe(run);
  const spectraAt = (h: number) => laterSpectra(blocks, input, h, spectrumSamples, stream());
  const middle = Math.exp(mean(spectraAt(small).map((spectrum) => Math.log(largestStableStep(spectrum)))));
  const bisect = async (grows: (h: number) => boolean) => {
    let [stable, unstable] = [middle / 2, 2 * middle];
    while (unstable / stable > 1.005) {
      const between = Math.sqrt(stable * unstable);
      if (grows(between)) unstable = between;
      else stable = between;
      await breathe(run);
    }
    return Math.sqrt(stable * unstable);
  };
  const border = await bisect((h) => laterGrowth(blocks, input, h, stream()) > 1);
  const theory = await bisect((h) => {
    const [block] = blocks;
    return mean(spectraAt(h).map((spectrum) => Math.log(eigenvalueGrowth(block!, spectrum, h)))) > 0;
  });
  return { ...nothing, depth: blocks.length, border, theory };
}

/** Stretches of time in which the energy's error is looked at. */
const stretches = 20;

function energyRows({ seed, subject, system }: Cell, { energyTime, energyStepSizes }: Parameters): Measured[] {
  const oscillation = oscillations[system as keyof typeof oscillations];
  const stream = randomStream(seed, "energy", system);
  const start = { y: 0.5 + stream.uniform(), z: stream.uniform() - 0.5 }; // the pendulum swings, and does not turn over
  return energyStepSizes.flatMap((h) => {
    const steps = Math.floor(energyTime / h);
    const found = energies(subject as EnergyMethod, oscillation, start, h, steps);
    return Array.from({ length: stretches }, (_, i) => {
      const [from, to] = [Math.floor((i * steps) / stretches), Math.floor(((i + 1) * steps) / stretches)];
      const own = found.slice(from + 1, to + 1);
      const energy_error = own.reduce((most, energy) => Math.max(most, Math.abs(energy / found[0]! - 1)), 0);
      return { ...nothing, step_size: h, depth: steps, time: h * to, energy_error };
    });
  });
}

async function signalRows({ seed, subject }: Cell, chosen: Parameters, run: CellRun): Promise<Measured[]> {
  const { signalDepths, signalUnits, signalBatch } = chosen;
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

/** Growth of the mean square in N blocks of step size h: each branch has h² of its input's, and is not correlated with it. */
function meanSquareTheory(stepSize: number, depth: number): number {
  return (1 + stepSize ** 2) ** depth;
}

function of(rows: readonly Result[], part: (typeof parts)[number], subject?: string, system?: string): Result[] {
  return rows.filter(
    (row) =>
      row.part === part &&
      (subject === undefined || row.subject === subject) &&
      (system === undefined || row.system === system),
  );
}

function judgeCircle(rows: readonly Result[]) {
  const own = of(rows, "border of stability", "forward Euler");
  const differences = [...bySeed(own).values()].map((found) => Math.max(...found.map(differencePercent)));
  const largest = Math.max(...differences);
  return judge(eulerIsStableInItsCircle, bootstrapInterval(differences), [
    atMost("largest difference from the circle, all rays and step sizes,", largest, 1, "%"),
  ]);
}

/** Difference (%) of a measured border from theory's. */
function differencePercent({ border, theory }: Result): number {
  return 100 * Math.abs(border! / theory! - 1);
}

/** Grown perturbations of a kind of network on a system at one step size and depth. */
function perturbed(rows: readonly Result[], { name }: NetworkKind, system: string): Result[] {
  return of(rows, "perturbations", name, system).filter(({ growth }) => growth !== null);
}

/** Of which perturbations the growth is looked at. */
type Direction = "growth" | "worst_growth";

/** Geometric mean over seeds of the growth, with its interval. */
function growthInterval(rows: readonly Result[], direction: Direction = "growth"): Interval {
  const logarithms = bootstrapInterval(rows.map((row) => Math.log(row[direction]!)));
  const { estimate, low, high } = logarithms;
  return { ...logarithms, estimate: Math.exp(estimate), low: Math.exp(low), high: Math.exp(high) };
}

/** The rows of the smallest step size and the largest depth. */
function atLongest(rows: readonly Result[], { stepSizes, depths }: Parameters): Result[] {
  const [stepSize, depth] = [Math.min(...stepSizes), Math.max(...depths)];
  return rows.filter((row) => row.step_size === stepSize && row.depth === depth);
}

/** Growth above which the rule of F2 looks at the others, and that below which theirs should be. */
const [exceeded, bounded] = [10, 1.5];

/** A step size and depth, with the rows of one kind of network there. */
interface Place {
  readonly stepSize: number;
  readonly depth: number;
  readonly growth: Interval;
}

/** Where free networks' growth, of random perturbations, exceeds 10, with the growth of a kind of network there. */
function whereFreeOnesGrow(
  rows: readonly Result[],
  kind: NetworkKind,
  system: string,
  { stepSizes, depths }: Parameters,
  counts: (stepSize: number) => boolean,
  direction: Direction = "growth",
): Place[] {
  const at = (some: readonly Result[], stepSize: number, depth: number) =>
    some.filter((row) => row.step_size === stepSize && row.depth === depth);
  const [freeRows, own] = [perturbed(rows, free, system), perturbed(rows, kind, system)];
  return stepSizes.filter(counts).flatMap((stepSize) =>
    depths.flatMap((depth) => {
      const [freeOnes, others] = [at(freeRows, stepSize, depth), at(own, stepSize, depth)];
      if (freeOnes.length === 0 || others.length === 0 || growthInterval(freeOnes).estimate <= exceeded) return [];
      return [{ stepSize, depth, growth: growthInterval(others, direction) }];
    }),
  );
}

/** The place where growth is largest, by the upper end of its interval. */
function worstPlace(found: readonly Place[]): Place | undefined {
  return found.reduce<Place | undefined>(
    (worst, place) => (worst === undefined || place.growth.high > worst.growth.high ? place : worst),
    undefined,
  );
}

function boundedCondition(what: string, found: readonly Place[]): Condition {
  const worst = worstPlace(found);
  if (worst === undefined) return atLeast(`${what}: places where free ones grow more than tenfold,`, 0, 1, "");
  const text = `growth, ${what}, at step ${worst.stepSize} and depth ${worst.depth}, where it is largest,`;
  return intervalBelow(text, worst.growth, bounded, "times");
}

/** Each seed's border of stability, measured, over the predicted one. */
function borderRatios(rows: readonly Result[], system: string): number[] {
  return networkBorderRows(rows, system).map(({ border, theory }) => border! / theory!);
}

function networkBorderRows(rows: readonly Result[], system: string): Result[] {
  return of(rows, "perturbations", damped.name, system).filter(({ border }) => border !== null);
}

/** Where the rule of F2 looks at damped networks: step sizes below every seed's predicted border. */
function dampedPlaces(rows: readonly Result[], chosen: Parameters, direction: Direction) {
  return systems.map((system) => {
    const predicted = Math.min(...networkBorderRows(rows, system).map(({ theory }) => theory!));
    return { system, found: whereFreeOnesGrow(rows, damped, system, chosen, (h) => h < predicted, direction) };
  });
}

/** The growth at the worst of some places; without any, that of the longest dense networks. */
function headline(
  found: readonly Place[],
  rows: readonly Result[],
  chosen: Parameters,
  direction: Direction,
): Interval {
  return worstPlace(found)?.growth ?? growthInterval(atLongest(perturbed(rows, damped, "dense"), chosen), direction);
}

function judgeDamped(rows: readonly Result[], chosen: Parameters) {
  const found = dampedPlaces(rows, chosen, "growth");
  const all = found.flatMap((one) => one.found);
  return judge(dampedFlowsAreStable, headline(all, rows, chosen, "growth"), [
    ...found.map(({ system, found: some }) => boundedCondition(system, some)),
    ...systems.map((system) =>
      intervalWithin(
        `border measured over predicted, ${system},`,
        bootstrapInterval(borderRatios(rows, system)),
        [0.9, 1.1],
        "",
      ),
    ),
  ]);
}

function judgeWorst(rows: readonly Result[], chosen: Parameters) {
  const found = dampedPlaces(rows, chosen, "worst_growth");
  const all = found.flatMap((one) => one.found);
  return judge(
    worstPerturbationsStaySmall,
    headline(all, rows, chosen, "worst_growth"),
    found.map(({ system, found: some }) => boundedCondition(`${system}, worst direction`, some)),
  );
}

function judgeUndamped(rows: readonly Result[], chosen: Parameters) {
  const smallest = Math.min(...chosen.stepSizes);
  const found = [undamped, hamiltonian].flatMap((kind) =>
    systems.map((system) => ({
      what: `${kind.name}, ${system}`,
      found: whereFreeOnesGrow(rows, kind, system, chosen, (h) => h === smallest),
    })),
  );
  const worst = worstPlace(found.find(({ what }) => what === `${hamiltonian.name}, dense`)!.found);
  const effect = worst?.growth ?? growthInterval(atLongest(perturbed(rows, hamiltonian, "dense"), chosen));
  return judge(
    imaginarySpectraAreStable,
    effect,
    found.map(({ what, found: some }) => boundedCondition(what, some)),
  );
}

/** Each seed's largest error of the energy in the second half of the time over that in the first. */
function energyRatios(rows: readonly Result[]): number[] {
  return [...bySeed(rows).values()].map((own) => {
    const middle = Math.max(...own.map(({ time }) => time!)) / 2;
    const most = (some: readonly Result[]) => Math.max(...some.map(({ energy_error }) => energy_error!));
    const isEarly = ({ time }: Result) => time! <= middle * (1 + 1e-9);
    return most(own.filter((row) => !isEarly(row))) / most(own.filter(isEarly));
  });
}

function judgeEnergy(rows: readonly Result[], { energyStepSizes }: Parameters) {
  const all = Object.keys(oscillations).flatMap((system) =>
    energyMethods.flatMap((method) =>
      energyStepSizes.map((h) => {
        const own = of(rows, "energy", method, system).filter(({ step_size }) => step_size === h);
        return { system, method, h, ratio: bootstrapInterval(energyRatios(own)) };
      }),
    ),
  );
  const extreme = (some: typeof all, sign: 1 | -1) =>
    some.reduce((worst, found) => {
      const end = ({ ratio }: (typeof all)[number]) => (sign === 1 ? ratio.high : -ratio.low);
      return end(found) > end(worst) ? found : worst;
    });
  const isKept = ({ method }: (typeof all)[number]) => method === "Verlet" || method === "leapfrog";
  return judge(
    verletKeepsEnergy,
    extreme(all.filter(isKept), 1).ratio,
    Object.keys(oscillations).flatMap((system) =>
      (["Verlet", "leapfrog", "forward Euler"] as const).map((method) => {
        const isEuler = method === "forward Euler";
        const worst = extreme(
          all.filter((found) => found.system === system && found.method === method),
          isEuler ? -1 : 1,
        );
        const text = `energy error, late over early, ${method}, ${system}, at step ${worst.h}, the worst,`;
        return isEuler ? intervalAbove(text, worst.ratio, 1.5, "") : intervalBelow(text, worst.ratio, 1.1, "");
      }),
    ),
  );
}

/** Each seed's largest error of the oscillator's energy over the bound that its shadow gives. */
function errorsOverBound(rows: readonly Result[], method: "Verlet" | "leapfrog", h: number): number[] {
  const own = of(rows, "energy", method, "oscillator").filter(({ step_size }) => step_size === h);
  return [...bySeed(own).values()].map(
    (found) => Math.max(...found.map(({ energy_error }) => energy_error!)) / energyErrorBound(method, h),
  );
}

function judgeEnergyByTheory(rows: readonly Result[], { energyStepSizes }: Parameters) {
  const kept = (["Verlet", "leapfrog"] as const).map((method) => {
    const largest = energyStepSizes.map((h) => Math.max(...errorsOverBound(rows, method, h)));
    return atMost(`largest energy error over its bound, ${method}, all step sizes,`, Math.max(...largest), 1, "");
  });
  const last = of(rows, "energy", "forward Euler", "oscillator").filter(
    ({ time, step_size, depth }) => Math.round(time! / step_size!) === depth,
  );
  const differences = last.map(({ energy_error, step_size, depth }) =>
    Math.abs(Math.log1p(energy_error!) / eulerEnergyGrowth(step_size!, depth!) - 1),
  );
  const effects = energyStepSizes.map((h) => bootstrapInterval(errorsOverBound(rows, "Verlet", h)));
  return judge(
    energyErrorsFollowTheory,
    effects.reduce((worst, found) => (found.high > worst.high ? found : worst)),
    [
      ...kept,
      atMost("forward Euler's growth, difference from theory's in parts of it,", Math.max(...differences), 1e-5, ""),
    ],
  );
}

/** Each seed's mean square, or squared gradient, at the largest depth, over theory's. */
function overTheory(rows: readonly Result[], decades: (row: Result) => number): number[] {
  const deepest = Math.max(...rows.map(({ depth }) => depth!));
  return rows.filter(({ depth }) => depth === deepest).map((row) => 10 ** decades(row) / row.theory!);
}

function judgeSignals(rows: readonly Result[], { signalDepths }: Parameters) {
  const deepest = Math.max(...signalDepths);
  const quantities = [
    { name: "mean square", decades: ({ log10_mean_square }: Result) => log10_mean_square! },
    { name: "squared gradient", decades: ({ log10_gradient_square }: Result) => log10_gradient_square! },
  ];
  const ratio = (rule: string, decades: (row: Result) => number) =>
    bootstrapInterval(overTheory(of(rows, "signals", rule), decades));
  return judge(
    boundedStepsBoundGrowth,
    ratio("step 1/√N", quantities[0]!.decades),
    ["step 1/√N", "step 1/N"].flatMap((rule) =>
      quantities.map(({ name, decades }) =>
        intervalWithin(`${name} over theory, ${rule}, N = ${deepest},`, ratio(rule, decades), [0.9, 1.1], ""),
      ),
    ),
  );
}

const interval = "Marks and lines are means over seeds, whiskers and bands 95 % bootstrap intervals.";
const geometric =
  "Growth is the geometric mean over inputs; lines are means over seeds, bands 95 % bootstrap intervals.";
const realAxis = { label: "real part of h λ" };
const imaginaryAxis = { label: "imaginary part of h λ" };

function growthMap(rows: readonly Result[], method: Method): Figure {
  const own = of(rows, "growth on the plane", method);
  const [x, y] = [distinct(own.map(({ re }) => re!)), distinct(own.map(({ im }) => im!))];
  const values = new Map(own.map(({ re, im, growth }) => [`${re} ${im}`, growth!]));
  const differences = own.map(({ growth, theory }) => Math.abs(growth! - theory!));
  return {
    id: `growth-${method.toLowerCase().replace(" ", "-")}`,
    claims: [eulerIsStableInItsCircle.id],
    title: `Growth a step of ${method} over the plane of h λ`,
    caption:
      "Measured: a real system with eigenvalues λ and its conjugate is run from a random state. 1 is the border, drawn " +
      "with theory's in the figure of borders. Measured growth and theory's, |R(h λ)|, differ by " +
      `${mean(differences).toPrecision(2)} in the mean over the plane` +
      (method === "leapfrog"
        ? ": leapfrog's two roots are not told apart at once. It is stable on the imaginary axis alone, from -i to i."
        : "."),
    xAxis: realAxis,
    yAxis: imaginaryAxis,
    matrix: {
      ...{ x, y, values: y.map((im) => x.map((re) => values.get(`${re} ${im}`) ?? null)) },
      ...{ label: "growth a step", scale: "log", colours: "diverging", range: [0.25, 4] },
    },
  };
}

function distinct(values: readonly number[]): number[] {
  return [...new Set(values)].sort((one, other) => one - other);
}

function bordersOnThePlane(rows: readonly Result[]): Figure {
  const borders = of(rows, "border of stability");
  const largest = (method: Method) => {
    const differences = borders.filter(({ subject }) => subject === method).map(differencePercent);
    return `${method} ${Math.max(...differences).toPrecision(2)} %`;
  };
  const theory = (method: Method): Series => ({
    name: `theory, ${method}: Hairer & Wanner 1996`,
    kind: "line",
    published: true,
    points: Array.from({ length: 181 }, (_, i) => {
      const ray: Ray = { from: { re: -1, im: 0 }, degrees: 2 * i };
      const { re, im } = pointOn(
        ray,
        borderAt((distance) => amplification(method, pointOn(ray, distance)) <= 1 + 1e-9, 4),
      );
      return { x: re, y: im };
    }),
  });
  return {
    id: "borders-of-stability",
    claims: [eulerIsStableInItsCircle.id],
    title: "Measured borders of stability lie on those of theory",
    caption:
      "Marks: where growth begins along rays, by bisection, all seeds and step sizes; the border of λ scales with 1/h, so " +
      `that of h λ is one for all. Lines: |R(h λ)| = 1. Largest differences: ${methods.map(largest).join(", ")}. ` +
      "Leapfrog and Verlet are stable on a stretch of the imaginary axis alone, of which the ends are marked.",
    xAxis: realAxis,
    yAxis: imaginaryAxis,
    series: [
      ...methods.map(
        (method): Series => ({
          name: method,
          kind: "points",
          points: borders
            .filter(({ subject }) => subject === method)
            .map(({ re, im, step_size }) => ({ x: re!, y: im!, note: `h = ${step_size}` })),
        }),
      ),
      ...(["forward Euler", "explicit midpoint", "RK4"] as const).map(theory),
    ],
  };
}

/** Growth by depth at the smallest step size. */
function growthByDepth(rows: readonly Result[], system: string, { stepSizes }: Parameters): Figure {
  const smallest = Math.min(...stepSizes);
  const series = (name: string, kind: NetworkKind, decades: (row: Result) => number) =>
    intervalSeries({
      name,
      kind: "line",
      rows: perturbed(rows, kind, system).filter(({ step_size }) => step_size === smallest),
      x: ({ depth }) => smallest * depth!,
      y: decades,
    });
  return {
    id: `growth-by-time-${system.replace(/[ ,]+/g, "-")}`,
    claims: [dampedFlowsAreStable.id, imaginarySpectraAreStable.id, worstPerturbationsStaySmall.id],
    title: `Perturbations grow with free weights, and fade where antisymmetric ones are damped (${system})`,
    caption:
      `Growth of small perturbations by time h N, step size ${smallest}: of random ones, and of the worst. ${geometric} ` +
      "Without damping they grow slowly, though every eigenvalue is imaginary: neighbouring orbits of a system that keeps " +
      "its energy turn at different speeds, and part in proportion to time.",
    xAxis: { label: "time h N", scale: "log" },
    yAxis: { label: "log10(growth |δ_N| / |δ_0|)" },
    series: networkKinds.flatMap((kind) => [
      series(kind.name, kind, ({ growth }) => Math.log10(growth!)),
      series(`${kind.name}, worst direction`, kind, ({ worst_growth }) => Math.log10(worst_growth!)),
    ]),
    references: [
      { y: Math.log10(bounded), label: "rule of F2: stable" },
      { y: Math.log10(exceeded), label: "rule of F2: free" },
    ],
  };
}

function growthByStepAndDepth(rows: readonly Result[], kind: NetworkKind): Figure {
  const own = perturbed(rows, kind, "dense");
  const [depths, steps] = [distinct(own.map(({ depth }) => depth!)), distinct(own.map(({ step_size }) => step_size!))];
  const at = (step: number, depth: number) => {
    const found = own.filter(({ step_size, depth: own }) => step_size === step && own === depth);
    return found.length === 0 ? null : growthInterval(found).estimate;
  };
  return {
    id: `growth-by-step-and-depth-${kind.name.toLowerCase().replace(" ", "-")}`,
    title: `Growth of perturbations by step size and depth: ${kind.name}`,
    caption: "Random perturbations, dense networks with constant weights; geometric mean over inputs and seeds.",
    xAxis: { label: "depth (blocks)", scale: "log", integers: true },
    yAxis: { label: "step size h", scale: "log" },
    matrix: {
      ...{ x: depths, y: steps, values: steps.map((step) => depths.map((depth) => at(step, depth))) },
      ...{ label: "growth |δ_N| / |δ_0|", scale: "log", colours: "diverging", range: [1e-3, 1e3] },
    },
  };
}

function spectra(rows: readonly Result[]): Figure {
  const first = Math.min(...rows.map(({ seed }) => seed));
  const own = of(rows, "perturbations").filter(
    ({ seed, re, system }) => seed === first && re !== null && system === "dense",
  );
  return {
    id: "eigenvalues-on-the-way",
    claims: [dampedFlowsAreStable.id, imaginarySpectraAreStable.id],
    title: "Eigenvalues of the Jacobian half way through dense networks",
    caption:
      `Of seed ${first}, at the smallest step size and the largest depth. Free weights have eigenvalues on both sides of ` +
      "the imaginary axis, antisymmetric and Hamiltonian ones on it, damped ones left of it; the slopes of tanh shrink " +
      "them, the free ones' most, as their states have grown.",
    xAxis: { label: "real part of λ" },
    yAxis: { label: "imaginary part of λ" },
    series: networkKinds.map(
      ({ name }): Series => ({
        name,
        kind: "points",
        points: own.filter(({ subject }) => subject === name).map(({ re, im }) => ({ x: re!, y: im! })),
      }),
    ),
  };
}

function networkBorders(rows: readonly Result[]): Figure {
  const all = systems.flatMap((system) => networkBorderRows(rows, system));
  const ends = [0, Math.max(...all.flatMap(({ border, theory }) => [border!, theory!]))];
  const said = systems.map((system) => `${system} ${intervalNumbers(bootstrapInterval(borderRatios(rows, system)))}`);
  return {
    id: "borders-of-networks",
    claims: [dampedFlowsAreStable.id],
    title: "The Jacobian's eigenvalues foretell the largest stable step size",
    caption:
      "Damped antisymmetric networks, one mark a seed. Measured: the step size at which a perturbation grows in the second " +
      "half of a deep network. Predicted: that at which the largest |1 + h λ|, in the geometric mean over the states " +
      `there, passes 1. Measured over predicted: ${said.join("; ")}.`,
    xAxis: { label: "predicted largest stable step size" },
    yAxis: { label: "measured largest stable step size" },
    series: [
      ...systems.map(
        (system): Series => ({
          name: system,
          kind: "points",
          points: networkBorderRows(rows, system).map(({ border, theory, seed }) => ({
            ...{ x: theory!, y: border!, note: `seed ${seed}` },
          })),
        }),
      ),
      { name: "theory: equal", kind: "line", published: true, points: ends.map((end) => ({ x: end, y: end })) },
    ],
  };
}

function energyByTime(
  rows: readonly Result[],
  system: keyof typeof oscillations,
  { energyStepSizes }: Parameters,
): Figure {
  const shown = energyStepSizes.includes(0.1) ? 0.1 : Math.max(...energyStepSizes);
  return {
    id: `energy-by-time-${system}`,
    claims: [verletKeepsEnergy.id, energyErrorsFollowTheory.id],
    title: `Verlet and leapfrog keep the energy of the ${system}, forward Euler does not`,
    caption:
      `Largest relative error of the energy in each twentieth of the time, step size ${shown}. ${interval} Verlet's swings, ` +
      "as its velocity stands half a step beside its place, but does not drift; that of RK4 is small, and drifts.",
    xAxis: { label: "time" },
    yAxis: { label: "log10(relative error of the energy)" },
    series: energyMethods.map((method) =>
      intervalSeries({
        name: method,
        kind: "line",
        rows: of(rows, "energy", method, system).filter(({ step_size }) => step_size === shown),
        x: ({ time }) => time!,
        y: ({ energy_error }) => Math.log10(energy_error!),
      }),
    ),
  };
}

function energyByStep(rows: readonly Result[]): Figure {
  return {
    id: "energy-by-step-size",
    claims: [verletKeepsEnergy.id, energyErrorsFollowTheory.id],
    title: "Whether the error of the energy grows, by step size",
    caption: `Largest error in the second half of the time over that in the first: 1 is bounded. ${interval}`,
    xAxis: { label: "step size h", scale: "log" },
    yAxis: { label: "log10(late error / early error)" },
    series: Object.keys(oscillations).flatMap((system) =>
      energyMethods.map((method) => {
        const own = of(rows, "energy", method, system);
        const ratios = distinct(own.map(({ step_size }) => step_size!)).flatMap((h) => {
          const seedNumbers = [...bySeed(own).keys()];
          return energyRatios(own.filter(({ step_size }) => step_size === h)).map((ratio, i) => ({
            ...{ seed: seedNumbers[i]!, h, ratio },
          }));
        });
        return intervalSeries({
          name: `${method}, ${system}`,
          kind: "line",
          rows: ratios,
          x: ({ h }) => h,
          y: ({ ratio }) => Math.log10(ratio),
        });
      }),
    ),
    references: [
      { y: Math.log10(1.1), label: "rule of F3" },
      { y: Math.log10(1.5), label: "rule of F3 for Euler" },
    ],
  };
}

function signalsByDepth(rows: readonly Result[]): Figure {
  return signalFigure(rows, {
    id: "mean-square-by-step-rule",
    title: "Residual networks explode at step 1, and stay bounded at steps 1/√N and 1/N",
    what: "Mean square of the last activations over that of the first",
    label: "log10(mean square)",
    decades: ({ log10_mean_square }) => log10_mean_square!,
  });
}

function gradientsByDepth(rows: readonly Result[]): Figure {
  return signalFigure(rows, {
    id: "gradient-by-step-rule",
    title: "Their gradients do likewise",
    what: "Squared norm of the loss's gradient at the first block over that at the last block's output",
    label: "log10(squared gradient, first / last)",
    decades: ({ log10_gradient_square }) => log10_gradient_square!,
  });
}

interface SignalFigure {
  readonly id: string;
  readonly title: string;
  readonly what: string;
  readonly label: string;
  readonly decades: (row: Result) => number;
}

function signalFigure(rows: readonly Result[], { id, title, what, label, decades }: SignalFigure): Figure {
  const own = of(rows, "signals");
  const depths = distinct(own.map(({ depth }) => depth!));
  return {
    id,
    claims: [boundedStepsBoundGrowth.id],
    title,
    caption:
      `${what}, dense residual ReLU networks without normalisation, He's initialisation. ${interval} Theory: ` +
      "(1 + h²)^N, which is 2^N for step 1, and tends to e for 1/√N and to 1 for 1/N.",
    xAxis: { label: "depth N (blocks)", scale: "log", integers: true },
    yAxis: { label },
    series: [
      ...stepRules.map(({ name }) =>
        intervalSeries({
          name,
          kind: "line",
          rows: own.filter(({ subject }) => subject === name),
          x: ({ depth }) => depth!,
          y: decades,
        }),
      ),
      ...stepRules.map(
        ({ name, stepSize }): Series => ({
          name: `theory, ${name}: (1 + h²)^N`,
          kind: "line",
          published: true,
          points: depths.map((depth) => ({ x: depth, y: Math.log10(meanSquareTheory(stepSize(depth), depth)) })),
        }),
      ),
    ],
  };
}
