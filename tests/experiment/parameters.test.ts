import * as fc from "fast-check";
import { test } from "uvu";
import * as assert from "uvu/assert";
import {
  atStandard,
  choice,
  choices,
  count,
  counts,
  dataAtScale,
  flag,
  fraction,
  number,
  numbers,
  type Scale,
  scales,
  seeds,
  text,
} from "../../src/experiment";
import { resolveParameters } from "../../src/experiment/resolve-parameters";
import { property } from "../property";

const standard = { seeds: seeds({ smoke: 2, quick: 5, paper: 5 }) };
const quick = { scale: "quick", data: "mnist", overrides: {} } as const;
const message = (action: () => unknown) => {
  try {
    action();
  } catch (error) {
    return (error as Error).message;
  }
  throw new Error("nothing was thrown");
};

test("a scale with a data set beats the scale alone", () => {
  const declared = { ...standard, depth: count("layers", { smoke: 8, quick: 20, "quick cifar10": 32, paper: 110 }) };
  const depth = (scale: "smoke" | "quick" | "paper", data: "mnist" | "cifar10" | null) =>
    resolveParameters(declared, { scale, data, overrides: {} }).values.depth;
  assert.equal(
    [depth("smoke", "cifar10"), depth("quick", "mnist"), depth("quick", "cifar10"), depth("quick", null)],
    [8, 20, 32, 20],
  );
});

test("what is not declared for standard is as at quick, on the same data", () => {
  const declared = {
    ...standard,
    depth: count("layers", { smoke: 8, quick: 20, "quick cifar10": 32, paper: 110 }),
    width: count("filters", { smoke: 4, quick: 16, standard: 24, paper: 16 }),
    epochs: atStandard(count("epochs", 3), 12),
  };
  const at = (scale: Scale, data: "mnist" | "cifar10") => {
    const { depth, width, epochs, seeds: all } = resolveParameters(declared, { scale, data, overrides: {} }).values;
    return [depth, width, epochs, all.length];
  };
  assert.equal(at("standard", "cifar10"), [32, 24, 12, 5]);
  assert.equal(at("standard", "mnist"), [20, 24, 12, 5]);
  assert.equal(at("quick", "mnist"), [20, 16, 3, 5]);
  assert.equal(at("paper", "cifar10"), [110, 16, 3, 5]);
});

test("a run that names no data takes photographs where networks are trained in earnest, if its experiment offers them", () => {
  assert.equal(
    scales.map((scale) => dataAtScale(scale)),
    ["mnist", "mnist", "cifar10", "cifar10"],
  );
  for (const scale of scales) {
    assert.is(dataAtScale(scale, ["mnist"]), "mnist");
    assert.is(dataAtScale(scale, []), null);
  }
});

test("seeds are numbered from 1 and written as their number", () => {
  const { values, table } = resolveParameters(standard, { ...quick, overrides: { seeds: "3" } });
  assert.equal(values.seeds, [1, 2, 3]);
  assert.equal(table[0]?.value, "3");
  assert.equal(table[0]?.paper, "5");
});

test("a value typed as the command line shows it is the value", async () => {
  const finite = fc.double({ noNaN: true, noDefaultInfinity: true });
  const unit = fc.double({ noNaN: true, min: 0, max: 1 });
  const options = ["resnet", "plain", "vgg"] as const;
  await property(
    [
      fc.integer({ min: 1, max: 1e9 }),
      unit,
      finite,
      fc.constantFrom(...options),
      fc.subarray([...options], { minLength: 1 }),
      fc.uniqueArray(fc.integer({ min: 1, max: 999 }), { minLength: 1 }),
      fc.uniqueArray(
        finite.map((value) => value + 0),
        { minLength: 1 },
      ),
      fc.string(),
      fc.boolean(),
    ],
    (whole, part, real, one, some, wholes, reals, words, yes) => {
      const declared = {
        ...standard,
        whole: count("", 1),
        part: fraction("", 0),
        real: number("", 0),
        one: choice("", options, "plain"),
        some: choices("", options, ["plain"]),
        wholes: counts("", [1]),
        reals: numbers("", [1]),
        words: text("", ""),
        yes: flag("", false),
      };
      const given = { whole, part, real, one, some, wholes, reals, words, yes };
      const overrides = {
        whole: declared.whole.show(whole),
        part: declared.part.show(part),
        real: declared.real.show(real),
        one: declared.one.show(one),
        some: declared.some.show(some),
        wholes: declared.wholes.show(wholes),
        reals: declared.reals.show(reals),
        words: declared.words.show(words),
        yes: declared.yes.show(yes),
      };
      const { seeds: _, ...read } = resolveParameters(declared, { ...quick, overrides }).values;
      // -0 is typed as 0
      assert.equal(JSON.stringify(read), JSON.stringify(given));
    },
  )();
});

test("a count takes whole numbers within its limits and nothing else", async () => {
  const declared = { ...standard, depth: count("layers", 20, { minimum: 8, maximum: 200 }) };
  const takes = (typed: string) => {
    try {
      resolveParameters(declared, { ...quick, overrides: { depth: typed } });
      return true;
    } catch {
      return false;
    }
  };
  await property([fc.integer()], (value) => takes(String(value)) === (value >= 8 && value <= 200))();
  for (const typed of ["", " ", "20.5", "0x20", "twenty", "2e400", "NaN", "Infinity", "20,30", "20 30"]) {
    assert.not.ok(takes(typed), typed);
  }
  assert.ok(takes(" 20 "));
});

test("lists refuse repetition, gaps and strangers", () => {
  const declared = { ...standard, kinds: choices("", ["a", "b"], ["a"]), depths: counts("", [1]) };
  for (const [name, typed] of [
    ["kinds", "a,a"],
    ["kinds", "a,c"],
    ["kinds", ""],
    ["depths", "1,,2"],
    ["depths", "2,2"],
  ]) {
    assert.throws(() => resolveParameters(declared, { ...quick, overrides: { [name!]: typed! } }), name!);
  }
  assert.equal(resolveParameters(declared, { ...quick, overrides: { kinds: "b, a" } }).values.kinds, ["b", "a"]);
});

test("what is wrong is said all at once, with what was expected and an example", () => {
  const declared = { ...standard, depth: count("layers", 20, { unit: "layers" }), rate: number("", 0.1) };
  const said = message(() =>
    resolveParameters(declared, { ...quick, overrides: { detph: "3", depth: "0", seeds: "none" } }),
  );
  assert.match(said, 'Did you mean "depth"?');
  assert.match(said, 'depth must be a whole number, at least 1 (layers), got "0". For example: --set depth=20');
  assert.match(said, "--seeds none");
  assert.is(
    message(() => resolveParameters(declared, { ...quick, overrides: { zzz: "1" } })).includes("It has:"),
    true,
  );
});

test("a parameter set to its default does not count as overridden", () => {
  const { overrides, table } = resolveParameters(standard, { ...quick, overrides: { seeds: "5" } });
  assert.equal(overrides, {});
  assert.not.ok(table[0]?.overridden);
});

test("an object's own names are not parameters", () => {
  const said = message(() => resolveParameters(standard, { ...quick, overrides: { toString: "1" } }));
  assert.match(said, "no parameter");
});

test("a default that breaks its own rule is found at once", () => {
  assert.throws(() => resolveParameters({ ...standard, depth: count("", 0) }, quick), 'parameter "depth" is declared');
});

test.run();
