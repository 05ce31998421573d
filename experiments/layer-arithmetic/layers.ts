/**
 * The layers that are measured: random ones (A1), the convolution and the bottleneck of which weights are stated (A4), and
 * the stacks of small kernels (A6).
 */
import { averagePool, convolution, type Layer, maxPool } from "../../src/networks";
import type { RandomStream } from "../../src/random";

/** A convolution or pooling, with the sizes that its output's side depends on. */
export interface SampledLayer {
  readonly layer: Layer;
  /** Height and width of the image: none is smaller than the window. */
  readonly input: number;
  readonly window: number;
  readonly stride: number;
  /** P: of both sides together. */
  readonly padding: number;
}

/** A layer of random kind, window, stride and padding, and the size of an image for it. */
export function sampleLayer(stream: RandomStream): SampledLayer {
  const window = 1 + stream.integer(7);
  const stride = 1 + stream.integer(4);
  const padding = [stream.integer(window), "valid", "same"][stream.integer(3)] as number | "valid" | "same";
  const input = window + stream.integer(24); // fits, whatever the padding
  const layer = [
    convolution("convolution", { filters: 2, size: window, stride, padding }),
    maxPool(window, stride, padding),
    averagePool(window, stride, padding),
  ][stream.integer(3)]!;
  return { layer, input, window, stride, padding: totalPadding(padding, { input, window, stride }) };
}

/** P: twice the padding of each side; of `same` what makes ceil(I/S) windows fit (TensorFlow's definition). */
function totalPadding(
  padding: number | "valid" | "same",
  { input, window, stride }: Pick<SampledLayer, "input" | "window" | "stride">,
): number {
  if (padding === "valid") return 0;
  if (padding === "same") return Math.max(0, (Math.ceil(input / stride) - 1) * stride + window - input);
  return 2 * padding;
}

/** Channels of the convolution that the bottleneck replaces, and inside it. */
export const [wide, narrow] = [256, 64];

/** Both, on so many channels. */
export const wideAndBottleneck: readonly { readonly name: string; readonly layers: readonly Layer[] }[] = [
  { name: "3x3", layers: [convolution("3x3", { filters: wide })] },
  {
    name: "bottleneck",
    layers: [
      convolution("bottleneck/reduce", { filters: narrow, size: 1 }),
      convolution("bottleneck/convolution", { filters: narrow }),
      convolution("bottleneck/expand", { filters: wide, size: 1 }),
    ],
  },
];

/** Channels of the stacks, and side of their images. */
export const [stackChannels, stackSide] = [4, 15];

/** Kernels of a stack, the first first, and the weights that are stated of it, over channels squared. */
export interface Stack {
  readonly name: string;
  /** The one kernel in whose place it stands; its own name for that kernel itself. */
  readonly kernel: string;
  readonly sizes: readonly (readonly [height: number, width: number])[];
  readonly stated: number;
}

const three = [3, 3] as const;
export const stacks: readonly Stack[] = [
  { name: "5x5", kernel: "5x5", sizes: [[5, 5]], stated: 25 },
  { name: "two 3x3", kernel: "5x5", sizes: [three, three], stated: 18 },
  { name: "7x7", kernel: "7x7", sizes: [[7, 7]], stated: 49 },
  { name: "three 3x3", kernel: "7x7", sizes: [three, three, three], stated: 27 },
  {
    name: "1x7, then 7x1",
    kernel: "7x7",
    sizes: [
      [1, 7],
      [7, 1],
    ],
    stated: 14,
  },
  { name: "3x3", kernel: "3x3", sizes: [three], stated: 9 },
  {
    name: "1x3, then 3x1",
    kernel: "3x3",
    sizes: [
      [1, 3],
      [3, 1],
    ],
    stated: 6,
  },
  {
    name: "two 2x2",
    kernel: "3x3",
    sizes: [
      [2, 2],
      [2, 2],
    ],
    stated: 8,
  },
];

/** @throws RangeError for a name that no stack has */
export function stackNamed(name: string): Stack {
  const found = stacks.find((stack) => stack.name === name);
  if (found === undefined) throw new RangeError(`there is no stack "${name}"`);
  return found;
}
