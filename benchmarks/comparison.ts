import { median, quantity } from "../src/statistics";
import type { ContestResult, Timings } from "./contest";

/** A goal, as a contest found it. */
export interface Comparison {
  /** "time of ours / Keras at most 1". */
  readonly goal: string;
  readonly bound: number;
  /** Median over the rounds, of the ratio of each round; null where a side is missing. */
  readonly found: number | null;
  readonly low: number | null;
  readonly high: number | null;
  /** Null where it cannot be told: a side is missing, or the contenders did not do the same work. */
  readonly reached: boolean | null;
}

/** The goals of a contest against what was measured. */
export function compare({ contest, timings, differences }: ContestResult): Comparison[] {
  return contest.goals.map((goal) => {
    const { bound } = goal;
    const ours = best(timings, goal.ours);
    const peer = goal.kind === "value" ? undefined : best(timings, goal.peers);
    const named = ours?.name ?? goal.ours[0]!;
    const peerNamed = goal.kind === "value" ? "" : (peer?.name ?? goal.peers[0]!);
    const text = {
      ratio: `${named} / ${peerNamed}, at most ${bound}`,
      "speed-up": `${peerNamed} / ${named}, at least ${bound}`,
      value: `${named}, at most ${quantity(bound, contest.unit)}`,
    }[goal.kind];
    if (ours === undefined || (goal.kind !== "value" && peer === undefined)) {
      return { goal: text, bound, found: null, low: null, high: null, reached: null };
    }
    const values = ours.values.map((own, round) => {
      if (peer === undefined) return own;
      return goal.kind === "ratio" ? own / peer.values[round]! : peer.values[round]! / own;
    });
    const found = median(values);
    const isReached = goal.kind === "speed-up" ? found >= bound : found <= bound;
    return {
      goal: text,
      bound,
      found,
      low: Math.min(...values),
      high: Math.max(...values),
      reached: differences.length > 0 ? null : isReached,
    };
  });
}

/** Of those named and measured the one with the least median. */
function best(timings: readonly Timings[], names: readonly string[]): Timings | undefined {
  return timings
    .filter(({ name, values }) => names.includes(name) && values.length > 0)
    .sort((one, other) => median(one.values) - median(other.values))[0];
}

/** "0.312 s [0.305, 0.33]": median, least and most of what was measured. */
export function spreadText(values: readonly number[], unit: string): string {
  const numbers = `${quantity(median(values), unit)}`;
  if (values.length < 2) return numbers;
  return `${numbers} [${quantity(Math.min(...values))}, ${quantity(Math.max(...values))}]`;
}
