/**
 * Dense networks that discretise x' = tanh(x W(t) + b(t)): forward and backward, by few kernels on the whole data set.
 *
 * Source: Haber & Ruthotto 2017, arXiv:1705.03341, eq. 2 and sec. 3. Points are rows here, so weights multiply from the
 * right.
 */
import { softmaxCrossEntropy, tanh, tanhGradient } from "../ops";
import { type Scalar, type Tensor, type Tensor2D, type Tensor3D, tf } from "../runtime";

/** Which network: its parameters' shapes follow from it and the number of layers. */
export interface FlowShape {
  readonly inputs: number;
  /** Features that the equation moves. Inputs are a part of them, the others begin at 0, unless `opening` is set. */
  readonly width: number;
  readonly classes: number;
  /** A linear layer before the equation, instead of zeros beside the inputs. */
  readonly opening: boolean;
}

/** Parameters of such a network, layer by layer, or knot by knot. */
export type FlowParameters = {
  /** [inputs, width]; missing where features are padded. */
  readonly opening?: Tensor2D;
  /** W, one a layer, [layers, width, width]. */
  readonly kernels: Tensor3D;
  /** b, one a layer, [layers, 1, width]. */
  readonly biases: Tensor3D;
  /** [width, classes] */
  readonly classifier: Tensor2D;
  /** [1, classes] */
  readonly offsets: Tensor2D;
};

/** What an Euler step needs: x_{j+1} = x_j + h tanh(x_j W_j + b_j). */
interface FlowOptions {
  /** h, in the units of t. */
  readonly stepSize: number;
}

/**
 * Logits of a network, [points, classes].
 *
 * @param x [points, inputs]; of a network without opening layer the points may have fewer inputs than its width
 */
export function flowLogits(parameters: FlowParameters, x: Tensor2D, options: FlowOptions): Tensor2D {
  return tf.tidy(() => classified(parameters, flowFeatures(parameters, x, options).at(-1)!));
}

/**
 * Features at every time: of the inputs, and after each layer, [points, width] each; the caller frees them.
 *
 * @param x as for `flowLogits`
 */
export function flowFeatures(parameters: FlowParameters, x: Tensor2D, { stepSize }: FlowOptions): Tensor2D[] {
  return tf.tidy(() => {
    const features = [lifted(parameters, x)];
    const biases = tf.unstack(parameters.biases) as Tensor2D[];
    for (const [layer, kernel] of (tf.unstack(parameters.kernels) as Tensor2D[]).entries()) {
      const before = features[layer]!;
      features.push(tf.add(before, tf.mul(velocity(before, kernel, biases[layer]!), stepSize)));
    }
    return features;
  });
}

/** Class of the largest logit of each point, [points]. */
export function flowPredictions(parameters: FlowParameters, x: Tensor2D, options: FlowOptions): Int32Array {
  return tf.tidy(() =>
    tf
      .argMax(flowLogits(parameters, x, options), 1)
      .dataSync<"int32">()
      .slice(),
  );
}

/**
 * Mean cross-entropy (nats) over the points, and its gradient by every parameter.
 *
 * @param targets one-hot labels, [points, classes]
 * @returns the loss and the gradients, in the shapes of the parameters; the caller frees them
 */
export function flowGradients(
  parameters: FlowParameters,
  x: Tensor2D,
  targets: Tensor2D,
  { stepSize }: FlowOptions,
): { readonly loss: Scalar; readonly gradients: FlowParameters } {
  const { opening, classifier } = parameters;
  return tf.tidy(() => {
    const kernels = tf.unstack(parameters.kernels) as Tensor2D[];
    const biases = tf.unstack(parameters.biases) as Tensor2D[];
    const features = [lifted(parameters, x)];
    const velocities = kernels.map((kernel, layer) => {
      const moving = velocity(features[layer]!, kernel, biases[layer]!);
      features.push(tf.add(features[layer]!, tf.mul(moving, stepSize)));
      return moving;
    });
    const last = features[features.length - 1]!;
    const { loss, gradient } = softmaxCrossEntropy(classified(parameters, last), targets);

    const byLogits = tf.div(gradient, x.shape[0]) as Tensor2D;
    let byFeatures = tf.matMul(byLogits, classifier, false, true);
    const byKernels: Tensor[] = [];
    const byBiases: Tensor[] = [];
    for (let layer = kernels.length - 1; layer >= 0; layer--) {
      const byArgument = tanhGradient(tf.mul(byFeatures, stepSize) as Tensor2D, velocities[layer]!);
      byKernels.unshift(tf.matMul(features[layer]!, byArgument, true, false));
      byBiases.unshift(tf.sum(byArgument, 0, true));
      byFeatures = tf.add(byFeatures, tf.matMul(byArgument, kernels[layer]!, false, true));
    }
    const gradients = {
      kernels: tf.stack(byKernels) as Tensor3D,
      biases: tf.stack(byBiases) as Tensor3D,
      classifier: tf.matMul(last, byLogits, true, false) as Tensor2D,
      offsets: tf.sum(byLogits, 0, true) as Tensor2D,
      ...(opening && { opening: tf.matMul(x, byFeatures, true, false) as Tensor2D }),
    };
    return { loss: tf.mean(loss) as Scalar, gradients };
  });
}

/** The features at time 0. */
function lifted({ opening, kernels }: FlowParameters, x: Tensor2D): Tensor2D {
  if (opening !== undefined) return tf.matMul(x, opening);
  const missing = kernels.shape[1] - x.shape[1];
  return missing === 0
    ? x.clone()
    : tf.pad2d(x, [
        [0, 0],
        [0, missing],
      ]);
}

function velocity(features: Tensor2D, kernel: Tensor2D, bias: Tensor2D): Tensor2D {
  return tanh(tf.add(tf.matMul(features, kernel), bias) as Tensor2D);
}

function classified({ classifier, offsets }: FlowParameters, features: Tensor2D): Tensor2D {
  return tf.add(tf.matMul(features, classifier), offsets);
}
