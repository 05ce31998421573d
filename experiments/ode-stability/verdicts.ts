/** How the rows of `../ode-stability.ts` judge its claims. */
import { energyMethods, eulerEnergyGrowth, oscillations } from "../../src/dynamics";
import { type Judged, judge, meanWithEnds, type Rows } from "../../src/experiment";
import { DegenerateSample, type Interval, quantity, seedCount, smallest } from "../../src/statistics";
import {
  bounded,
  type Direction,
  damped,
  differencePercent,
  energyRatios,
  errorsOverBound,
  exceeded,
  free,
  growthInterval,
  hamiltonian,
  largest,
  networkBorders,
  type Params,
  perturbed,
  type Row,
  systems,
  undamped,
} from "./rows";

type Judge = (rows: Rows<Row>, params: Params) => Judged;

export const odeStabilityClaims = {
  "C4.1"(rows, { signalDepths }) {
    const deepest = Math.max(...signalDepths);
    const signals = rows.where({ part: "signals" });
    const depth = largest(signals.numbers("depth"));
    const overTheory = (subject: string, column: "log10_mean_square" | "log10_gradient_square") =>
      signals.where({ subject, depth }).interval((row) => 10 ** row[column]! / row.theory!);
    return ["step 1/√N", "step 1/N"].reduce(
      (judged, rule) =>
        judged
          .of(`mean square over theory, ${rule}, N = ${deepest},`, overTheory(rule, "log10_mean_square"), "")
          .within(0.9, 1.1)
          .of(`squared gradient over theory, ${rule}, N = ${deepest},`, overTheory(rule, "log10_gradient_square"), "")
          .within(0.9, 1.1),
      judge(overTheory("step 1/√N", "log10_mean_square")),
    );
  },

  F1(rows) {
    const own = rows.where({ part: "border of stability", subject: "forward Euler" });
    const differences = own.perSeed(differencePercent, largest);
    return judge(differences)
      .of("largest difference from the circle, all rays and step sizes,", largest(differences), "%")
      .atMost(1);
  },

  F2(rows, params) {
    const judged = judgeDamped(rows, params, "growth", (system) => system);
    return systems.reduce(
      (soFar, system) =>
        soFar
          .of(
            `border measured over predicted, ${system},`,
            networkBorders(rows, system).perSeed(({ border, theory }) => border! / theory!),
            "",
          )
          .within(0.9, 1.1),
      judged,
    );
  },

  "F2.1"(rows, params) {
    const smallest = Math.min(...params.stepSizes);
    const found = [undamped, hamiltonian].flatMap((kind) =>
      systems.map((system) => ({
        what: `${kind}, ${system}`,
        found: whereFreeOnesGrow(rows, kind, system, params, (h) => h === smallest),
      })),
    );
    const own = found.find(({ what }) => what === `${hamiltonian}, dense`)!.found;
    return judgeBounded(found, worstPlace(own)?.growth ?? longest(rows, hamiltonian, params));
  },

  "F2.2": (rows, params) => judgeDamped(rows, params, "worst_growth", (system) => `${system}, worst direction`),

  F3(rows, { energyStepSizes }) {
    const all = Object.keys(oscillations).flatMap((system) =>
      energyMethods.flatMap((method) =>
        energyStepSizes.map((step_size) => {
          const own = rows.where({ part: "energy", subject: method, system, step_size });
          const ratio = judge(energyRatios(own).map((seed) => seed.ratio)).effect;
          return { system, method, step_size, ratio };
        }),
      ),
    );
    const worst = (some: typeof all, end: (ratio: Interval) => number) =>
      some.reduce((before, found) => (end(found.ratio) > end(before.ratio) ? found : before));
    const kept = all.filter(({ method }) => method === "Verlet" || method === "leapfrog");
    return Object.keys(oscillations).reduce(
      (judged, system) =>
        (["Verlet", "leapfrog", "forward Euler"] as const).reduce((soFar, method) => {
          const isEuler = method === "forward Euler";
          const { step_size, ratio } = worst(
            all.filter((found) => found.system === system && found.method === method),
            ({ low, high }) => (isEuler ? -low : high),
          );
          const text = `energy error, late over early, ${method}, ${system}, at step ${step_size}, the worst,`;
          const next = soFar.of(text, ratio, "");
          return isEuler ? next.above(1.5) : next.below(1.1);
        }, judged),
      judge(worst(kept, ({ high }) => high).ratio),
    );
  },

  "F3.1"(rows, { energyStepSizes }) {
    const most = (method: "Verlet" | "leapfrog") =>
      Math.max(...energyStepSizes.map((h) => largest(errorsOverBound(rows, method, h))));
    const differences = rows
      .where({ part: "energy", subject: "forward Euler", system: "oscillator" })
      .where(({ time, step_size, depth }) => Math.round(time! / step_size!) === depth)
      .numbers(({ energy_error, step_size, depth }) =>
        Math.abs(Math.log1p(energy_error!) / eulerEnergyGrowth(step_size!, depth!) - 1),
      );
    const effects = energyStepSizes.map((h) => judge(errorsOverBound(rows, "Verlet", h)).effect);
    return judge(effects.reduce((worst, found) => (found.high > worst.high ? found : worst)))
      .of("largest energy error over its bound, Verlet, all step sizes,", most("Verlet"), "")
      .atMost(1)
      .of("largest energy error over its bound, leapfrog, all step sizes,", most("leapfrog"), "")
      .atMost(1)
      .of("forward Euler's growth, difference from theory's in parts of it,", largest(differences), "")
      .atMost(1e-5);
  },
} satisfies Readonly<Record<string, Judge>>;

