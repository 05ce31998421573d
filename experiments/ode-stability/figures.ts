/** What the rows of `../ode-stability.ts` show. */
import {
  amplification,
  boundaryAt,
  energyErrorBound,
  energyMethods,
  eulerEnergyGrowth,
  type Method,
  oscillations,
  pointOn,
  type Ray,
} from "../../src/dynamics";
import { type FigureOf, ifTold, type Rows } from "../../src/experiment";
import { type Figure, intervalSeries, publishedSeries, type Series } from "../../src/report";
import { ascending } from "../../src/statistics";
import {
  blockKinds,
  bounded,
  type Direction,
  drawnMethods,
  energyRatios,
  exceeded,
  growthInterval,
  meanSquareTheory,
  methods,
  networkBorders,
  type Params,
  perturbed,
  type Row,
  stepRules,
  systems,
} from "./rows";

/** All of them, in the order of the report. */
export function odeStabilityFigures(rows: Rows<Row>, params: Params): (FigureOf<Row> | Figure)[] {
  const kinds = Object.keys(blockKinds);
  return [
    ...drawnMethods.map((method) => growthMap(rows, method)),
    bordersOnThePlane(rows),
    ...(["growth", "worst_growth"] as const).flatMap((direction) =>
      systems.map((system) => growthByTime(rows, system, direction, params)),
    ),
    ...kinds.map((kind) => growthByStepAndDepth(rows, kind)),
    spectra(rows),
    bordersOfNetworks(rows),
    ...Object.keys(oscillations).map((system) => energyByTime(rows, system, params)),
    ...Object.keys(oscillations).map((system) => energyByStep(rows, system)),
    {
      id: "mean-square-by-step-rule",
      title: "Residual networks explode at step 1, and stay bounded at steps 1/√N and 1/N",
      ...{ ...signals(rows), y: { column: "log10_mean_square", label: "log10(mean square, last / first)" } },
    },
    {
      id: "gradient-by-step-rule",
      title: "Their gradients do likewise",
      ...{ ...signals(rows), y: { column: "log10_gradient_square", label: "log10(squared gradient, first / last)" } },
    },
  ];
}

/** To four digits: colours and pixels show no more, and the page stays small. All digits are in the rows. */
function rounded(value: number): number {
  return Number(value.toPrecision(4));
}

const realPart = { column: "re", label: "real part of h λ" } as const;
const imaginaryPart = { column: "im", label: "imaginary part of h λ" } as const;

