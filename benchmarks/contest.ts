/**
 * Contenders measured on the same work, turn by turn, so that what slows the machine for a while slows all of them.
 */
import { type Contender, ContenderError, type ContenderSpecification, startContender } from "./contender";
import type { Facts } from "./protocol";
import type { Task } from "./task";

export type Unit = "s" | "MB" | "%";

/** What a contest is to show. Where several contenders are named, the one with the least median stands for its side. */
export type Goal =
  /** Ours over the peer's, at most the bound. */
  | {
      readonly kind: "ratio";
      readonly ours: readonly string[];
      readonly peers: readonly string[];
      readonly bound: number;
    }
  /** The peer's over ours, at least the bound. */
  | {
      readonly kind: "speed-up";
      readonly ours: readonly string[];
      readonly peers: readonly string[];
      readonly bound: number;
    }
  /** Ours alone, at most the bound, in the contest's unit. */
  | { readonly kind: "value"; readonly ours: readonly string[]; readonly bound: number };

export interface Contest {
  /** "training-step/resnet20"; the part before the slash is what `--work` names. */
  readonly id: string;
  /** What is measured, with its sizes, in one line. */
  readonly what: string;
  readonly unit: Unit;
  readonly contenders: readonly ContenderSpecification[];
  readonly goals: readonly Goal[];
  /** Turns of each contender. */
  readonly rounds: number;
  /** What was measured is multiplied by this: the share of the whole work that a turn does, turned over. */
  readonly scale?: number;
  /** Weights and images to write before, by this task; its `inputs` is the file. */
  readonly inputs?: Task;
  /** Contenders that this machine lacks, with the reason. */
  readonly missing: readonly LeftOut[];
  /** Largest relative difference of losses that rounding explains, after three steps of training at most. */
  readonly tolerance: number;
  /** For getting ready, and for every turn. */
  readonly secondsAtMost: number;
}

export interface LeftOut {
  readonly name: string;
  readonly reason: string;
}

/** What one contender measured, a value a turn, in the contest's unit. */
export interface Timings {
  readonly name: string;
  readonly facts: Facts;
  readonly values: readonly number[];
  readonly notes: readonly string[];
}

export interface ContestResult {
  readonly contest: Contest;
  readonly timings: readonly Timings[];
  readonly leftOut: readonly LeftOut[];
  /** Why the contenders did not do the same work, where that is so: nothing may then be concluded from their times. */
  readonly differences: readonly string[];
}

export interface ContestEvents {
  /** A contender is getting ready (`turn` null), or has its turn. */
  begins(name: string, turn: number | null): void;
}

/**
 * Runs a contest. One that fails on the way is left out with its reason, and its turns so far with it.
 *
 * The order of the turns changes from round to round, so that no one always follows the same other.
 */
export async function runContest(contest: Contest, events: ContestEvents): Promise<ContestResult> {
  const leftOut: LeftOut[] = [...contest.missing];
  const ready: { contender: Contender; values: number[]; notes: string[] }[] = [];
  const reasonOf = (name: string, error: unknown) => {
    if (!(error instanceof ContenderError)) throw error;
    leftOut.push({ name, reason: error.message });
  };
  try {
    for (const specification of contest.contenders) {
      events.begins(specification.name, null);
      try {
        const contender = await startContender(specification, contest.secondsAtMost);
        ready.push({ contender, values: [], notes: [] });
      } catch (error) {
        reasonOf(specification.name, error);
      }
    }
    for (let round = 0; round < contest.rounds; round++) {
      const start = round % Math.max(1, ready.length);
      for (const entry of [...ready.slice(start), ...ready.slice(0, start)]) {
        const { contender, values, notes } = entry;
        events.begins(contender.name, round);
        try {
          const { measured, note } = await contender.run();
          values.push(measured * (contest.scale ?? 1));
          if (note !== undefined) notes.push(note);
        } catch (error) {
          reasonOf(contender.name, error);
          ready.splice(ready.indexOf(entry), 1);
          await contender.leave();
        }
      }
    }
  } finally {
    await Promise.all(ready.map(({ contender }) => contender.leave()));
  }
  const order = contest.contenders.map(({ name }) => name);
  const timings = ready
    .map(({ contender: { name, facts }, values, notes }) => ({ name, facts, values, notes }))
    .sort((one, other) => order.indexOf(one.name) - order.indexOf(other.name));
  return { contest, timings, leftOut, differences: differences(timings, contest.tolerance) };
}

/** In what the contenders differ that should all be doing the same, one sentence each. */
export function differences(timings: readonly Pick<Timings, "name" | "facts">[], tolerance: number): string[] {
  const [first, ...others] = timings;
  if (first === undefined) return [];
  return others.flatMap(({ name, facts }) => {
    const between = `${name} and ${first.name}`;
    const { parameters, check } = facts;
    const found: string[] = [];
    if (parameters !== first.facts.parameters) {
      found.push(`${between} have ${parameters ?? "unknown"} and ${first.facts.parameters ?? "unknown"} parameters`);
    }
    const wanted = first.facts.check ?? [];
    const same =
      check?.length === wanted.length &&
      check.every((value, i) => Math.abs(value - wanted[i]!) <= tolerance * Math.abs(wanted[i]!));
    if (!same && (check !== undefined || wanted.length > 0)) {
      found.push(`${between} compute [${check?.join(", ") ?? ""}] and [${wanted.join(", ")}] from the same weights`);
    }
    return found;
  });
}
