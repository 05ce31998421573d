/**
 * Stochastic gradient descent with momentum and weight decay.
 */
import { type Network, parameter, parameterSpecifications, replaceParameter } from "../networks";
import { type MomentumRule, moveByMomentum } from "../ops";
import { type Tensor, tf } from "../runtime";

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
  readonly #rule: MomentumRule;
  readonly #pieces: readonly Piece[];
  #velocities: readonly Tensor[];

  constructor(network: Network, rule: MomentumRule) {
    this.#network = network;
    this.#rule = rule;
    this.#pieces = parameterSpecifications(network.architecture)
      .filter(({ trainable }) => trainable)
      .map(({ name, shape }) => ({ name, shape, size: shape.reduce((product, side) => product * side, 1) }));
    this.#velocities = this.#pieces.map(({ shape }) => tf.keep(tf.zeros([...shape])));
  }

  /**
   * Changes the network's parameters by one step. Gradients stay the caller's; a parameter without one (of a block that
   * did not run) has the gradient zero, and still its decay and momentum.
   */
  step(gradients: ReadonlyMap<string, Tensor>, learningRate: number): void {
    const given = this.#pieces.map(({ name }, i) => ({
      weights: parameter(this.#network, name),
      velocity: this.#velocities[i]!,
      gradient: gradients.get(name),
    }));
    const moved = moveByMomentum(given, this.#rule, learningRate);
    for (const [i, { name }] of this.#pieces.entries()) replaceParameter(this.#network, name, moved[i]!.weights);
    this.#replace(moved.map(({ velocity }) => velocity));
  }

  /** The velocity of each parameter, for a checkpoint. */
  velocities(): Map<string, { shape: readonly number[]; data: Float32Array }> {
    return new Map(
      this.#pieces.map(({ name, shape }, i) => [
        name,
        { shape, data: Float32Array.from(this.#velocities[i]!.dataSync<"float32">()) },
      ]),
    );
  }

  /**
   * Takes a checkpoint's velocities; the parameters are the network's own.
   *
   * @throws RangeError when a velocity is missing or of another size
   */
  restore(velocities: ReadonlyMap<string, { readonly data: Float32Array }>): void {
    const restored = this.#pieces.map(({ name, shape, size }) => {
      const data = velocities.get(name)?.data;
      if (data?.length !== size)
        throw new RangeError(`the velocity of ${name} needs ${size} values, got ${data?.length}`);
      return () => tf.tensor(data, [...shape]);
    });
    this.#replace(restored.map((make) => make()));
  }

  dispose(): void {
    for (const velocity of this.#velocities) velocity.dispose();
  }

  #replace(velocities: readonly Tensor[]): void {
    this.dispose();
    this.#velocities = velocities.map((velocity) => tf.keep(velocity));
  }
}
