/**
 * Operations on the channels, the last axis of activations: choosing some, and a coefficient and an offset for each.
 */
import { type Tensor, type Tensor1D, type Tensor2D, type Tensor4D, tf } from "../runtime";
import { multiply, pad, slice, sumOverChannels, throughFloat32, toFloat32 } from "./precision";

/** The given channels of `[batch, height, width, channels]`, in their order; one may come more than once. */
export function selectChannels(x: Tensor4D, channels: readonly number[]): Tensor4D {
  const [batch, height, width] = x.shape;
  if (areConsecutive(channels)) return slice(x, [0, 0, 0, channels[0]!], [batch, height, width, channels.length]);
  return tf.tidy(() => throughFloat32([x], (wide) => tf.gather(wide, tf.tensor1d([...channels], "int32"), 3)));
}

/**
 * Gradient by the input of `selectChannels`: zero at the channels that were left out, a sum at those that came twice.
 *
 * @param inputChannels channels of the input
 */
export function selectChannelsGradient(dy: Tensor4D, channels: readonly number[], inputChannels: number): Tensor4D {
  const [batch, height, width, selected] = dy.shape;
  if (areConsecutive(channels)) {
    const [first, end] = [channels[0]!, channels[0]! + selected];
    return pad(dy, [[0, 0], [0, 0], [first, inputChannels - end]]); // biome-ignore format: one list
  }
  return tf.tidy(() => {
    const values = new Float32Array(selected * inputChannels); // a one in each row, where its channel came from
    channels.forEach((channel, i) => {
      values[i * inputChannels + channel] = 1;
    });
    return throughFloat32([dy], (wide) => {
      const pixels = tf.matMul(wide.reshape([-1, selected]), tf.tensor2d(values, [selected, inputChannels]));
      return pixels.reshape([batch, height, width, inputChannels]) as Tensor4D;
    });
  });
}

/** scale x + offset with a coefficient and an offset for each channel: `[..., channels]`, `[channels]`, `[channels]`. */
export function scaleChannels<T extends Tensor>(x: T, scale: Tensor1D, offset: Tensor1D): T {
  return tf.tidy(() => throughFloat32([x], (wide) => tf.add(tf.mul(wide, scale), offset) as T));
}

/** Gradients of the loss by the coefficients and offsets of `scaleChannels`, `[channels]` both; its input's is dy scale. */
export function scaleChannelsGradients(dy: Tensor, x: Tensor): { readonly scale: Tensor1D; readonly offset: Tensor1D } {
  return tf.tidy(() => ({
    scale: sumOverChannels(tf.mul(toFloat32(dy), toFloat32(x))) as Tensor1D,
    offset: sumOverChannels(dy) as Tensor1D,
  }));
}

/** Each image's channels times a factor of their own: `[batch, height, width, channels]` by `[batch, channels]`, in float32. */
export function gateChannels(x: Tensor4D, factors: Tensor2D): Tensor4D {
  const [batch, , , channels] = x.shape;
  return tf.tidy(() => multiply(x, factors.reshape([batch, 1, 1, channels])));
}

/** Gradients by both inputs of `gateChannels`: that by the factors in float32. */
export function gateChannelsGradients(
  dy: Tensor4D,
  x: Tensor4D,
  factors: Tensor2D,
): { readonly x: Tensor4D; readonly factors: Tensor2D } {
  return tf.tidy(() => ({
    x: gateChannels(dy, factors),
    factors: tf.sum(tf.mul(toFloat32(dy), toFloat32(x)), [1, 2]) as Tensor2D,
  }));
}

/** Consecutive channels are a slice: no copy by index. */
function areConsecutive(channels: readonly number[]): boolean {
  return channels.length > 0 && channels.every((channel, i) => channel === channels[0]! + i);
}
