/** An estimate with its interval; every figure and verdict of the project carries one. */
export interface Interval {
  /** The statistic of the whole sample. */
  readonly estimate: number;
  readonly low: number;
  readonly high: number;
  /** How many independent values (seeds) stand behind it. */
  readonly count: number;
  /** Coverage the interval aims at, such as 0.95. */
  readonly confidence: number;
}
