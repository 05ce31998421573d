export type { Claim, ClaimGroup, Condition, Judgement, Verdict } from "./claim";
export { atLeast, atMost, exactly, intervalAbove, intervalBelow, intervalWithin, judge } from "./judgement";
export {
  blockDeletionHardlyHurts,
  claims,
  errorRisesSmoothly,
  errorRisesSmoothlyAtFirst,
  layerDeletionDestroysVgg,
} from "./registry";
