import fc from "fast-check";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { law, property } from "../property";

/** Runs a property with these variables of the environment and gives the message of its error, if it fails. */
async function messageOf(
  body: () => Promise<void>,
  environment: Readonly<Record<string, string>> = {},
): Promise<string> {
  const names = ["CI", "FC_SEED", "FC_PATH", "FC_PROPERTY", "FC_NUM_RUNS"];
  const before = names.map((name) => [name, process.env[name]] as const);
  for (const name of names) delete process.env[name];
  Object.assign(process.env, environment);
  try {
    await body();
    return "";
  } catch (error) {
    return (error as Error).message;
  } finally {
    for (const [name, value] of before) {
      if (value === undefined) delete process.env[name];
      else process.env[name] = value;
    }
  }
}

const small = property([fc.nat(1000)], (n) => n < 17);

law("a law that holds passes", [fc.nat(), fc.nat()], (a, b) => a + b === b + a);

test("a failure shows the smallest counterexample, the seed, and a command that replays it", async () => {
  const message = await messageOf(small, { FC_SEED: "7" });
  assert.match(message, /^ {4}17$/m);
  assert.match(message, /^seed 7, path [0-9:]+; to try this case again:$/m);
  assert.match(
    message,
    /^ {4}FC_SEED=7 FC_PATH='[0-9:]+' FC_PROPERTY=1 npx ts-node tests\/run\.ts .*property\.test\.ts$/m,
  );
});

test("the replay tries that case alone, at once, and only of the property that failed", async () => {
  const message = await messageOf(small, { FC_SEED: "7" });
  const FC_PATH = /FC_PATH='([0-9:]+)'/.exec(message)?.[1] ?? "";
  const replayed = await messageOf(small, { FC_SEED: "7", FC_PATH, FC_PROPERTY: "1" });
  assert.match(replayed, "at case 1 and after 0 steps of shrinking");
  assert.match(replayed, /^ {4}17$/m);
  let cases = 0;
  const other = property([fc.nat()], () => {
    cases += 1;
  });
  await messageOf(other, { FC_SEED: "7", FC_PATH, FC_PROPERTY: "1" });
  assert.is(cases, 100);
});

test("an asynchronous property is awaited", async () => {
  const later = property([fc.nat()], async () => {
    await new Promise((resolve) => setTimeout(resolve, 1));
    throw new Error("found later");
  });
  assert.match(await messageOf(later), "Error: found later");
});

test("an assertion's comparison is in the report", async () => {
  const wrong = property([fc.constant(3)], (n) => assert.equal({ n }, { n: 4 }));
  const message = await messageOf(wrong);
  assert.match(message, "Actual");
  assert.match(message, /"n":.4/);
});

test("in continuous integration the cases are always the same, else they are not", async () => {
  const casesOf = async (environment: Readonly<Record<string, string>>) => {
    const cases: number[] = [];
    await messageOf(
      property([fc.nat()], (n) => {
        cases.push(n);
      }),
      environment,
    );
    return cases.join();
  };
  assert.is(await casesOf({ CI: "true" }), await casesOf({ CI: "true" }));
  assert.is.not(await casesOf({}), await casesOf({}));
  assert.is(await casesOf({ FC_SEED: "3" }), await casesOf({ FC_SEED: "3", CI: "true" }));
});

test("the number of cases follows the options and the environment; examples come first", async () => {
  const cases: number[] = [];
  const counted = property([fc.nat(5)], (n) => void cases.push(n), { numRuns: 10, examples: [[99], [98]] });
  await messageOf(counted);
  assert.is(cases.length, 10);
  assert.equal(cases.slice(0, 2), [99, 98]);
  await messageOf(counted, { FC_NUM_RUNS: "25" });
  assert.is(cases.length, 35);
});

test("a property that was hardly tried does not pass", async () => {
  const choosy = property([fc.nat()], () => fc.pre(false));
  assert.match(await messageOf(choosy), "too few cases met its preconditions");
  const slow = property([fc.nat()], () => new Promise((resolve) => setTimeout(resolve, 50)), { secondsAtMost: 0.2 });
  assert.match(await messageOf(slow), "it took too long");
});

test("what is neither true nor false is not taken for true", async () => {
  assert.match(await messageOf(property([fc.nat()], () => 0)), "returns true, false or nothing, not 0");
  assert.match(await messageOf(small, { FC_SEED: "seven" }), 'need a whole number in FC_SEED, got "seven"');
});

test.run();
