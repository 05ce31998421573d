/**
 * Stochastic gradient descent with momentum and weight decay, on all parameters as one vector.
 *
 * One vector, because a step over a hundred small tensors is a hundred times five kernel calls that each do next to
 * nothing: joined, it is five in all, and a split that gives each parameter its piece.
 */
import { type Network, parameterSpecifications, replaceParameter } from "../networks";
import { type Tensor, type Tensor1D, tf } from "../runtime";

interface MomentumOptions {
  readonly momentum: number;
  readonly nesterov: boolean;
  readonly weightDecay: number;
}

interface Piece {
  readonly name: string;
  readonly shape: readonly number[];
  readonly size: number;
}

/**
 * The optimiser of one network: v = momentum v + g + decay w; w = w - rate v (Nesterov: w - rate (g + decay w + momentum v)).
 *
 * Source: Sutskever et al. 2013, ICML 28, in the form of the Torch codes, where the rate scales the whole velocity.
 */
export class MomentumOptimiser {
  readonly #network: Network;
  readonly #options: MomentumOptions;
  readonly #pieces: readonly Piece[];
  #parameters: Tensor1D;
  #velocity: Tensor1D;

  constructor(network: Network, options: MomentumOptions) {
    this.#network = network;
    this.#options = options;
    this.#pieces = parameterSpecifications(network.architecture)
      .filter(({ trainable }) => trainable)
      .map(({ name, shape }) => ({ name, shape, size: shape.reduce((product, side) => product * side, 1) }));
    this.#parameters = tf.keep(this.#joined((name) => network.weights.get(name)));
    this.#velocity = tf.keep(tf.zerosLike(this.#parameters));
  }

  /**
   * Changes the network's parameters by one step. Gradients stay the caller's; a parameter without one (of a block that
   * did not run) has the gradient zero, and still its decay and momentum.
   */
  step(gradients: ReadonlyMap<string, Tensor>, learningRate: number): void {
    const { momentum, nesterov, weightDecay } = this.#options;
    const [parameters, velocity] = tf.tidy(() => {
      const gradient = this.#joined((name) => gradients.get(name));
      const decayed = weightDecay === 0 ? gradient : tf.add(gradient, tf.mul(this.#parameters, weightDecay));
      const moved = tf.add(tf.mul(this.#velocity, momentum), decayed) as Tensor1D;
      const direction = nesterov ? tf.add(decayed, tf.mul(moved, momentum)) : moved;
      return [tf.sub(this.#parameters, tf.mul(direction, learningRate)) as Tensor1D, moved];
    });
    this.#replace(parameters!, velocity!);
    this.#handOut();
  }

  /** The velocity of each parameter, for a checkpoint. */
  velocities(): Map<string, { shape: readonly number[]; data: Float32Array }> {
    const joined = this.#velocity.dataSync<"float32">();
    const velocities = new Map<string, { shape: readonly number[]; data: Float32Array }>();
    let offset = 0;
    for (const { name, shape, size } of this.#pieces) {
      velocities.set(name, { shape, data: joined.slice(offset, offset + size) });
      offset += size;
    }
    return velocities;
  }

  /**
   * Takes a checkpoint's velocities, and the network's parameters as they are now.
   *
   * @throws RangeError when a velocity is missing or of another size
   */
  restore(velocities: ReadonlyMap<string, { readonly data: Float32Array }>): void {
    const joined = new Float32Array(this.#velocity.size);
    let offset = 0;
    for (const { name, size } of this.#pieces) {
      const data = velocities.get(name)?.data;
      if (data?.length !== size)
        throw new RangeError(`the velocity of ${name} needs ${size} values, got ${data?.length}`);
      joined.set(data, offset);
      offset += size;
    }
    this.#replace(
      this.#joined((name) => this.#network.weights.get(name)),
      tf.tensor1d(joined),
    );
  }

  dispose(): void {
    this.#parameters.dispose();
    this.#velocity.dispose();
  }

  #replace(parameters: Tensor1D, velocity: Tensor1D): void {
    this.dispose();
    this.#parameters = tf.keep(parameters);
    this.#velocity = tf.keep(velocity);
  }

  /** Gives the network its pieces of the new vector. */
  #handOut(): void {
    const sizes = this.#pieces.map(({ size }) => size);
    const pieces = tf.split(this.#parameters, sizes);
    this.#pieces.forEach(({ name, shape }, i) => {
      replaceParameter(this.#network, name, pieces[i]!.reshape([...shape]));
      pieces[i]!.dispose();
    });
  }

  #joined(tensorOf: (name: string) => Tensor | undefined): Tensor1D {
    return tf.tidy(() =>
      tf.concat1d(this.#pieces.map(({ name, size }) => tensorOf(name)?.as1D() ?? (tf.zeros([size]) as Tensor1D))),
    );
  }
}