function growthMap(rows: Rows<Row>, method: Method): Figure {
  const own = rows.where({ part: "growth on the plane", subject: method });
  const [x, y] = [ascending(own.distinct("re")), ascending(own.distinct("im"))];
  const values = new Map(own.map(({ re, im, growth }) => [`${re} ${im}`, growth === null ? null : rounded(growth)]));
  return {
    id: `growth-${method.toLowerCase().replace(" ", "-")}`,
    claims: ["F1"],
    title: `Growth a step of ${method} over the plane of h λ`,
    caption:
      "Measured on a real system with eigenvalues λ and its conjugate, from a random state; it grows where the colour is " +
      `brown.${method === "leapfrog" ? " Leapfrog is stable on the imaginary axis alone, from -i to i." : ""}`,
    xAxis: { label: realPart.label },
    yAxis: { label: imaginaryPart.label },
    matrix: {
      ...{ x: x.map(rounded), y: y.map(rounded) },
      values: y.map((im) => x.map((re) => values.get(`${re} ${im}`) ?? null)),
      ...{ label: "growth a step", scale: "log", colours: "diverging", range: [0.25, 4] },
    },
    lines: [{ name: "border of stability, theory: |R(h λ)| = 1", points: theoreticalBorder(method) }],
  };
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

/** Marks that are not joined over seeds. */
function marks(name: string, points: Series["points"]): Series {
  return { name, kind: "points", points };
}

function bordersOnThePlane(rows: Rows<Row>): FigureOf<Row> {
  const borders = rows.where({ part: "border of stability" });
  const seed = ascending(borders.distinct("seed"))[0] ?? 1;
  return {
    id: "borders-of-stability",
    claims: ["F1"],
    title: "Measured borders of stability lie on those of theory",
    caption:
      `Marks: where growth begins along rays, all step sizes, seed ${seed}. Leapfrog and Verlet are stable on a stretch ` +
      "of the imaginary axis alone, of which the ends are marked.",
    ...{ x: realPart, y: imaginaryPart },
    series: [
      ...methods.map((method) => {
        const own = borders.where({ subject: method, seed });
        return marks(
          method,
          own.flatMap(({ re, im, step_size }) =>
            re === null || im === null ? [] : [{ x: rounded(re), y: rounded(im), note: `h = ${step_size}` }],
          ),
        );
      }),
      ...drawnMethods
        .filter((method) => method !== "leapfrog")
        .map((method) =>
          publishedSeries(
            `theory, ${method}: Hairer & Wanner 1996`,
            theoreticalBorder(method).map(({ x, y }) => [x, y]),
          ),
        ),
    ],
  };
}

/** Growth by time at the smallest step size. */
function growthByTime(rows: Rows<Row>, system: string, direction: Direction, { stepSizes }: Params): FigureOf<Row> {
  const smallest = Math.min(...stepSizes);
  const random = direction === "growth";
  return {
    id: `${random ? "growth" : "worst-growth"}-by-time-${system.replace(/[ ,]+/g, "-")}`,
    claims: random ? ["F2", "F2.1"] : ["F2.2"],
    title: random
      ? `Random perturbations grow with free weights, and fade where antisymmetric ones are damped (${system})`
      : `The worst perturbation grows in passing even where it is damped (${system})`,
    caption: random
      ? `Step size ${smallest}. Without damping they grow slowly, though every eigenvalue is imaginary: neighbouring ` +
        "orbits of a system that keeps its energy turn at different speeds, and part in proportion to time."
      : `Step size ${smallest}. F2.2 looks where random perturbations of free networks grow more than tenfold.`,
    x: { value: ({ depth }) => smallest * depth!, label: "time h N", scale: "log" },
    y: { value: (row) => Math.log10(row[direction]!), label: "log10(growth |δ_N| / |δ_0|)" },
    series: Object.keys(blockKinds).map((kind) => ({
      name: kind,
      kind: "line",
      rows: perturbed(rows, kind, system).where({ step_size: smallest }),
    })),
    references: [
      { y: Math.log10(bounded), label: `threshold of ${random ? "F2" : "F2.2"}` },
      ...(random ? [{ y: Math.log10(exceeded), label: "F2 looks where free ones are above" }] : []),
    ],
  };
}

function growthByStepAndDepth(rows: Rows<Row>, kind: string): Figure {
  const own = perturbed(rows, kind, "dense");
  const above0 = (place: number) => place > 0; // what has a logarithm
  const [x, y] = [ascending(own.distinct("depth")), ascending(own.distinct("step_size").filter(above0))];
  const at = (step_size: number, depth: number) => {
    const found = own.where({ step_size, depth });
    return ifTold(() => growthInterval(found).estimate);
  };
  return {
    id: `growth-by-step-and-depth-${kind.toLowerCase().replace(" ", "-")}`,
    title: `Growth of perturbations by step size and depth: ${kind}`,
    caption: "Random perturbations, dense networks with constant weights; geometric mean over inputs and seeds.",
    xAxis: { label: "depth (blocks)", scale: "log", integers: true },
    yAxis: { label: "step size h", scale: "log" },
    matrix: {
      ...{ x, y, values: y.map((step) => x.map((depth) => at(step, depth))) },
      ...{ label: "growth |δ_N| / |δ_0|", scale: "log", colours: "diverging", range: [1e-3, 1e3] },
    },
  };
}

function spectra(rows: Rows<Row>): FigureOf<Row> {
  const seed = ascending(rows.distinct("seed"))[0] ?? 1;
  const own = rows.where({ part: "perturbations", seed, system: "dense" }).where(({ re }) => re !== null);
  return {
    id: "eigenvalues-on-the-way",
    claims: ["F2", "F2.1"],
    title: "Eigenvalues of the Jacobian half way through dense networks",
    caption:
      `Of seed ${seed}, at the smallest step size and the largest depth. The slopes of tanh shrink them, the free ones' ` +
      "most, as their states have grown.",
    x: { column: "re", label: "real part of λ" },
    y: { column: "im", label: "imaginary part of λ" },
    series: Object.keys(blockKinds).map((subject) => {
      const points = own.where({ subject }).map(({ re, im }) => ({ x: re!, y: im! }));
      return marks(subject, points);
    }),
  };
}

function bordersOfNetworks(rows: Rows<Row>): FigureOf<Row> {
  const all = systems.map((system) => ({ system, own: networkBorders(rows, system) }));
  const end = Math.max(...all.flatMap(({ own }) => [...own.numbers("border"), ...own.numbers("theory")]));
  return {
    id: "borders-of-networks",
    claims: ["F2"],
    title: "The largest stable step size, measured and as the Jacobian's eigenvalues predict it",
    caption:
      "Damped antisymmetric networks that begin at rest, one mark a seed. Predicted: where the largest |1 + h λ|, in the " +
      "geometric mean over the states of the second half, passes 1.",
    x: { column: "theory", label: "predicted largest stable step size" },
    y: { column: "border", label: "measured largest stable step size" },
    series: [
      ...all.map(({ system, own }) =>
        marks(
          system,
          own.map(({ border, theory, seed }) => ({ x: theory!, y: border!, note: `seed ${seed}` })),
        ),
      ),
      publishedSeries("theory: equal", [
        [0, 0],
        [end, end],
      ]),
    ],
  };
}

function energyByTime(rows: Rows<Row>, system: string, { energyStepSizes }: Params): FigureOf<Row> {
  const h = energyStepSizes.includes(0.1) ? 0.1 : Math.max(...energyStepSizes);
  const own = rows.where({ part: "energy", system, step_size: h });
  return {
    id: `energy-by-time-${system}`,
    claims: ["F3", "F3.1"],
    title: `Verlet and leapfrog keep the energy of the ${system}, forward Euler does not`,
    caption:
      `Largest error in each twentieth of the time, step size ${h}. Verlet's swings, as its velocity stands half a step ` +
      "beside its place, but does not drift; that of RK4 is small, and drifts.",
    x: { column: "time", label: "time" },
    y: { value: ({ energy_error }) => Math.log10(energy_error!), label: "log10(relative error of the energy)" },
    series: [
      ...energyMethods.map((method) => ({ name: method, kind: "line" as const, rows: own.where({ subject: method }) })),
      ...(system === "oscillator" ? energyTheory(ascending(own.distinct("time")), h) : []),
    ],
  };
}

/** The error of the oscillator's energy with forward Euler, and the bounds of the others, by time: exact. */
function energyTheory(times: readonly number[], h: number): Series[] {
  const line = (name: string, error: (time: number) => number) =>
    publishedSeries(
      name,
      times.map((time) => [time, Math.log10(error(time))]),
    );
  return [
    line("theory, forward Euler: (1 + h²)^N - 1", (time) => Math.expm1(eulerEnergyGrowth(h, Math.round(time / h)))),
    ...(["Verlet", "leapfrog"] as const).map((method) =>
      line(`bound by the shadow energy, ${method}`, () => energyErrorBound(method, h)),
    ),
  ];
}

function energyByStep(rows: Rows<Row>, system: string): FigureOf<Row> {
  const oscillator = system === "oscillator";
  return {
    id: `energy-by-step-size-${system}`,
    claims: ["F3"],
    title: `Whether the error of the energy grows, by step size (${system})`,
    caption:
      "Largest error in the second half of the time over that in the first." +
      (oscillator ? " Forward Euler's leaves the figure upwards: it grows by (1 + h²)^(N/2)." : ""),
    x: { column: "step_size", scale: "log" },
    y: {
      ...{ value: () => null, label: "log10(late error / early error)" },
      ...(oscillator ? { range: [-0.1, 1] as const } : {}),
    },
    series: energyMethods.map((method) => {
      const own = rows.where({ part: "energy", subject: method, system });
      return intervalSeries({
        name: method,
        kind: "line",
        rows: ascending(own.distinct("step_size")).flatMap((h) =>
          energyRatios(own.where({ step_size: h })).map(({ seed, ratio }) => ({ seed, h, ratio })),
        ),
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

/** What both figures of signals by depth share. */
function signals(rows: Rows<Row>) {
  const own = rows.where({ part: "signals" });
  const depths = ascending(own.distinct("depth"));
  return {
    claims: ["C4.1"] as const,
    caption: "Dense residual ReLU networks without normalisation. By theory both grow by (1 + h²)^N.",
    x: { column: "depth", label: "depth N (blocks)", scale: "log" } as const,
    series: [
      ...Object.keys(stepRules).map((subject) => ({
        ...{ name: subject, kind: "line" as const, rows: own.where({ subject }) },
      })),
      ...Object.entries(stepRules).map(([name, stepSize]) =>
        publishedSeries(
          `theory, ${name}: (1 + h²)^N`,
          depths.map((depth) => [depth, Math.log10(meanSquareTheory(stepSize(depth), depth))]),
        ),
      ),
    ],
  };
}
