import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { claimOf, claims } from "../../src/claims";
import { parseCsv } from "../../src/report";

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

test("every verdict of the reference runs has a sentence of its own, not its effect once more", () => {
  const runs = join(__dirname, "..", "..", "results", "reference");
  const rows = readdirSync(runs)
    .map((name) => join(runs, name, "claims.csv"))
    .filter((file) => existsSync(file))
    .flatMap((file) => parseCsv(readFileSync(file, "utf8")));
  assert.ok(rows.length >= 70, `${rows.length} verdicts`);
  for (const { claim, sentence: said } of rows) {
    const sentence = String(said);
    const { effectName } = claims.find(({ id }) => id === claim)!;
    assert.not(sentence.toLowerCase().startsWith(`${effectName.toLowerCase()}: `), `${claim}: ${sentence}`);
    assert.match(sentence, /\d.*\.$/, `${claim}: ${sentence}`);
  }
});

test.run();
