import { capitalised } from "../base";
import {
  DegenerateSample,
  type Interval,
  intervalNumbers,
  intervalText,
  largest,
  quantity,
  seedCount,
  smallest,
} from "../statistics";
import type { AuditVerdict, Claim, Condition, Judgement, Verdict } from "./claim";
import { type Precondition, type PreconditionName, preconditions } from "./preconditions";

/**
 * The verdict on a claim, from its conditions as a run found them.
 *
 * | conditions                                | verdict        |
 * |-------------------------------------------|----------------|
 * | fewer seeds than the claim asks for       | inconclusive   |
 * | all hold                                  | reproduced     |
 * | some hold, some fail                      | partly         |
 * | none holds, some fail                     | not reproduced |
 * | none fails, some undecided                | inconclusive   |
 *
 * Of a row of the audit it is the wording that is judged: correct, imprecise and wrong stand for reproduced, partly and not reproduced.
 *
 * @param effect the headline effect with its interval over seeds; its `count` is the number of seeds
 * @param conditions the parts of the claim's rule, at least one
 * @throws RangeError without conditions; DegenerateSample for an effect that is not finite
 */
export function judge(claim: Claim, effect: Interval, conditions: readonly Condition[]): Judgement {
  if (conditions.length === 0) throw new RangeError(`claim ${claim.id} needs at least one condition to be judged by`);
  requireFinite(`the effect of claim ${claim.id}`, effect.estimate, effect.low, effect.high);
  const summary = summarise(conditions);
  if (effect.count < claim.minimumSeeds) {
    const reason = `${seedCount(effect.count)} of the ${claim.minimumSeeds} needed; so far ${summary}.`;
    return { claim, verdict: "inconclusive", effect, conditions, ...plain(claim, effect), reason };
  }
  const reason = `${capitalised(summary)}.`;
  return {
    claim,
    verdict: inWordsOf(claim, verdictOf(conditions)),
    effect,
    conditions,
    ...plain(claim, effect),
    reason,
  };
}

/**
 * The judgement on a claim of which a run's rows do not tell the effect: nothing was measured, or what was has no such
 * statistic.
 *
 * @param why in words, without a full stop: "no gradient passes through any branch"
 */
export function cannotTell(claim: Claim, why: string): Judgement {
  const reason = `Cannot be told: ${why}.`;
  return { claim, verdict: "inconclusive", effect: null, conditions: [], ...plain(claim, null), reason };
}

/** What is said of an effect where nothing more is known: it alone. */
function plain({ effectName, unit }: Claim, effect: Interval | null) {
  const found = effect === null ? "cannot be told" : intervalText(effect, unit);
  return { preconditions: [], sentence: `${capitalised(effectName)}: ${found}.`, range: "" };
}

/** What a precondition comes to on a run's rows. */
export interface State {
  /** One a seed, and of each network that is compared. */
  readonly values: readonly number[];
  /** In place of the precondition's own: half of chance, where there are not ten classes. */
  readonly border?: number;
  /** Of what the values are, where they are no more than near to what is asked. */
  readonly of?: string;
}

/** How a run came by its networks: their weights were given, or it trained them, and longer by a setting where there is one. */
export type Training = "given" | { readonly longer: string | null };

/**
 * A judgement under its claim's preconditions: "not testable here" where one of them fails or cannot be told.
 *
 * @param states of each precondition; one that is missing, or without a value, cannot be told
 * @param training whether the weights were given; else the setting that trains longer, as a clause: "e.g. --set steps=2000", null where
 * there is none
 */
export function underPreconditions(
  judgement: Judgement,
  states: Readonly<Partial<Record<PreconditionName, readonly State[]>>>,
  training: Training,
): Judgement {
  const names: readonly PreconditionName[] = judgement.claim.preconditions ?? [];
  const checked = names.map((name) => check(preconditions[name], states[name] ?? [], training));
  const open =
    checked.find(({ condition }) => condition.outcome === "fails") ??
    checked.find(({ condition }) => condition.outcome === "undecided");
  return {
    ...judgement,
    preconditions: checked.map(({ condition }) => condition),
    ...(open === undefined
      ? {}
      : {
          verdict: "not testable here",
          reason: judgement.effect === null ? `${open.reason} ${judgement.reason}` : open.reason,
        }),
  };
}

