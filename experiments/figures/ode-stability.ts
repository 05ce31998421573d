/** What the rows of `../ode-stability.ts` show. */
import {
  boundedStepsBoundGrowth,
  dampedFlowsAreStable,
  energyErrorsFollowTheory,
  eulerIsStableInItsCircle,
  imaginarySpectraAreStable,
  verletKeepsEnergy,
  worstPerturbationsStaySmall,
} from "../../src/claims";
import {
  amplification,
  boundaryAt,
  energyErrorBound,
  energyMethods,
  eulerEnergyGrowth,
  type Method,
  type oscillations,
  pointOn,
  type Ray,
} from "../../src/dynamics";
import { type Figure, intervalSeries, type Series } from "../../src/report";
import { bootstrapInterval, bySeed, intervalNumbers, mean } from "../../src/statistics";
import type { Parameters, Result } from "../ode-stability";
import {
  damped,
  drawnMethods,
  free,
  hamiltonian,
  meanSquareTheory,
  methods,
  type NetworkKind,
  networkKinds,
  stepRules,
  systems,
  undamped,
} from "../ode-stability/parts";
import {
  borderRatios,
  bounded,
  type Direction,
  differencePercent,
  distinct,
  energyRatios,
  exceeded,
  growthInterval,
  networkBorderRows,
  of,
  perturbed,
} from "./ode-stability-rows";

/** All of them, in the order of the report. */
export function odeStabilityFigures(rows: readonly Result[], params: Parameters): Figure[] {
  return [
    ...drawnMethods.map((method) => growthMap(rows, method)),
    bordersOnThePlane(rows),
    ...systems.map((system) => growthByDepth(rows, system, "growth", params)),
    ...systems.map((system) => growthByDepth(rows, system, "worst_growth", params)),
    ...[free, damped, undamped, hamiltonian].map((kind) => growthByStepAndDepth(rows, kind)),
    spectra(rows),
    networkBorders(rows),
    energyByTime(rows, "oscillator", params),
    energyByTime(rows, "pendulum", params),
    energyByStep(rows, "oscillator"),
    energyByStep(rows, "pendulum"),
    signalsByDepth(rows),
    gradientsByDepth(rows),
  ];
}

const interval = "Marks and lines are means over seeds, whiskers and bands 95 % bootstrap intervals.";
const geometric =
  "Growth is the geometric mean over inputs; lines are means over seeds, bands 95 % bootstrap intervals.";
const realAxis = { label: "real part of h λ" };
const imaginaryAxis = { label: "imaginary part of h λ" };

function growthMap(rows: readonly Result[], method: Method): Figure {
  const own = of(rows, "growth on the plane", method);
  const [x, y] = [distinct(own.map(({ re }) => re!)), distinct(own.map(({ im }) => im!))];
  const values = new Map(own.map(({ re, im, growth }) => [`${re} ${im}`, rounded(growth!)]));
  const differences = own.map(({ growth, theory }) => Math.abs(growth! - theory!));
  return {
    id: `growth-${method.toLowerCase().replace(" ", "-")}`,
    claims: [eulerIsStableInItsCircle.id],
    title: `Growth a step of ${method} over the plane of h λ`,
    caption:
      "Colours: measured, by running a real system with eigenvalues λ and its conjugate from a random state; it grows where " +
      "they are brown. Line: where |R(h λ)| = 1 by theory. Measured growth and theory's differ by " +
      `${mean(differences).toPrecision(2)} in the mean over the plane` +
      (method === "leapfrog"
        ? ": leapfrog's two roots are not told apart at once. It is stable on the imaginary axis alone, from -i to i."
        : "."),
    xAxis: realAxis,
    yAxis: imaginaryAxis,
    matrix: {
      ...{
        x: x.map(rounded),
        y: y.map(rounded),
        values: y.map((im) => x.map((re) => values.get(`${re} ${im}`) ?? null)),
      },
      ...{ label: "growth a step", scale: "log", colours: "diverging", range: [0.25, 4] },
    },
    lines: [{ name: "border of stability, theory: |R(h λ)| = 1", points: theoreticalBorder(method) }],
  };
}

