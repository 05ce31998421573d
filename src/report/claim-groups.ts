import type { ClaimGroup } from "../claims";

/** What each group of claims is about, in the order in which pages show them. */
export const claimGroupTitles: Readonly<Record<ClaimGroup, string>> = {
  A: "Arithmetic of layers",
  B: "Techniques",
  C: "Depth",
  D: "Stochastic depth",
  E: "Networks as ensembles of paths",
  F: "Networks as differential equations",
  G: "Architectures, side by side",
  H: "The audit",
};
