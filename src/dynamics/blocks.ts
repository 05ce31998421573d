/**
 * Residual blocks as steps of size h of y' = F(y), with exact products by their Jacobian and its transpose.
 *
 * Sources: Haber & Ruthotto 2017, arXiv:1705.03341, sec. 3 and 4; Chang et al. 2018, arXiv:1709.03698, sec. 3.
 */
import type { RandomStream } from "../random";
import { type Pair, plus, type Vector, verlet, verletBackwards } from "./integrators";
import {
  antisymmetricWeights,
  applyWeights,
  type Layout,
  sampleWeights,
  stateSize,
  transposedWeights,
} from "./layer-weights";
import type { Method } from "./stability";

/** A block that keeps the shape of its state x, in double precision. */
export interface Block {
  /** Numbers of its state. */
  readonly size: number;
  /** The method that it is a step of: what growth its eigenvalues mean. */
  readonly method: Method;
  /** The state after a step of size h. */
  step(x: Vector, h: number): Vector;
  /** Jacobian of the step at x, times v. */
  pushForward(x: Vector, v: Vector, h: number): Vector;
  /** Transposed Jacobian of the step at x, times v: what backpropagation does. */
  pullBack(x: Vector, v: Vector, h: number): Vector;
  /** Jacobian of F at x, times v. */
  fieldJacobian(x: Vector, v: Vector): Vector;
}

/** A block whose input can be computed from its output. */
interface ReversibleBlock extends Block {
  /** The state before a step of size h. */
  stepBack(x: Vector, h: number): Vector;
}

/** A linear layer K x + b. */
interface Layer {
  readonly layout: Layout;
  readonly weights: Vector;
  /** One number for each number of the state. */
  readonly bias: Vector;
}

/** x + h tanh(K x + b): forward Euler. */
export function eulerBlock({ layout, weights, bias }: Layer): Block {
  const transposed = transposedWeights(weights, layout);
  const slopes = (x: Vector) => activationSlopes(weights, layout, x, bias);
  const fieldJacobian = (x: Vector, v: Vector) => times(slopes(x), applyWeights(weights, layout, v));
  return {
    size: stateSize(layout),
    method: "forward Euler",
    step: (x, h) => plus(x, h, activation(weights, layout, x, bias)),
    pushForward: (x, v, h) => plus(v, h, fieldJacobian(x, v)),
    pullBack: (x, v, h) => plus(v, h, applyWeights(transposed, layout, times(slopes(x), v))),
    fieldJacobian,
  };
}

/**
 * z+ = z - h tanh(K^T y + c), y+ = y + h tanh(K z+ + b): the Verlet method on two halves of the state, [y, z].
 *
 * @param layer K and b, of half the state's shape
 * @param otherBias c, as long as b
 */
export function hamiltonianBlock({ layout, weights, bias }: Layer, otherBias: Vector): ReversibleBlock {
  const half = stateSize(layout);
  const transposed = transposedWeights(weights, layout);
  const field = {
    velocity: (z: Vector) => activation(weights, layout, z, bias),
    resistance: (y: Vector) => activation(transposed, layout, y, otherBias),
  };
  const halves = (x: Vector) => ({ y: x.subarray(0, half), z: x.subarray(half) });
  const velocitySlopes = (z: Vector) => activationSlopes(weights, layout, z, bias);
  const resistanceSlopes = (y: Vector) => activationSlopes(transposed, layout, y, otherBias);
  return {
    size: 2 * half,
    method: "Verlet",
    step: (x, h) => joined(verlet(field, halves(x), h)),
    stepBack: (x, h) => joined(verletBackwards(field, halves(x), h)),
    pushForward(x, v, h) {
      const [at, along] = [halves(x), halves(v)];
      const nextZ = plus(at.z, -h, field.resistance(at.y));
      const z = plus(along.z, -h, times(resistanceSlopes(at.y), applyWeights(transposed, layout, along.y)));
      const y = plus(along.y, h, times(velocitySlopes(nextZ), applyWeights(weights, layout, z)));
      return joined({ y, z });
    },
    pullBack(x, v, h) {
      const [at, along] = [halves(x), halves(v)];
      const nextZ = plus(at.z, -h, field.resistance(at.y));
      const z = plus(along.z, h, applyWeights(transposed, layout, times(velocitySlopes(nextZ), along.y)));
      const y = plus(along.y, -h, applyWeights(weights, layout, times(resistanceSlopes(at.y), z)));
      return joined({ y, z });
    },
    fieldJacobian(x, v) {
      const [at, along] = [halves(x), halves(v)];
      const y = times(velocitySlopes(at.z), applyWeights(weights, layout, along.z));
      const minusZ = times(resistanceSlopes(at.y), applyWeights(transposed, layout, along.y));
      return joined({ y, z: minusZ.map((value) => -value) });
    },
  };
}

