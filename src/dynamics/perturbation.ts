/**
 * How perturbations of the input grow on their way through a network, and what eigenvalues foretell of it.
 */
import type { RandomStream } from "../random";
import { amplification, type Complex, largestEulerStep } from "./amplification";
import type { Block } from "./blocks";
import { norm, plus, type Vector } from "./integrators";
import { arnoldiEigenvalues, eigenvalues, largestSingularValue } from "./spectrum";

/** Size of the perturbations that are really run: small enough for the linear regime, far above rounding. */
const small = 1e-6;

/** The states of a network: its input, then the output of each block. */
export function trajectory(blocks: readonly Block[], x: Vector, h: number): Vector[] {
  const states = [x];
  for (const block of blocks) states.push(block.step(states[states.length - 1]!, h));
  return states;
}

/**
 * Growth of random perturbations, |δ_N| / |δ_0| in the root mean square over directions: both inputs are run to the end.
 *
 * @param directions perturbations of each input
 */
export function randomGrowth(
  blocks: readonly Block[],
  x: Vector,
  h: number,
  directions: number,
  stream: RandomStream,
): number {
  const output = (input: Vector) => blocks.reduce((state, block) => block.step(state, h), input);
  const whole = output(x);
  let squares = 0;
  for (let direction = 0; direction < directions; direction++) {
    const drawn = x.map(() => stream.normal());
    const perturbed = output(plus(x, small / norm(drawn), drawn));
    squares += (norm(plus(perturbed, -1, whole)) / small) ** 2;
  }
  return Math.sqrt(squares / directions);
}

/**
 * Growth of the worst perturbation: the largest singular value of the product of the blocks' Jacobians.
 *
 * @param iterations of the power method, at most
 */
export function worstGrowth(
  blocks: readonly Block[],
  x: Vector,
  h: number,
  iterations: number,
  stream: RandomStream,
): number {
  const states = trajectory(blocks, x, h);
  const map = (v: Vector) => blocks.reduce((along, block, i) => block.pushForward(states[i]!, along, h), v);
  const transposed = (v: Vector) => blocks.reduceRight((along, block, i) => block.pullBack(states[i]!, along, h), v);
  return largestSingularValue(map, transposed, x.length, iterations, stream);
}

/** States up to this size have all eigenvalues computed; larger ones those at the rim of the spectrum. */
const largestDense = 48;
/** Products with the Jacobian for those. */
const krylovDimension = 40;

/** Eigenvalues of the Jacobian of F at a state. */
export function jacobianEigenvalues(block: Block, x: Vector, stream: RandomStream): Complex[] {
  const map = (v: Vector) => block.fieldJacobian(x, v);
  return block.size <= largestDense
    ? eigenvalues(map, block.size)
    : arnoldiEigenvalues(map, block.size, krylovDimension, stream);
}

/** Growth in one step along the eigenvector that grows most: the maximum over eigenvalues of |R(h λ)|. */
export function eigenvalueGrowth(block: Block, spectrum: readonly Complex[], h: number): number {
  return Math.max(...spectrum.map(({ re, im }) => amplification(block.method, { re: h * re, im: h * im })));
}

/** Largest step size at which forward Euler is stable for every eigenvalue. */
export function largestStableStep(spectrum: readonly Complex[]): number {
  return Math.min(...spectrum.map(largestEulerStep));
}

/** The state that a block, repeated, comes to rest in, or where it is after so many steps. */
export function settledState(block: Block, x: Vector, h: number, steps: number): Vector {
  let state = x;
  for (let step = 0; step < steps; step++) state = block.step(state, h);
  return state;
}

/** Growth a block, in the second half of a network, of a perturbation that the first half has turned as it may. */
export function laterGrowth(blocks: readonly Block[], x: Vector, h: number, stream: RandomStream): number {
  const half = Math.floor(blocks.length / 2);
  let state = x;
  let along = x.map(() => stream.normal());
  let logGrowth = 0;
  blocks.forEach((block, i) => {
    const pushed = block.pushForward(state, along, h);
    const [before, after] = [norm(along), norm(pushed)];
    if (i >= half) logGrowth += Math.log(after / before);
    along = pushed.map((value) => value / after);
    state = block.step(state, h);
  });
  return Math.exp(logGrowth / (blocks.length - half));
}

/**
 * Spectra of the Jacobian of F at states on the way through the second half of a network.
 *
 * @param samples states, equally far apart, at most one a block
 */
export function laterSpectra(
  blocks: readonly Block[],
  x: Vector,
  h: number,
  samples: number,
  stream: RandomStream,
): Complex[][] {
  const states = trajectory(blocks, x, h);
  const half = Math.floor(blocks.length / 2);
  const later = blocks.length - half;
  return Array.from({ length: Math.min(samples, later) }, (_, i) => {
    const place = half + Math.floor((i * later) / Math.min(samples, later));
    return jacobianEigenvalues(blocks[place]!, states[place]!, stream);
  });
}