/** What each claim comes to, in a sentence. */
export const odeStabilitySentences = {
  "C4.1"(rows: Rows<Row>, { signalDepths }: Params) {
    const depth = Math.max(...signalDepths);
    const told = ["step 1", "step 1/√N", "step 1/N"].map((subject) => {
      const own = rows.where({ part: "signals", subject, depth });
      const times = meanWithEnds(own.perSeed((row) => 10 ** row.log10_mean_square!));
      return `${times} with ${subject}, where theory has ${quantity(largest(own.numbers("theory")))}`;
    });
    return `Through ${depth} blocks the mean square is multiplied by ${told.join("; by ")}.`;
  },

  F1(rows: Rows<Row>) {
    const own = rows.where({ part: "border of stability", subject: "forward Euler" });
    const most = largest(own.perSeed(differencePercent, largest));
    return (
      `The measured border of forward Euler's stability is at most ${quantity(most, "%")} from the circle ` +
      `|1 + h λ| = 1, along every ray and at ${own.distinct("step_size").length} step sizes.`
    );
  },

  F2(rows: Rows<Row>, params: Params) {
    const worst = worstPlace(dampedWhereFreeOnesGrow(rows, params, "growth").flatMap(({ found }) => found));
    if (worst === undefined) return "Nowhere do free networks let a small perturbation grow more than tenfold.";
    const at = { step_size: worst.stepSize, depth: worst.depth };
    const freeGrowth = growthInterval(perturbed(rows, free, worst.system).where(at)).estimate;
    return (
      `A small random perturbation grows ${quantity(freeGrowth)}-fold through ${worst.depth} blocks of free weights and ` +
      `${quantity(worst.growth.estimate)}-fold through damped antisymmetric ones, at step size ${worst.stepSize}, where ` +
      `these let it grow most (${worst.system}, ${seedCount(worst.growth.count)}).`
    );
  },

  "F2.1"(rows: Rows<Row>, params: Params) {
    const least = Math.min(...params.stepSizes);
    const told = [undamped, hamiltonian].map((kind) => {
      const found = systems.flatMap((system) => whereFreeOnesGrow(rows, kind, system, params, (h) => h === least));
      return `${kind} ones ${worstText(found)}`;
    });
    return `Where free networks let a random perturbation grow more than tenfold, it grows most in ${told.join(", in ")}.`;
  },

  "F2.2"(rows: Rows<Row>, params: Params) {
    const told = dampedWhereFreeOnesGrow(rows, params, "worst_growth").map(({ found }) => worstText(found));
    return (
      "Where free networks let a random perturbation grow more than tenfold, damped ones let the worst one grow " +
      `${told.join(", ")}.`
    );
  },

  F3(rows: Rows<Row>, { energyStepSizes }: Params) {
    const told = (["Verlet", "leapfrog", "forward Euler"] as const).map((method) => {
      const ratios = Object.keys(oscillations).flatMap((system) =>
        energyStepSizes.flatMap((step_size) =>
          energyRatios(rows.where({ part: "energy", subject: method, system, step_size })).map(({ ratio }) => ratio),
        ),
      );
      return `${quantity(smallest(ratios))} to ${quantity(largest(ratios))} with ${method}`;
    });
    return (
      `The largest energy error of the second half of the time is, over that of the first, ${told.join(", ")} ` +
      `(${Object.keys(oscillations).join(" and ")}, ${energyStepSizes.length} step sizes).`
    );
  },

  "F3.1"(rows: Rows<Row>, { energyStepSizes }: Params) {
    const told = (["Verlet", "leapfrog"] as const).map((method) => {
      const found = energyStepSizes.flatMap((h) => errorsOverBound(rows, method, h));
      return `${quantity(smallest(found))} to ${quantity(largest(found))} with ${method}`;
    });
    return `Of its bound the oscillator's largest energy error is ${told.join(", ")}, at ${energyStepSizes.length} step sizes.`;
  },
};

