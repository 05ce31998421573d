/** What `../ode-stability.ts` consists of: its parameters, columns and cells, and what its rows are asked for. */
import { type BlockKind, energyErrorBound, type Method } from "../../src/dynamics";
import {
  column,
  count,
  counts,
  number,
  numbers,
  type ParameterValues,
  type RowOf,
  type Rows,
  seeds,
} from "../../src/experiment";
import type { Interval } from "../../src/statistics";

/*
 * γ, the step sizes and the depths are chosen so that the time h N at which free networks have grown tenfold (about 10 to
 * 20, for weights of variance 1 over fan-in) is reached with step sizes on both sides of the border 2 γ / (γ² + ω²), ω
 * being 1.5 to 2: Haber & Ruthotto's own γ of 1e-4 would ask for steps of 1e-4.
 */
export const parameters = {
  seeds: seeds({ smoke: 2, quick: 5, paper: 10 }),
  planeCells: count("cells a side of the plane of h λ; its axes are among them where it is 8 n + 1", {
    smoke: 9,
    quick: 25,
    paper: 49,
  }),
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
  side: count("side of the convolutional networks' images", { smoke: 4, quick: 6, paper: 8 }, { unit: "pixels" }),
  channels: count("channels of these images, even", { smoke: 2, quick: 4, paper: 8 }),
  damping: number("damping γ of the damped antisymmetric networks", 0.1, { minimum: 0 }),
  biasDeviation: number("standard deviation of biases", 0.1, { minimum: 0 }),
  knots: count("random weights between which changing ones are interpolated", 5, { minimum: 2 }),
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
export type Params = ParameterValues<typeof parameters>;

export const parts = ["growth on the plane", "border of stability", "perturbations", "energy", "signals"] as const;

export type Cell = {
  readonly seed: number;
  readonly part: (typeof parts)[number];
  /** A method, a kind of network, or a rule for the step size. */
  readonly subject: string;
  /** What it is run on. */
  readonly system: string;
};

export const columns = {
  part: column.oneOf("what is measured", parts),
  subject: column.text("method, kind of network, or rule for the step size"),
  system: column.text("what it is run on"),
  step_size: column.number("step size h"),
  depth: column.whole("depth N", "steps or blocks"),
  re: column.number("real part, of h λ or of an eigenvalue half way through a network"),
  im: column.number("imaginary part, of the same"),
  growth: column.number("growth a step, or of random perturbations |δ_N| / |δ_0|, root mean square", "times"),
  worst_growth: column.number("growth of the perturbation that grows most", "times"),
  theory: column.number("growth or border by theory"),
  border: column.number("distance from -1/h or 0 at which growth begins; of networks, the largest stable step size"),
  angle_degrees: column.number("direction of the ray along which the border lies; 90 is upwards", "degrees"),
  time: column.number("end of a twentieth of the time"),
  energy_error: column.number("largest relative error of the energy in it"),
  log10_mean_square: column.number("log10(mean square of the last activations over that of the first)"),
  log10_gradient_square: column.number("log10(squared norm of the gradient, first block over last)"),
};
export type Row = RowOf<typeof columns, Cell>;

/** Methods whose region is drawn. Verlet has but a stretch of the imaginary axis. */
export const drawnMethods: readonly Method[] = ["forward Euler", "explicit midpoint", "RK4", "leapfrog"];
export const methods: readonly Method[] = [...drawnMethods, "Verlet"];

export const [free, damped, undamped, hamiltonian] = [
  "free",
  "damped antisymmetric",
  "antisymmetric",
  "Hamiltonian",
] as const;
/** Kinds of networks, with the weights of their blocks. */
export const blockKinds: Readonly<Record<string, BlockKind>> = {
  [free]: "free",
  [damped]: "antisymmetric",
  [undamped]: "antisymmetric",
  [hamiltonian]: "Hamiltonian",
};
export const systems = ["dense", "dense, changing weights", "convolution"] as const;

/** Step sizes by depth N. */
export const stepRules: Readonly<Record<string, (depth: number) => number>> = {
  "step 1": () => 1,
  "step 1/√N": (depth) => 1 / Math.sqrt(depth),
  "step 1/N": (depth) => 1 / depth,
};

/** Growth of the mean square in N blocks of step size h: each branch has h² of its input's, and is not correlated with it. */
export function meanSquareTheory(stepSize: number, depth: number): number {
  return (1 + stepSize ** 2) ** depth;
}

/** Difference (%) of a measured border from theory's. */
export function differencePercent({ border, theory }: Row): number {
  return 100 * Math.abs(border! / theory! - 1);
}

/** Of which perturbations the growth is looked at: random ones, or the one that grows most. */
export type Direction = "growth" | "worst_growth";

/** Growth above which the rule of F2 looks at the others, and that below which theirs should be. */
export const [exceeded, bounded] = [10, 1.5];

/** Networks of a kind on a system, with the growth of their perturbations. */
export function perturbed(rows: Rows<Row>, subject: string, system: string): Rows<Row> {
  return rows.where({ part: "perturbations", subject, system }).where(({ growth }) => growth !== null);
}

/** The same of damped networks, with their border of stability. */
export function networkBorders(rows: Rows<Row>, system: string): Rows<Row> {
  return rows.where({ part: "perturbations", subject: damped, system }).where(({ border }) => border !== null);
}

/** Geometric mean over seeds of the growth, with its interval. @throws DegenerateSample */
export function growthInterval(rows: Rows<Row>, direction: Direction = "growth"): Interval {
  const logarithms = rows.interval((row) => Math.log(row[direction]!));
  const { estimate, low, high } = logarithms;
  return { ...logarithms, estimate: Math.exp(estimate), low: Math.exp(low), high: Math.exp(high) };
}

/** Each seed's largest error of the energy in the second half of the time over that in the first. */
export function energyRatios(rows: Rows<Row>): { readonly seed: number; readonly ratio: number }[] {
  return rows.bySeed().map(({ seed, rows: own }) => {
    const middle = largest(own.numbers("time")) / 2;
    const isEarly = ({ time }: Row) => time! <= middle * (1 + 1e-9);
    const most = (some: Rows<Row>) => largest(some.numbers("energy_error"));
    return { seed, ratio: most(own.where((row) => !isEarly(row))) / most(own.where(isEarly)) };
  });
}

/** Each seed's largest error of the oscillator's energy over the bound that its shadow gives. */
export function errorsOverBound(rows: Rows<Row>, method: "Verlet" | "leapfrog", step_size: number): number[] {
  return rows
    .where({ part: "energy", subject: method, system: "oscillator", step_size })
    .perSeed("energy_error", largest)
    .map((error) => error / energyErrorBound(method, step_size));
}

export function largest(values: readonly number[]): number {
  return Math.max(...values);
}
