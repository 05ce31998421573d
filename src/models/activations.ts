import type { Tensor } from "../runtime";

/**
 * Activations on their way through a pass, and the one rule by which they are freed.
 *
 * Who has made them releases them when their last reader has run, and that frees them, unless their values are kept: for
 * the gradient of a layer that has read or made them, or because they are the caller's.
 */
export class Activations {
  readonly tensor: Tensor;
  private kept: boolean;

  private constructor(tensor: Tensor, kept: boolean) {
    this.tensor = tensor;
    this.kept = kept;
  }

  /** What a layer has just computed. */
  static made(tensor: Tensor): Activations {
    return new Activations(tensor, false);
  }

  /** What a caller has handed in: it stays, whoever releases it. */
  static borrowed(tensor: Tensor): Activations {
    return new Activations(tensor, true);
  }

  /** A gradient needs the values: from now on they belong to the `tf.tidy` around the pass. */
  keep(): void {
    this.kept = true;
  }

  release(): void {
    if (!this.kept) this.tensor.dispose();
  }
}
