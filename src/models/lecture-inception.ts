/**
 * The inception module of the lecture's listing, with a classifier on it.
 *
 * Three towers where the paper has four (Szegedy et al. 2014, arXiv:1409.4842, fig. 2b): the 1x1 convolution on its own is
 * missing.
 */
import type { Architecture } from "./architecture";
import { concatenation, convolution, dense, flatten, maxPool, relu } from "./layers";
import { plainBlock } from "./plain-block";

export interface LectureInceptionOptions {
  readonly inputShape: readonly [height: number, width: number, channels: number];
  readonly classes: number;
}

/**
 * Towers of 64 channels each side by side, 32x32x192 for 32x32x3, then a dense layer: 2,106,250 parameters with 10 classes,
 * of which 1,966,090 are the dense layer's.
 */
export function buildLectureInception({ inputShape, classes }: LectureInceptionOptions): Architecture {
  const unit = (name: string, size: number) => [convolution(name, { filters: 64, size, bias: true }), relu];
  return {
    name: "lecture-inception",
    inputShape,
    classes,
    stem: [],
    blocks: [
      plainBlock("module", [
        concatenation(
          [...unit("module/tower1/convolution1", 1), ...unit("module/tower1/convolution2", 3)],
          [...unit("module/tower2/convolution1", 1), ...unit("module/tower2/convolution2", 5)],
          [maxPool(3, 1, "same"), ...unit("module/tower3/convolution", 1)],
        ),
      ]),
    ],
    head: [flatten, dense("head/classifier", classes)],
  };
}
