import * as fc from "fast-check";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { canonicalJson, hashOf, type Json } from "../../src/base/canonical-json";
import {
  type CellIdentity,
  cellId,
  differences,
  identityParameters,
  isSameCell,
} from "../../src/identity/cell-identity";
import { property } from "../property";

// JSON has one zero, so -0 is written as 0.
const json = fc.jsonValue({ noUnicodeString: false }).map((value) => JSON.parse(JSON.stringify(value)) as Json);
const identity: fc.Arbitrary<CellIdentity> = fc.record({
  experiment: fc.string(),
  setting: fc.record({ seed: fc.nat(), network: fc.constantFrom("resnet20", "plain20"), blocks: fc.nat({ max: 9 }) }),
  parameters: fc.dictionary(fc.string(), fc.oneof(fc.integer(), fc.string(), fc.boolean(), fc.array(fc.integer()))),
  data: fc.option(fc.record({ name: fc.constantFrom("mnist" as const, "cifar10" as const), checksum: fc.string() })),
  backend: fc.constantFrom("tensorflow" as const, "cpu" as const),
  threads: fc.nat(),
  code: fc.string(),
});

test("canonical JSON does not depend on the order of keys", async () => {
  const reversed = (value: Json): Json => {
    if (Array.isArray(value)) return value.map(reversed);
    if (typeof value !== "object" || value === null) return value;
    const entries = Object.entries(value as Record<string, Json>);
    return Object.fromEntries(entries.reverse().map(([key, entry]) => [key, reversed(entry)]));
  };
  await property([json], (value) => assert.is(canonicalJson(reversed(value)), canonicalJson(value)))();
});

test("canonical JSON holds the whole value", async () => {
  await property([json], (value) => assert.equal(JSON.parse(canonicalJson(value)), value))();
});

test("canonical JSON refuses what JSON would change in silence", () => {
  for (const value of [Number.NaN, Number.POSITIVE_INFINITY, () => 1, new Date(0), new Map(), 1n, undefined]) {
    assert.throws(() => canonicalJson({ inside: [value as Json] }), /JSON cannot hold/);
  }
  assert.is(canonicalJson({ b: undefined, a: 1 }), '{"a":1}'); // a member that is not there
});

test("equal identities have one identifier, different ones two", async () => {
  await property([identity, identity], (left, right) => {
    assert.is(cellId(left), cellId(structuredClone(left)));
    assert.match(cellId(left), /^[0-9a-f]{16}$/);
    assert.is(cellId(left) === cellId(right), hashOf(left as unknown as Json) === hashOf(right as unknown as Json));
  })();
});

test("any change of any part gives another identifier", async () => {
  const changes: ((before: CellIdentity) => CellIdentity)[] = [
    (before) => ({ ...before, experiment: `${before.experiment}+` }),
    (before) => ({ ...before, setting: { ...before.setting, seed: before.setting.seed + 1 } }),
    (before) => ({ ...before, setting: { ...before.setting, another: null } }),
    (before) => ({ ...before, parameters: { ...before.parameters, "": "another" } }),
    (before) => ({ ...before, data: { name: "mnist", checksum: `${before.data?.checksum}+` } }),
    (before) => ({ ...before, backend: before.backend === "cpu" ? "tensorflow" : "cpu" }),
    (before) => ({ ...before, precision: "bfloat16" }),
    (before) => ({ ...before, threads: before.threads + 1 }),
    (before) => ({ ...before, code: `${before.code}+` }),
  ];
  await property([identity, fc.constantFrom(...changes)], (before, change) => {
    fc.pre(before.parameters[""] !== "another");
    assert.is.not(cellId(change(before)), cellId(before));
    if (change(before).experiment === before.experiment && change(before).setting === before.setting) {
      assert.ok(differences(before, change(before)).length > 0);
    }
  })();
});

test("the number of seeds never matters to a cell", () => {
  const values = { terms: 5, kinds: ["ascending"], share: 0.5, pause: 1, trouble: "fail", marker: "" } as const;
  assert.equal(identityParameters({ ...values, seeds: [1, 2] }), values);
});

test("a cell is the same whatever the parameters are that it did not read, and another when one that it read differs", async () => {
  await property([identity, fc.string(), fc.integer(), fc.func(fc.boolean())], (before, name, value, reads) => {
    const read = Object.keys(before.parameters).filter((parameter) => parameter !== name && reads(parameter));
    const after = { ...before, parameters: { ...before.parameters, [name]: value } };
    assert.ok(isSameCell({ identity: before, read }, after));
    assert.equal(differences(before, after, read), []);
    const isUnchanged =
      Object.hasOwn(before.parameters, name) && hashOf(before.parameters[name] as Json) === hashOf(value);
    assert.is(isSameCell({ identity: before, read: [...read, name] }, after), isUnchanged);
    assert.is(isSameCell({ identity: before }, after), isUnchanged);
    assert.not(isSameCell({ identity: before, read }, { ...after, code: `${after.code}+` }));
  })();
});

test.run();
