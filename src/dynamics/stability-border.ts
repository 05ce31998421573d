/**
 * Where along a ray of the plane of λ a method ceases to be stable: by experiment, and by theory.
 */
import type { RandomStream } from "../random";
import { amplification, type Method } from "./amplification";
import type { Vector } from "./integrators";
import { boundaryAt, measuredGrowth, pointOn, type Ray } from "./stability-region";

/** Growth a step up to which a system counts as stable: what a two-step method's beats leave over a thousand steps. */
const stableGrowth = 1 + 1e-4;

/** Distances from the beginning of a ray (1 / time); 4 / h where none is found up to there. */
export interface StabilityBoundary {
  /** At which a system that is really run begins to grow. */
  readonly measured: number;
  /** At which |R(h λ)| passes 1. */
  readonly theory: number;
}

/**
 * The border along a ray, by bisection.
 *
 * @param steps for which the system is run, even
 * @param start its first state, two numbers, not both 0
 */
export function stabilityBoundary(
  method: Method,
  ray: Ray,
  h: number,
  steps: number,
  start: Vector,
): StabilityBoundary {
  const reach = 4 / h;
  return {
    measured: boundaryAt(
      (distance) => measuredGrowth(method, pointOn(ray, distance), h, steps, start) <= stableGrowth,
      reach,
    ),
    theory: boundaryAt((distance) => {
      const { re, im } = pointOn(ray, distance);
      return amplification(method, { re: h * re, im: h * im }) <= 1 + 1e-9;
    }, reach),
  };
}

/**
 * So many rays from the middle of forward Euler's circle, turned at random; for leapfrog and Verlet, whose region is a
 * stretch of the imaginary axis, the two along it.
 */
export function raysOf(method: Method, h: number, rays: number, stream: RandomStream): Ray[] {
  if (method === "leapfrog" || method === "Verlet") {
    return [90, -90].map((degrees) => ({ from: { re: 0, im: 0 }, degrees }));
  }
  const turn = stream.uniform();
  return Array.from({ length: rays }, (_, i) => ({ from: { re: -1 / h, im: 0 }, degrees: (360 * (i + turn)) / rays }));
}
