import type { TrainingEntry } from "./history";

/**
 * A training's history in at most so many points: neighbouring entries joined, as many steps in each point as go in evenly.
 *
 * Means over the steps behind a point are weighted by those of its entries; step and learning rate are the last entry's.
 *
 * @param history entries with ascending steps
 * @param points at least 1
 * @throws RangeError for fewer points than 1
 */
export function trainingCurve(history: readonly TrainingEntry[], points: number): TrainingEntry[] {
  if (!(Number.isInteger(points) && points >= 1)) throw new RangeError(`need at least 1 point, got ${points}`);
  const joined = Math.ceil(history.length / points);
  return Array.from({ length: Math.ceil(history.length / Math.max(joined, 1)) }, (_, i) =>
    joinEntries(history.slice(i * joined, (i + 1) * joined), i === 0 ? 0 : history[i * joined - 1]!.step),
  );
}

/**
 * Mean loss (nats) over the last steps of a training, to the whole entry that reaches beyond them.
 *
 * @param lastSteps at least 1; the whole training where it has no more
 * @throws RangeError for an empty history, or fewer steps than 1
 */
export function finalLoss(history: readonly TrainingEntry[], lastSteps: number): number {
  const last = history.at(-1);
  if (last === undefined) throw new RangeError("a training without entries has no final loss");
  if (!(lastSteps >= 1)) throw new RangeError(`need at least 1 step, got ${lastSteps}`);
  const first = history.findIndex(({ step }) => step > last.step - lastSteps);
  return joinEntries(history.slice(first), first === 0 ? 0 : history[first - 1]!.step).loss;
}

/** @param from steps done before the first entry */
function joinEntries(entries: readonly TrainingEntry[], from: number): TrainingEntry {
  const last = entries.at(-1)!;
  const steps = entries.map(({ step }, i) => step - (i === 0 ? from : entries[i - 1]!.step));
  const mean = (value: (entry: TrainingEntry) => number) =>
    entries.reduce((sum, entry, i) => sum + value(entry) * steps[i]!, 0) / (last.step - from);
  return {
    step: last.step,
    loss: mean(({ loss }) => loss),
    accuracy: mean(({ accuracy }) => accuracy),
    learningRate: last.learningRate,
    blocksRun: mean(({ blocksRun }) => blocksRun),
  };
}