/** To four digits: colours and pixels show no more, and the page stays small. All digits are in the rows. */
function rounded(value: number): number {
  return Number(value.toPrecision(4));
}

/** Where |R(z)| = 1: around the region of stability, every two degrees; leapfrog has but a stretch of the axis. */
function theoreticalBorder(method: Method): { x: number; y: number }[] {
  if (method === "leapfrog") return [-1, 1].map((y) => ({ x: 0, y }));
  return Array.from({ length: 181 }, (_, i) => {
    const ray: Ray = { from: { re: -1, im: 0 }, degrees: 2 * i };
    const distance = boundaryAt((far) => amplification(method, pointOn(ray, far)) <= 1 + 1e-9, 4);
    const { re, im } = pointOn(ray, distance);
    return { x: Number(re.toFixed(4)), y: Number(im.toFixed(4)) };
  });
}

function bordersOnThePlane(rows: readonly Result[]): Figure {
  const borders = of(rows, "border of stability");
  const first = Math.min(...borders.map(({ seed }) => seed));
  const largest = (method: Method) => {
    const differences = borders.filter(({ subject }) => subject === method).map(differencePercent);
    return `${method} ${Math.max(...differences).toPrecision(2)} %`;
  };
  return {
    id: "borders-of-stability",
    claims: [eulerIsStableInItsCircle.id],
    title: "Measured borders of stability lie on those of theory",
    caption:
      `Marks: where growth begins along rays, by bisection, all step sizes, seed ${first}; the border of λ scales with ` +
      "1/h, so that of h λ is one for all. Lines: |R(h λ)| = 1. Largest differences of all seeds: " +
      `${methods.map(largest).join(", ")}. Leapfrog and Verlet are stable on a stretch of the imaginary axis alone, of ` +
      "which the ends are marked.",
    xAxis: realAxis,
    yAxis: imaginaryAxis,
    series: [
      ...methods.map(
        (method): Series => ({
          name: method,
          kind: "points",
          points: borders
            .filter(({ subject, seed }) => subject === method && seed === first)
            .map(({ re, im, step_size }) => ({ x: rounded(re!), y: rounded(im!), note: `h = ${step_size}` })),
        }),
      ),
      ...(["forward Euler", "explicit midpoint", "RK4"] as const).map(
        (method): Series => ({
          name: `theory, ${method}: Hairer & Wanner 1996`,
          kind: "line",
          published: true,
          points: theoreticalBorder(method),
        }),
      ),
    ],
  };
}