/** How the weights of a network's blocks are constrained. */
export type BlockKind = "free" | "antisymmetric" | "Hamiltonian";

/** Which random network. */
interface BlockOptions {
  readonly kind: BlockKind;
  /** Shape of the whole state; a Hamiltonian block halves its units or channels. */
  readonly layout: Layout;
  /** Number of blocks. */
  readonly depth: number;
  /** Random weights and biases that are interpolated linearly, from the first block to the last; 1: all blocks alike. */
  readonly knots: number;
  /** γ of antisymmetric blocks. */
  readonly damping: number;
  /** Standard deviation of the biases. */
  readonly biasDeviation: number;
}

/**
 * The blocks of a network with random weights, of variance 1 over fan-in. Equal streams give free and antisymmetric blocks
 * weights of equal samples.
 *
 * @throws RangeError when a Hamiltonian block would halve an odd number, or there is no knot
 */
export function sampleBlocks(
  { kind, layout, depth, knots, damping, biasDeviation }: BlockOptions,
  stream: RandomStream,
): Block[] {
  if (!Number.isInteger(knots) || knots < 1)
    throw new RangeError(`need at least one knot of the weights, got ${knots}`);
  const own = kind === "Hamiltonian" ? halved(layout) : layout;
  const bias = () => Float64Array.from({ length: stateSize(own) }, () => biasDeviation * stream.normal());
  const sampled = Array.from({ length: knots }, () => {
    const weights = sampleWeights(own, 1, stream);
    return {
      weights: kind === "antisymmetric" ? antisymmetricWeights(weights, own, damping) : weights,
      bias: bias(),
      otherBias: kind === "Hamiltonian" ? bias() : Float64Array.of(),
    };
  });
  const blockAt = (place: number): Block => {
    const knot = Math.min(knots - 1, Math.floor(place));
    const [from, to] = [sampled[knot]!, sampled[Math.min(knots - 1, knot + 1)]!];
    const between = (one: Vector, other: Vector) => one.map((value, i) => value + (place - knot) * (other[i]! - value));
    const layer = { layout: own, weights: between(from.weights, to.weights), bias: between(from.bias, to.bias) };
    return kind === "Hamiltonian" ? hamiltonianBlock(layer, between(from.otherBias, to.otherBias)) : eulerBlock(layer);
  };
  if (knots === 1) return Array<Block>(depth).fill(blockAt(0));
  return Array.from({ length: depth }, (_, i) => blockAt(depth === 1 ? 0 : (i * (knots - 1)) / (depth - 1)));
}

function halved(layout: Layout): Layout {
  const size = layout.kind === "dense" ? layout.units : layout.channels;
  if (size % 2 !== 0) throw new RangeError(`a Hamiltonian block halves its state: need an even number, got ${size}`);
  return layout.kind === "dense" ? { ...layout, units: size / 2 } : { ...layout, channels: size / 2 };
}

function activation(weights: Vector, layout: Layout, x: Vector, bias: Vector): Vector {
  const values = applyWeights(weights, layout, x); // a new vector, ours to overwrite
  for (let i = 0; i < values.length; i++) values[i] = Math.tanh(values[i]! + bias[i]!);
  return values;
}

/** Derivative of the activation, 1 - tanh^2. */
function activationSlopes(weights: Vector, layout: Layout, x: Vector, bias: Vector): Vector {
  const values = activation(weights, layout, x, bias);
  for (let i = 0; i < values.length; i++) values[i] = 1 - values[i]! * values[i]!;
  return values;
}

function times(one: Vector, other: Vector): Vector {
  const product = new Float64Array(one.length);
  for (let i = 0; i < product.length; i++) product[i] = one[i]! * other[i]!;
  return product;
}

function joined({ y, z }: Pair): Vector {
  const state = new Float64Array(y.length + z.length);
  state.set(y);
  state.set(z, y.length);
  return state;
}
