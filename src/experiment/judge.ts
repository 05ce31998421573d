/**
 * How an experiment judges a claim: an effect, and the thresholds that it must keep. Name and unit of the effect come from the
 * claim, so a condition is a threshold and nothing else.
 */
import * as conditions from "../claims";
import { type Interval, meanInterval } from "../statistics";
import { intervalOver } from "./rows";

type Test = (name: string, interval: Interval, unit: string) => conditions.Condition;

/** Another quantity than the effect. */
interface Quantity {
  readonly name: string;
  readonly interval: Interval;
  readonly unit: string;
}

/** An interval over seeds, one number a seed, or a single number, which has no interval. */
export type Measured = Interval | readonly number[] | number;

/**
 * Begins to judge a claim by its effect; what follows are the conditions of its rule, one by one.
 *
 * @example judge(rise).atMost(5).below(10).of("median error of the VGG-style net", error, "%").atLeast(67.5)
 */
export function judge(effect: Measured): Judged {
  return new Judged(intervalOf(effect, "its effect"), []);
}

/** An effect with the conditions that it, and other quantities, must keep. Each method returns it with one more. */
export class Judged {
  constructor(
    readonly effect: Interval,
    private readonly tests: readonly { readonly test: Test; readonly quantity: Quantity | null }[],
    private readonly quantity: Quantity | null = null,
  ) {}

  /** The conditions that follow are about another quantity than the effect. */
  of(name: string, value: Measured, unit: string): Judged {
    return new Judged(this.effect, this.tests, { name, interval: intervalOf(value, name), unit });
  }

  /** The same conditions for each of several: `add` puts those of one. */
  each<Item>(items: readonly Item[], add: (judged: Judged, item: Item) => Judged): Judged {
    return items.reduce<Judged>((judged, item) => add(judged, item), this);
  }

  /** Holds when the estimate is at most the threshold. */
  atMost(threshold: number): Judged {
    return this.with((name, { estimate }, unit) => conditions.atMost(name, estimate, threshold, unit));
  }

  /** Holds when the estimate is at least the threshold. */
  atLeast(threshold: number): Judged {
    return this.with((name, { estimate }, unit) => conditions.atLeast(name, estimate, threshold, unit));
  }

  /** Holds when the estimate is exactly the expected number: for counts and shapes. */
  exactly(expected: number): Judged {
    return this.with((name, { estimate }, unit) => conditions.exactly(name, estimate, expected, unit));
  }

  /** Holds when the whole interval is below the threshold, fails when it is at or above it, else is undecided. */
  below(threshold: number): Judged {
    return this.with((name, interval, unit) => conditions.intervalBelow(name, interval, threshold, unit));
  }

  /** Holds when the whole interval is above the threshold, fails when it is at or below it, else is undecided. */
  above(threshold: number): Judged {
    return this.with((name, interval, unit) => conditions.intervalAbove(name, interval, threshold, unit));
  }

  /** Holds when the whole interval is within the range, ends included; undecided when it reaches over an end. */
  within(from: number, to: number): Judged {
    return this.with((name, interval, unit) => conditions.intervalWithin(name, interval, [from, to], unit));
  }

  /** Holds when the interval contains the value, a theory's. */
  contains(value: number): Judged {
    return this.with((name, interval, unit) => conditions.intervalHolds(name, interval, value, unit));
  }

  /** The verdict on a claim. @throws RangeError without conditions; DegenerateSample for an effect that is not finite */
  verdict(claim: conditions.Claim): conditions.Judgement {
    const effect: Quantity = { name: claim.effectName, interval: this.effect, unit: claim.unit };
    return conditions.judge(
      claim,
      this.effect,
      this.tests.map(({ test, quantity }) => {
        const { name, interval, unit } = quantity ?? effect;
        return test(name, interval, unit);
      }),
    );
  }

  private with(test: Test): Judged {
    return new Judged(this.effect, [...this.tests, { test, quantity: this.quantity }], this.quantity);
  }
}

function intervalOf(measured: Measured, what: string): Interval {
  if (typeof measured === "number") return meanInterval([measured]);
  return "estimate" in measured ? measured : intervalOver(measured, what);
}
