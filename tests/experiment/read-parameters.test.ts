import fc from "fast-check";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { observeParameters } from "../../src/experiment/read-parameters";
import { law } from "../property";

const parameters = fc.dictionary(fc.stringMatching(/^[a-z]{1,6}$/), fc.oneof(fc.integer(), fc.string()), {
  minKeys: 1,
});

law(
  "what is read is what was asked for, each name once, in order",
  [parameters.chain((values) => fc.tuple(fc.constant(values), fc.array(fc.constantFrom(...Object.keys(values)))))],
  ([values, asked]) => {
    const observed = observeParameters(values);
    for (const name of asked) assert.is(observed.values[name], values[name]);
    assert.equal(observed.read(), [...new Set(asked)].sort());
  },
);

law(
  "spreading, listing and serialising read everything",
  [
    parameters,
    fc.constantFrom(
      (values: object) => ({ ...values }),
      (values: object) => Object.keys(values),
      (values: object) => JSON.stringify(values),
    ),
  ],
  (values, use) => {
    const observed = observeParameters(values);
    use(observed.values);
    assert.equal(observed.read(), Object.keys(values).sort());
  },
);

law("the rest of a destructuring reads everything", [parameters], (values) => {
  const observed = observeParameters<Record<string, unknown>>(values);
  const { nothing, ...rest } = observed.values;
  assert.equal(rest, { ...values });
  assert.equal(observed.read(), Object.keys(values).sort());
});

law(
  "a computation that is given equal values of what it read gives the same, whatever the others are",
  [
    fc.record({ a: fc.boolean(), b: fc.integer(), c: fc.integer() }),
    fc.record({ a: fc.boolean(), b: fc.integer(), c: fc.integer() }),
  ],
  (first, other) => {
    const compute = ({ a, b, c }: typeof first) => (a ? b : c);
    const observed = observeParameters(first);
    const found = compute(observed.values);
    const kept = Object.fromEntries(observed.read().map((name) => [name, first[name as keyof typeof first]]));
    assert.is(compute({ ...other, ...kept }), found);
  },
);

test("a parameter cannot be changed", () => {
  const { values } = observeParameters<{ steps: number }>({ steps: 4 });
  assert.throws(() => {
    values.steps = 5;
  }, /must not change the parameter steps/);
});

test.run();
