/**
 * What theory expects of very wide ReLU networks under He's initialisation: correlations as functions of depth.
 *
 * Sources: Cho & Saul 2009 (arc-cosine kernels); Balduzzi et al. 2017, arXiv:1702.08591, sec. 3.
 */

/**
 * Correlation of the outputs of a wide ReLU layer, uncentred, for two inputs of correlation c:
 * (sin a + (π - a) cos a) / π with a = arccos c.
 *
 * @param correlation c in [-1, 1]
 * @example reluCorrelation(0) // 1/π
 */
export function reluCorrelation(correlation: number): number {
  const angle = Math.acos(correlation);
  return Math.min(1, (Math.sin(angle) + (Math.PI - angle) * correlation) / Math.PI); // rounding must not pass 1
}

/**
 * Share of the units active on one input that are active on another of correlation c too: 1 - arccos(c) / π.
 *
 * @param correlation c in [-1, 1]
 * @example sharedActivity(0) // 1/2
 */
export function sharedActivity(correlation: number): number {
  return 1 - Math.acos(correlation) / Math.PI;
}

/**
 * Correlation of the gradients of a linear function of the output by two inputs that have nothing in common, by the
 * number of blocks of `buildUniformNetwork`.
 *
 * Each ReLU passes the gradients of both inputs by the units that both activate. With normalisation by fixed statistics
 * unrelated inputs stay unrelated: half of the units are shared in every layer, which is the premise of Balduzzi et al.
 * and gives 2^(-L) for plain networks. In residual ones the gradient through a branch has 1/v times the variance of
 * that through the shortcut, v = 1 + (1 - 1/π) n after n blocks: of a branch's mean square, 1, the share 1/π is the
 * square of its mean, which normalisation takes out. Balduzzi et al. have v = 1 + n there, and 1/√L; with v as it is
 * the correlation goes like L to the power of -π / (2 (π - 1)) = -0.73. Without normalisation activations grow alike
 * with depth (`reluCorrelation`), more units are shared, and the correlation falls less.
 *
 * @param blocks the largest number of them
 * @returns at place n the correlation for n blocks, n = 0 to `blocks`
 */
export function gradientCorrelations(
  { residual, normalised }: { readonly residual: boolean; readonly normalised: boolean },
  blocks: number,
): number[] {
  const correlations: number[] = [];
  let inner = 1; // of the gradients, over the blocks so far
  let outer = 0; // of the activations
  for (let n = 0; n <= blocks; n++) {
    correlations.push(inner);
    const shared = sharedActivity(outer);
    const weight = normalised ? 1 / (1 + (1 - 1 / Math.PI) * n) : 1;
    inner *= residual ? (1 + weight * shared) / (1 + weight) : shared;
    if (!normalised) outer = residual ? (outer + reluCorrelation(outer)) / 2 : reluCorrelation(outer);
  }
  return correlations;
}
