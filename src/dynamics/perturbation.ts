/**
 * How perturbations of the input grow on their way through a network, what eigenvalues predict of it, and from which step
 * size on they do.
 */
import type { RandomStream } from "../random";
import type { Block } from "./blocks";
import { norm, plus, type Vector } from "./integrators";
import { arnoldiEigenvalues, eigenvalues, largestSingularValue } from "./spectrum";
import { amplification, type Complex, largestEulerStep } from "./stability";

/** Norm of the perturbations that are run: small enough for the linear regime, far above rounding. */
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
  const unperturbed = output(x);
  let squares = 0;
  for (let direction = 0; direction < directions; direction++) {
    const along = x.map(() => stream.normal());
    const perturbed = output(plus(x, small / norm(along), along));
    squares += (norm(plus(perturbed, -1, unperturbed)) / small) ** 2;
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

/** States along the network at which eigenvalues are computed. */
const spectrumSamples = 16;

/** Step sizes at the boundary of stability, to half a percent. */
interface NetworkBoundary {
  /** At which perturbations begin to grow in the second half of the network. */
  readonly measured: number;
  /** At which the geometric mean of max |1 + h λ| over the states there exceeds 1. */
  readonly predicted: number;
}

/**
 * The largest stable step size of a deep network of forward Euler's blocks, by experiment and as its Jacobian's eigenvalues
 * predict it.
 *
 * The input is the fixed point of the first block. Far from it the slopes of tanh are smaller, and the largest stable step
 * is greater: beyond the boundary, a network that leaves its fixed point circles, and perturbations neither grow nor decay.
 * At the fixed point, and with all blocks alike, one Jacobian acts again and again, and both agree by linear algebra.
 *
 * @param x from where the first block goes to its fixed point
 * @param stream a new stream, the same at each call
 * @param breathe waited for between steps of the search
 */
export async function networkBoundary(
  blocks: readonly Block[],
  x: Vector,
  stream: () => RandomStream,
  breathe: () => Promise<void>,
): Promise<NetworkBoundary> {
  const [first] = blocks as readonly [Block, ...Block[]];
  const small = largestStableStep(jacobianEigenvalues(first, new Float64Array(x.length), stream())) / 2;
  const input = settledState(first, x, small, 2 * blocks.length);
  await breathe();
  const spectraAt = (h: number) => laterSpectra(blocks, input, h, spectrumSamples, stream());
  const middle = Math.exp(meanLogarithm(spectraAt(small).map(largestStableStep)));
  const bisect = async (grows: (h: number) => boolean) => {
    let [stable, unstable] = [middle / 2, 2 * middle];
    while (unstable / stable > 1.005) {
      const between = Math.sqrt(stable * unstable);
      if (grows(between)) unstable = between;
      else stable = between;
      await breathe();
    }
    return Math.sqrt(stable * unstable);
  };
  return {
    measured: await bisect((h) => laterGrowth(blocks, input, h, stream()) > 1),
    predicted: await bisect(
      (h) => meanLogarithm(spectraAt(h).map((spectrum) => eigenvalueGrowth(first, spectrum, h))) > 0,
    ),
  };
}

/** Up to this size of state all eigenvalues are computed, beyond it those at the rim of the spectrum. */
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
function eigenvalueGrowth(block: Block, spectrum: readonly Complex[], h: number): number {
  return Math.max(...spectrum.map(({ re, im }) => amplification(block.method, { re: h * re, im: h * im })));
}

/** Largest step size at which forward Euler is stable for every eigenvalue. */
export function largestStableStep(spectrum: readonly Complex[]): number {
  return Math.min(...spectrum.map(largestEulerStep));
}

/** The fixed point that a block, repeated, goes to, or the state after so many steps. */
export function settledState(block: Block, x: Vector, h: number, steps: number): Vector {
  let state = x;
  for (let step = 0; step < steps; step++) state = block.step(state, h);
  return state;
}

/** Growth per block, in the second half of a network, of a perturbation whose direction the first half has set. */
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
 * Spectra of the Jacobian of F at states along the second half of a network.
 *
 * @param samples states, evenly spaced, at most one per block
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

function meanLogarithm(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + Math.log(value), 0) / values.length;
}