/** Growth by depth at the smallest step size. */
function growthByDepth(
  rows: readonly Result[],
  system: string,
  direction: Direction,
  { stepSizes }: Parameters,
): Figure {
  const smallest = Math.min(...stepSizes);
  const random = direction === "growth";
  return {
    id: `${random ? "growth" : "worst-growth"}-by-time-${system.replace(/[ ,]+/g, "-")}`,
    claims: random ? [dampedFlowsAreStable.id, imaginarySpectraAreStable.id] : [worstPerturbationsStaySmall.id],
    title: random
      ? `Random perturbations grow with free weights, and fade where antisymmetric ones are damped (${system})`
      : `The worst perturbation grows in passing even where it is damped (${system})`,
    caption:
      `Growth of small perturbations of the input by time h N, step size ${smallest}: ` +
      (random ? "root mean square over random directions. " : "in the direction that grows most. ") +
      geometric +
      (random
        ? " Without damping they grow slowly, though every eigenvalue is imaginary: neighbouring orbits of a system that " +
          "keeps its energy turn at different speeds, and part in proportion to time."
        : " The rule of F2.2 looks where random perturbations of free networks grow more than tenfold."),
    xAxis: { label: "time h N", scale: "log" },
    yAxis: { label: "log10(growth |δ_N| / |δ_0|)" },
    series: networkKinds.map((kind) =>
      intervalSeries({
        name: kind.name,
        kind: "line",
        rows: perturbed(rows, kind, system).filter(({ step_size }) => step_size === smallest),
        x: ({ depth }) => smallest * depth!,
        y: (row) => Math.log10(row[direction]!),
      }),
    ),
    references: [
      { y: Math.log10(bounded), label: `border of ${random ? "F2" : "F2.2"}` },
      ...(random ? [{ y: Math.log10(exceeded), label: "F2 looks where free ones are above" }] : []),
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
    title: "The largest stable step size, measured and as the Jacobian's eigenvalues foretell it",
    caption:
      "Damped antisymmetric networks, one mark a seed. Measured: the step size at which a perturbation grows in the second " +
      "half of a deep network that begins at rest. Predicted: that at which the largest |1 + h λ|, in the geometric mean " +
      `over the states there, passes 1. Measured over predicted: ${said.join("; ")}. At rest and with constant weights both ` +
      "agree by linear algebra; this way of measuring was chosen when another had been seen not to agree.",
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
  const exact = system === "oscillator" ? energyTheory(rows, shown) : [];
  return {
    id: `energy-by-time-${system}`,
    claims: [verletKeepsEnergy.id, energyErrorsFollowTheory.id],
    title: `Verlet and leapfrog keep the energy of the ${system}, forward Euler does not`,
    caption:
      `Largest relative error of the energy in each twentieth of the time, step size ${shown}. ${interval} Verlet's swings, ` +
      "as its velocity stands half a step beside its place, but does not drift; that of RK4 is small, and drifts." +
      (exact.length > 0 ? " Grey: what theory has for forward Euler, and as a bound for Verlet and leapfrog." : ""),
    xAxis: { label: "time" },
    yAxis: { label: "log10(relative error of the energy)" },
    series: [
      ...energyMethods.map((method) =>
        intervalSeries({
          name: method,
          kind: "line",
          rows: of(rows, "energy", method, system).filter(({ step_size }) => step_size === shown),
          x: ({ time }) => time!,
          y: ({ energy_error }) => Math.log10(energy_error!),
        }),
      ),
      ...exact,
    ],
  };
}

/** The error of the oscillator's energy with forward Euler, and the bounds of the others, by time: exact. */
function energyTheory(rows: readonly Result[], h: number): Series[] {
  const own = of(rows, "energy", "forward Euler", "oscillator").filter(({ step_size }) => step_size === h);
  const times = distinct(own.map(({ time }) => time!));
  const line = (name: string, error: (time: number) => number): Series => ({
    ...{ name, kind: "line", published: true },
    points: times.map((time) => ({ x: time, y: Math.log10(error(time)) })),
  });
  return [
    line("theory, forward Euler: (1 + h²)^N - 1", (time) => Math.expm1(eulerEnergyGrowth(h, Math.round(time / h)))),
    ...(["Verlet", "leapfrog"] as const).map((method) =>
      line(`bound by the shadow energy, ${method}`, () => energyErrorBound(method, h)),
    ),
  ];
}

function energyByStep(rows: readonly Result[], system: keyof typeof oscillations): Figure {
  return {
    id: `energy-by-step-size-${system}`,
    claims: [verletKeepsEnergy.id],
    title: `Whether the error of the energy grows, by step size (${system})`,
    caption:
      `Largest error in the second half of the time over that in the first: 1 is bounded. ${interval}` +
      (system === "oscillator" ? " Forward Euler's leaves the figure upwards: it grows by (1 + h²)^(N/2)." : ""),
    xAxis: { label: "step size h", scale: "log" },
    yAxis: {
      label: "log10(late error / early error)",
      ...(system === "oscillator" ? { range: [-0.1, 1] as const } : {}),
    },
    series: energyMethods.map((method) => {
      const own = of(rows, "energy", method, system);
      const ratios = distinct(own.map(({ step_size }) => step_size!)).flatMap((h) => {
        const seedNumbers = [...bySeed(own).keys()];
        return energyRatios(own.filter(({ step_size }) => step_size === h)).map((ratio, i) => ({
          ...{ seed: seedNumbers[i]!, h, ratio },
        }));
      });
      return intervalSeries({
        name: method,
        kind: "line",
        rows: ratios,
        x: ({ h }) => h,
        y: ({ ratio }) => Math.log10(ratio),
      });
    }),
    references: [
      { y: Math.log10(1.1), label: "Verlet and leapfrog: F3 asks for less" },
      { y: Math.log10(1.5), label: "forward Euler: F3 asks for more" },
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