function check(
  { quantity: name, border: usual, side, unit, shown, remedy }: Precondition,
  states: readonly State[],
  training: Training,
): { readonly condition: Condition; readonly reason: string } {
  const measured = states.filter(({ values }) => values.length > 0);
  const asked = (border: number) => `${side} ${quantity(border, unit)}`;
  if (measured.length === 0) {
    const text = `${name} ${asked(usual)} in every seed`;
    return {
      condition: { text, found: "cannot be told", outcome: "undecided" },
      reason: `The ${name} cannot be told from this run, whose rows do not hold it; the claim asks for ${asked(usual)}.`,
    };
  }
  const judged = measured.map(({ values, border = usual, of }) => {
    const worst = side === "at most" ? largest(values) : smallest(values);
    return { worst, border, of, holds: side === "at most" ? worst <= border : worst >= border };
  });
  const { worst, border, of, holds } = judged.find((one) => !one.holds) ?? judged[0]!;
  const figure = quantity(worst, unit);
  const near = of === undefined ? "" : ` (${of})`;
  const help = remedy.startsWith("train longer") ? trainingHelp(remedy, training) : remedy;
  return {
    condition: {
      text: `${name} ${asked(border)} in every seed`,
      found: `${figure}${near}`,
      outcome: holds ? "holds" : "fails",
    },
    reason: `${capitalised(shown(figure))}${near}; the claim asks for ${asked(border)}: ${help}.`,
  };
}

function trainingHelp(remedy: string, training: Training): string {
  if (training === "given") {
    return "give a network that errs less, and see that its images are prepared as in its training (--image-scale)";
  }
  return training.longer === null ? remedy : `${remedy}, ${training.longer}`;
}

/** Holds when the value is at most the border. */
export function atMost(text: string, value: number, border: number, unit: string): Condition {
  requireFinite(text, value, border);
  return {
    text: `${text} at most ${quantity(border, unit)}`,
    found: quantity(value, unit),
    outcome: value <= border ? "holds" : "fails",
  };
}

/** Holds when the value is at least the border. */
export function atLeast(text: string, value: number, border: number, unit: string): Condition {
  requireFinite(text, value, border);
  return {
    text: `${text} at least ${quantity(border, unit)}`,
    found: quantity(value, unit),
    outcome: value >= border ? "holds" : "fails",
  };
}

/** Holds when the value is exactly the expected one: for counts and shapes. */
export function exactly(text: string, value: number, expected: number, unit: string): Condition {
  requireFinite(text, value, expected);
  return {
    text: expected === 0 ? `no ${text}` : `${text} exactly ${quantity(expected, unit)}`,
    found: quantity(value, unit),
    outcome: value === expected ? "holds" : "fails",
  };
}

/** Holds when the whole interval is below the border, fails when it is at or above it, else is undecided. */
export function intervalBelow(text: string, interval: Interval, border: number, unit: string): Condition {
  requireFinite(text, interval.low, interval.high, border);
  return {
    text: `${ofInterval(text, interval)} below ${quantity(border, unit)}`,
    found: intervalNumbers(interval, unit),
    outcome: interval.high < border ? "holds" : interval.low >= border ? "fails" : "undecided",
  };
}

/** Holds when the whole interval is above the border, fails when it is at or below it, else is undecided. */
export function intervalAbove(text: string, interval: Interval, border: number, unit: string): Condition {
  requireFinite(text, interval.low, interval.high, border);
  return {
    text: `${ofInterval(text, interval)} above ${quantity(border, unit)}`,
    found: intervalNumbers(interval, unit),
    outcome: interval.low > border ? "holds" : interval.high <= border ? "fails" : "undecided",
  };
}

