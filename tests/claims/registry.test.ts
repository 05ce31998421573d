import { test } from "uvu";
import * as assert from "uvu/assert";
import { claimOf, claims } from "../../src/claims";

/** "E3.1" by its letter, then its number: E3, E3.1, E4. */
const place = (id: string): [group: string, number: number] => [id.charAt(0), Number(id.slice(1))];

test("the claims come in the order of their groups and numbers, each once", () => {
  claims.slice(1).forEach(({ id }, i) => {
    const [group, number] = place(id);
    const [previousGroup, previous] = place(claims[i]!.id);
    assert.ok(group > previousGroup || (group === previousGroup && number > previous), `${claims[i]!.id}, then ${id}`);
  });
});

test("the groups of depth, stochastic depth and paths are whole", () => {
  const whole = { C: 9, D: 5, E: 9 };
  for (const [group, count] of Object.entries(whole)) {
    const numbers = claims.filter(({ id }) => id.startsWith(group)).map(({ id }) => Number(id.slice(1)));
    for (let number = 1; number <= count; number++) assert.ok(numbers.includes(number), `${group}${number}`);
  }
});

test("a claim is found by its identifier; one that is not there is named", () => {
  for (const claim of claims) assert.is(claimOf(claim.id), claim);
  assert.throws(() => claimOf("E99" as "E9"), /^there is no claim E99$/);
});

test("statements and rules are sentences, and a claim without seeds is none", () => {
  for (const { id, statement, measuredBy, rule, paperValue, minimumSeeds } of claims) {
    for (const sentence of [statement, measuredBy, rule]) assert.match(sentence, /^[A-Z].*\.$/, id);
    assert.ok(paperValue.length > 0, id);
    assert.ok(Number.isInteger(minimumSeeds) && minimumSeeds >= 1, id);
  }
});

test("the name of an effect is of words alone", () => {
  for (const { id, effectName } of claims) assert.match(effectName, /^[A-Za-z]+( [A-Za-z]+)*$/, id);
});

test.run();