/** A step size and depth, with the growth of one kind of network there. */
interface Place {
  readonly system: string;
  readonly stepSize: number;
  readonly depth: number;
  readonly growth: Interval;
}

/** Where free networks' growth, of random perturbations, exceeds 10, with the growth of a kind of network there. */
function whereFreeOnesGrow(
  rows: Rows<Row>,
  kind: string,
  system: string,
  { stepSizes, depths }: Params,
  counts: (stepSize: number) => boolean,
  direction: Direction = "growth",
): Place[] {
  const [freeRows, own] = [perturbed(rows, free, system), perturbed(rows, kind, system)];
  return stepSizes.filter(counts).flatMap((stepSize) =>
    depths.flatMap((depth) => {
      const [freeOnes, others] = [freeRows, own].map((some) => some.where({ step_size: stepSize, depth }));
      if (freeOnes!.length === 0 || others!.length === 0 || growthInterval(freeOnes!).estimate <= exceeded) return [];
      return [{ system, stepSize, depth, growth: growthInterval(others!, direction) }];
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

/** "3.6-fold (dense, step size 0.05, depth 256; 3.2 to 4.1)", where growth is largest. */
function worstText(found: readonly Place[]): string {
  const worst = worstPlace(found);
  if (worst === undefined) throw new DegenerateSample("free networks grow nowhere more than tenfold");
  const { system, stepSize, depth, growth } = worst;
  return `${quantity(growth.estimate)}-fold (${system}, step size ${stepSize}, depth ${depth})`;
}

/** Growth in dense networks of the smallest step size and the largest depth. */
function longest(rows: Rows<Row>, kind: string, { stepSizes, depths }: Params, direction: Direction = "growth") {
  const where = { step_size: Math.min(...stepSizes), depth: Math.max(...depths) };
  return growthInterval(perturbed(rows, kind, "dense").where(where), direction);
}

/** The damped networks at step sizes below every seed's predicted border. */
function dampedWhereFreeOnesGrow(rows: Rows<Row>, params: Params, direction: Direction) {
  return systems.map((system) => {
    const predicted = Math.min(...networkBorders(rows, system).numbers("theory"));
    const isBelow = (h: number) => h < predicted;
    return { system, found: whereFreeOnesGrow(rows, damped, system, params, isBelow, direction) };
  });
}

function judgeDamped(rows: Rows<Row>, params: Params, direction: Direction, what: (system: string) => string): Judged {
  const found = dampedWhereFreeOnesGrow(rows, params, direction).map((one) => ({ ...one, what: what(one.system) }));
  const worst = worstPlace(found.flatMap((one) => one.found));
  return judgeBounded(found, worst?.growth ?? longest(rows, damped, params, direction));
}

/** Growth is to be bounded at the worst of the places; without any there is nothing that the rule could hold at. */
function judgeBounded(all: readonly { what: string; found: readonly Place[] }[], effect: Interval): Judged {
  return all.reduce((judged, { what, found }) => {
    const worst = worstPlace(found);
    if (worst === undefined) {
      return judged.of(`${what}: places where free ones grow more than tenfold,`, 0, "").atLeast(1);
    }
    const text = `growth, ${what}, at step ${worst.stepSize} and depth ${worst.depth}, where it is largest,`;
    return judged.of(text, worst.growth, "times").below(bounded);
  }, judge(effect));
}
