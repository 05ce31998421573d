import fc from "fast-check";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { generatedArchitectures } from "../../src/laws";
import { buildByName, families, parseName, publishedNetworks, registerArchitecture } from "../../src/networks";
import { depthOf } from "../../src/networks/families/families";
import { law } from "../property";

const size = { inputShape: [16, 16, 1], classes: 10 } as const;
const prefixes = families.map(({ prefix }) => prefix);
const names = families.flatMap(({ prefix, exampleDepths }) =>
  exampleDepths.slice(0, 4).map((depth) => [prefix, depth] as const),
);
const prefix = fc.stringMatching(/^[a-z]{1,6}(-[a-z]{1,6}){0,2}$/);

law(
  "a registered architecture is built by its name, for whatever images, and by no other depth",
  [generatedArchitectures(), fc.oneof(prefix, fc.constantFrom(...prefixes))],
  (architecture, params) => {
    const name = registerArchitecture(architecture, params);
    assert.is(buildByName(name, size), architecture);
    const { family, depth } = parseName(name);
    assert.is(depth, depthOf(architecture));
    assert.is(family.prefix, prefixes.includes(params) ? `own-${params}` : params);
    assert.throws(() => buildByName(`${family.prefix}${depth + 1}`, size), "there is none of");
  },
);

test("families of the project keep their names, whatever is registered", () => {
  const built = names.map(([family, depth]) => JSON.stringify(buildByName(`${family}${depth}`, size)));
  const [other] = publishedNetworks;
  for (const family of prefixes) registerArchitecture(other!.build(), family);
  assert.equal(
    names.map(([family, depth]) => JSON.stringify(buildByName(`${family}${depth}`, size))),
    built,
  );
});

test("the depth of a network is the number in its name", () => {
  for (const [family, depth] of names) assert.is(depthOf(buildByName(`${family}${depth}`, size)), depth);
});

test("the last that is registered under a prefix is the one that it names", () => {
  const [one, other] = ["resnet8", "resnet14"].map((name) => buildByName(name, size));
  const before = registerArchitecture(one!, "mine");
  const count = families.length;
  assert.is(registerArchitecture(other!, "mine"), "mine14");
  assert.is(families.length, count);
  assert.throws(() => buildByName(before, size), "there is none of 8 layers");
  assert.throws(() => registerArchitecture(one!, "Mine2"), "small letters");
});

test.run();
