/**
 * The claims that experiments judge: statement, source, rule. The rules were fixed before any run and are not tuned.
 */
import type { Claim } from "./claim";

/** E: networks as ensembles of paths. */
export const blockDeletionHardlyHurts: Claim = {
  id: "E1",
  statement: "Deleting one block of a trained residual network at test time hardly changes its error.",
  source: "Veit, Wilber & Belongie 2016, arXiv:1605.06431, sec. 4.1, fig. 3",
  measuredBy: "Top-1 test error after deleting each block, one at a time, in every seed's network.",
  rule:
    "The median rise over the blocks that keep their shape is at most 5 points, and its interval lies below 10 points. " +
    "Downsampling blocks are shown apart.",
  paperValue:
    "error about unchanged from its base of 6 to 7 %, except for the downsampling blocks (110 layers, CIFAR-10)",
  unit: "points",
  minimumSeeds: 5,
};

export const layerDeletionDestroysVgg: Claim = {
  id: "E2",
  statement: "Deleting one layer of a network without skips destroys it: its error goes to about chance.",
  source: "Veit, Wilber & Belongie 2016, arXiv:1605.06431, sec. 4.1, fig. 3",
  measuredBy:
    "Top-1 test error after deleting each layer that keeps its shape, of a VGG-style net and of a plain net as deep as the " +
    "residual one; the effect is the VGG-style net's median rise less the residual network's.",
  rule:
    "For the VGG-style and for the plain net: the median error is at least 0.75 of chance level, and the difference of its " +
    "median rise from the residual network's has an interval above 30 points.",
  paperValue: "error at chance, about 90 %, whichever VGG layer is deleted (CIFAR-10)",
  unit: "points",
  minimumSeeds: 5,
};

export const errorRisesSmoothly: Claim = {
  id: "E3",
  statement: "The error of a residual network rises smoothly with the number of deleted blocks.",
  source: "Veit, Wilber & Belongie 2016, arXiv:1605.06431, sec. 4.2, fig. 5a",
  measuredBy:
    "Mean top-1 test error over draws of k blocks to delete, for every k from 1 to all; Spearman's rank correlation of k " +
    "and that error.",
  rule:
    "The interval of Spearman's correlation lies above 0.9, and no step between neighbouring k is larger than 35 points, in " +
    "any seed.",
  paperValue: "monotone and without a cliff for k = 1 to 20 of 54 blocks",
  unit: "",
  minimumSeeds: 5,
};

/**
 * E3 once more, better posed. Past a third of the blocks the error of a network of 15 blocks has reached chance; from there
 * on the ranks of E3's correlation are those of noise, whatever the rise before. The source looks at 20 of 54 blocks.
 */
export const errorRisesSmoothlyAtFirst: Claim = {
  id: "E3.1",
  statement:
    "Over the source's range, up to 20 of 54 blocks, the error rises smoothly with the number of deleted blocks.",
  source: "Veit, Wilber & Belongie 2016, arXiv:1605.06431, sec. 4.2, fig. 5a",
  measuredBy: "As E3, for k up to 37 % of the blocks, the intact network (k = 0) included.",
  rule:
    "The interval of Spearman's correlation lies above 0.9, and no step between neighbouring k is larger than 35 points, in " +
    "any seed. Put beside E3 after E3 had been seen to go on where the error can rise no further; E3 is judged as it was.",
  paperValue: "0.2 to 0.3 at k = 10, above 0.5 towards k = 20, without a cliff",
  unit: "",
  minimumSeeds: 5,
};

/** Every claim of the registry, in the order in which reports show them. */
export const claims: readonly Claim[] = [
  blockDeletionHardlyHurts,
  layerDeletionDestroysVgg,
  errorRisesSmoothly,
  errorRisesSmoothlyAtFirst,
];
