/** How the learning rate goes over a training. */
export type Schedule = OneCycle | Drops;

/** Linear rise to the peak, then a half cosine down to zero (after Smith & Topin 2017, arXiv:1708.07120). */
export interface OneCycle {
  readonly kind: "one cycle";
  readonly peak: number;
  /** Share of the steps on which it rises, in (0, 1). */
  readonly rise: number;
}

/** A constant rate, divided by ten at given points (He et al. 2015, arXiv:1512.03385, sec. 4.2). */
export interface Drops {
  readonly kind: "drops";
  readonly initial: number;
  /** Shares of the steps after which the rate is divided by ten: [0.5, 0.75]. */
  readonly at: readonly number[];
  /** Steps at a tenth of the rate in the beginning: 400 for the network of 110 layers, which else does not start. */
  readonly warmUpSteps: number;
}

/**
 * Learning rate of one step.
 *
 * @param step index of the step, from 0
 * @param steps steps in all
 */
export function learningRate(schedule: Schedule, step: number, steps: number): number {
  const done = step / steps;
  if (schedule.kind === "drops") {
    const drops = schedule.at.filter((share) => done >= share).length + (step < schedule.warmUpSteps ? 1 : 0);
    return schedule.initial / 10 ** drops;
  }
  const { peak, rise } = schedule;
  const rising = (step + 1) / (rise * steps); // the first step already moves
  if (rising < 1) return peak * rising;
  const fallen = Math.max(0, done - rise) / (1 - rise); // the step at which the rise ends may begin a little before it
  return (peak * (1 + Math.cos(Math.PI * fallen))) / 2;
}
