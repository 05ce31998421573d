import fc from "fast-check";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { claimOf } from "../../src/claims";
import { type Judged, judge, otherThanSource } from "../../src/experiment";
import { law } from "../property";

const numbers = fc.array(fc.integer({ min: -100, max: 100 }), { minLength: 2, maxLength: 5 });
const quantities = fc.array(fc.record({ name: fc.constantFrom("a", "b", "c"), numbers }), { maxLength: 5 });
const claim = claimOf("E1");

law(
  "conditions put to each of several are those that are put one after another",
  [numbers, quantities],
  (effect, several) => {
    const begin = judge(effect).atMost(5);
    const apart = several.map(
      (one) => judge(effect).of(one.name, one.numbers, "%").below(10).verdict(claim).conditions,
    );
    const together = begin.each(several, (judged, one) => judged.of(one.name, one.numbers, "%").below(10));
    assert.equal(together.verdict(claim).conditions, [...begin.verdict(claim).conditions, ...apart.flat()]);
    assert.equal(together.effect, begin.effect);
  },
);

test("what follows the several is about the last of them, and of none nothing changes", () => {
  const chain = (judged: Judged) => judged.atMost(3).verdict(claim).conditions.at(-1)!;
  const names = ["first", "second"].map((name, i) => ({ name, value: [i, i] }));
  const named = judge([1, 2]).each(names, (judged, { name, value }) => judged.of(name, value, "").atLeast(0));
  assert.match(chain(named).text, "second");
  assert.equal(chain(judge([1, 2]).each([], (judged) => judged.of("never", 1, ""))), chain(judge([1, 2])));
});

law(
  "a run differs from the source where it takes something else, and says both",
  [fc.oneof(fc.string({ minLength: 1 }), fc.integer()), fc.integer()],
  (source, other) => {
    assert.equal(otherThanSource("It", source, source), []);
    if (other !== source)
      assert.equal(otherThanSource<string | number>("It", other, source), [
        { sentence: `It is ${other}; the source's is ${source}.`, here: `It: ${other}`, source: String(source) },
      ]);
  },
);

test.run();
