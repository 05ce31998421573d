/** What cells of `../ode-learning.ts` are called, and the row that each of their measurements begins with. */
import { toyProblemNames } from "../../src/data";
import type { Cell, Measured, Parameters } from "../ode-learning";

/** The ways of learning an equation's weights. */
export const free = "free";
export const piecewiseLinear = "piecewise linear";
export const regularised = "regularised";
export const multiLevel = "multi-level";
export const ways = [free, piecewiseLinear, regularised, multiLevel];

export const images = "images";
export const problems: readonly string[] = [...toyProblemNames, images];

/** The problem whose points are watched on their way: of two classes, and hard to part. */
export const watched = "spirals";

/** Whether a network stands among those that verdicts compare, and not among the other knots or layers. */
export function isMain({ network, trained_layers, knots }: Cell, params: Parameters): boolean {
  return (
    ways.includes(network) &&
    trained_layers === params.layers &&
    knots === (network === piecewiseLinear ? params.knots : params.layers)
  );
}

/** One run with so many steps, their size over the trained one; nothing measured yet. */
export function row(measurement: string, layers: number, step_factor: number): Measured {
  return {
    ...{ measurement, layers, step_factor, input_noise: 0, error_percent: null, parameters: null, roughness: null },
    ...{ layer_runs: null, training_seconds: null, x: null, y: null, predicted_class: null, label: null, time: null },
    weight: null,
  };
}