/**
 * Holds when the whole interval is inside the range (its ends included), fails when it is outside, else is undecided:
 * equivalence ("within 1 point of each other") and agreement with a theory's figure.
 */
export function intervalWithin(
  text: string,
  interval: Interval,
  [from, to]: readonly [number, number],
  unit: string,
): Condition {
  requireFinite(text, interval.low, interval.high, from, to);
  if (from > to) throw new RangeError(`${text}: need a range from low to high, got [${from}, ${to}]`);
  return {
    text: `${ofInterval(text, interval)} within [${quantity(from)}, ${quantity(to)}]${unit === "" ? "" : ` ${unit}`}`,
    found: intervalNumbers(interval, unit),
    outcome:
      interval.low >= from && interval.high <= to
        ? "holds"
        : interval.high < from || interval.low > to
          ? "fails"
          : "undecided",
  };
}

/** Holds when the interval contains the value, a theory's: the two agree as closely as the run can tell. */
export function intervalHolds(text: string, interval: Interval, value: number, unit: string): Condition {
  requireFinite(text, interval.low, interval.high, value);
  return {
    text: `${ofInterval(text, interval)} holds ${quantity(value, unit)}`,
    found: intervalNumbers(interval, unit),
    outcome: interval.low <= value && value <= interval.high ? "holds" : "fails",
  };
}

/** What a condition is about: one value has no interval. */
function ofInterval(text: string, { count }: Interval): string {
  return count === 1 ? text : `interval of ${text}`;
}

const auditWords = { correct: "reproduced", imprecise: "partly", wrong: "not reproduced" } as const satisfies Readonly<
  Record<AuditVerdict, Verdict>
>;

/** The verdict on a finding that a word of the audit stands for; any other as it is. */
export function asOnFinding<Word extends string>(verdict: Word): Exclude<Word, AuditVerdict> | OnFinding {
  return Object.hasOwn(auditWords, verdict)
    ? auditWords[verdict as AuditVerdict]
    : (verdict as Exclude<Word, AuditVerdict>);
}

type OnFinding = (typeof auditWords)[AuditVerdict];

function inWordsOf({ audit }: Claim, verdict: Verdict): Verdict {
  const words = Object.keys(auditWords) as AuditVerdict[];
  return (audit && words.find((word) => auditWords[word] === verdict)) ?? verdict;
}

/** What a rule says by its conditions alone. */
export function verdictOf(conditions: readonly Condition[]): Verdict {
  const some = (outcome: Condition["outcome"]) => conditions.some((condition) => condition.outcome === outcome);
  if (some("fails")) return some("holds") ? "partly" : "not reproduced";
  return some("undecided") ? "inconclusive" : "reproduced";
}

/** "all 3 conditions hold"; "2 of 3 conditions hold, 1 is undecided". */
function summarise(conditions: readonly Condition[]): string {
  const total = conditions.length;
  const count = (outcome: Condition["outcome"]) => conditions.filter((found) => found.outcome === outcome).length;
  const [holding, failing, undecided] = [count("holds"), count("fails"), count("undecided")];
  if (total === 1)
    return {
      holds: "its condition holds",
      fails: "its condition fails",
      undecided: "its condition is undecided: the interval reaches over the border",
    }[conditions[0]!.outcome];
  if (holding === total) return `all ${total} conditions hold`;
  if (failing === total) return `all ${total} conditions fail`;
  const parts = [
    `${holding === 0 ? "none" : holding} of ${total} conditions ${holding < 2 ? "holds" : "hold"}`,
    ...(failing > 0 ? [`${failing} ${failing === 1 ? "fails" : "fail"}`] : []),
    ...(undecided > 0 ? [`${undecided} ${undecided === 1 ? "is" : "are"} undecided`] : []),
  ];
  return parts.join(", ");
}

function requireFinite(what: string, ...values: number[]): void {
  const odd = values.find((value) => !Number.isFinite(value));
  if (odd !== undefined) throw new DegenerateSample(`${what}: need finite numbers to judge by, got ${odd}`);
}
