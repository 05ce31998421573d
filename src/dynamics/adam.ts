/**
 * The optimiser Adam.
 */
import { type Tensor1D, tf } from "../runtime";

/** Shares of the mean and of the mean square that are kept, and what keeps the quotient finite, as in the source. */
const [meanKept, squareKept, epsilon] = [0.9, 0.999, 1e-8];

/**
 * Adam on all parameters as one vector: w = w - rate m / (√v + ε), with m and v the running means of the
 * gradient and of its square, both corrected for their start at 0.
 *
 * Source: Kingma & Ba 2015, arXiv:1412.6980, algorithm 1, with its constants.
 */
export class Adam {
  #mean: Tensor1D;
  #square: Tensor1D;
  #steps = 0;

  constructor(size: number) {
    this.#mean = tf.keep(tf.zeros([size]) as Tensor1D);
    this.#square = tf.keep(tf.zeros([size]) as Tensor1D);
  }

  /** The parameters after one step. Both arguments stay the caller's. */
  step(parameters: Tensor1D, gradient: Tensor1D, rate: number): Tensor1D {
    this.#steps++;
    // Both corrections in the rate, and ε scaled to match: two numbers instead of two kernels.
    const squareCorrection = Math.sqrt(1 - squareKept ** this.#steps);
    const corrected = (rate * squareCorrection) / (1 - meanKept ** this.#steps);
    const [next, mean, square] = tf.tidy(() => {
      const moved = (old: Tensor1D, kept: number, now: Tensor1D) => tf.add(tf.mul(old, kept), tf.mul(now, 1 - kept));
      const m = moved(this.#mean, meanKept, gradient);
      const v = moved(this.#square, squareKept, tf.square(gradient));
      const direction = tf.div(m, tf.add(tf.sqrt(v), epsilon * squareCorrection));
      return [tf.sub(parameters, tf.mul(direction, corrected)), m, v] as Tensor1D[];
    });
    this.dispose();
    this.#mean = tf.keep(mean!);
    this.#square = tf.keep(square!);
    return next!;
  }

  dispose(): void {
    tf.dispose([this.#mean, this.#square]);
  }
}
