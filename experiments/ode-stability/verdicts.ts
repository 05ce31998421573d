/** When the rows of `../ode-stability.ts` speak for its claims. */
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
  type Judgement,
  judge,
  verletKeepsEnergy,
  worstPerturbationsStaySmall,
} from "../../src/claims";
import { energyMethods, eulerEnergyGrowth, oscillations } from "../../src/dynamics";
import { bootstrapInterval, bySeed, type Interval } from "../../src/statistics";
import {
  atLongest,
  borderRatios,
  bounded,
  type Direction,
  dampedPlaces,
  differencePercent,
  energyRatios,
  errorsOverBound,
  growthInterval,
  of,
  overTheory,
  type Place,
  perturbed,
  whereFreeOnesGrow,
  worstPlace,
} from "../figures/ode-stability-rows";
import type { Parameters, Result } from "../ode-stability";
import { damped, hamiltonian, systems, undamped } from "./parts";

/** All of them, in the order of the claims. */
export function odeStabilityVerdicts(rows: readonly Result[], params: Parameters): Judgement[] {
  return [
    judgeSignals(rows, params),
    judgeCircle(rows),
    judgeDamped(rows, params),
    judgeUndamped(rows, params),
    judgeWorst(rows, params),
    judgeEnergy(rows, params),
    judgeEnergyByTheory(rows, params),
  ];
}

function judgeCircle(rows: readonly Result[]) {
  const own = of(rows, "border of stability", "forward Euler");
  const differences = [...bySeed(own).values()].map((found) => Math.max(...found.map(differencePercent)));
  const largest = Math.max(...differences);
  return judge(eulerIsStableInItsCircle, bootstrapInterval(differences), [
    atMost("largest difference from the circle, all rays and step sizes,", largest, 1, "%"),
  ]);
}

function boundedCondition(what: string, found: readonly Place[]): Condition {
  const worst = worstPlace(found);
  if (worst === undefined) return atLeast(`${what}: places where free ones grow more than tenfold,`, 0, 1, "");
  const text = `growth, ${what}, at step ${worst.stepSize} and depth ${worst.depth}, where it is largest,`;
  return intervalBelow(text, worst.growth, bounded, "times");
}

/** The growth at the worst of some places; without any, that of the longest dense networks. */
function headline(
  found: readonly Place[],
  rows: readonly Result[],
  params: Parameters,
  direction: Direction,
): Interval {
  return worstPlace(found)?.growth ?? growthInterval(atLongest(perturbed(rows, damped, "dense"), params), direction);
}

function judgeDamped(rows: readonly Result[], params: Parameters) {
  const found = dampedPlaces(rows, params, "growth");
  const all = found.flatMap((one) => one.found);
  return judge(dampedFlowsAreStable, headline(all, rows, params, "growth"), [
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

function judgeWorst(rows: readonly Result[], params: Parameters) {
  const found = dampedPlaces(rows, params, "worst_growth");
  const all = found.flatMap((one) => one.found);
  return judge(
    worstPerturbationsStaySmall,
    headline(all, rows, params, "worst_growth"),
    found.map(({ system, found: some }) => boundedCondition(`${system}, worst direction`, some)),
  );
}

function judgeUndamped(rows: readonly Result[], params: Parameters) {
  const smallest = Math.min(...params.stepSizes);
  const found = [undamped, hamiltonian].flatMap((kind) =>
    systems.map((system) => ({
      what: `${kind.name}, ${system}`,
      found: whereFreeOnesGrow(rows, kind, system, params, (h) => h === smallest),
    })),
  );
  const worst = worstPlace(found.find(({ what }) => what === `${hamiltonian.name}, dense`)!.found);
  const effect = worst?.growth ?? growthInterval(atLongest(perturbed(rows, hamiltonian, "dense"), params));
  return judge(
    imaginarySpectraAreStable,
    effect,
    found.map(({ what, found: some }) => boundedCondition(what, some)),
  );
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
