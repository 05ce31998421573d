import path from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { findExperiments } from "../../src/experiment/experiment-files";
import { scales } from "../../src/experiment/parameters";
import { fixParameters, resolveParameters, storedParameters } from "../../src/experiment/resolve-parameters";

const experiments = findExperiments(path.resolve(__dirname, "../../experiments"), []).map(
  ({ definition }) => definition,
);

test("what a run stores of its parameters is read back, for every experiment, at every scale, on every data set", () => {
  for (const definition of experiments) {
    for (const scale of scales) {
      for (const data of definition.datasets ?? (["mnist", "cifar10"] as const)) {
        const { table, values } = resolveParameters(definition.parameters, { scale, data, overrides: {} });
        assert.equal(storedParameters(table, definition), { values }, `${definition.name} ${scale} ${data}`);
      }
    }
  }
});

test("so are values that only a custom network can set", () => {
  const taking = experiments.filter(({ customNetwork }) => customNetwork?.given !== undefined);
  assert.ok(taking.length > 0);
  for (const definition of taking) {
    const { fixed = {}, given = {} } = definition.customNetwork!;
    const resolved = resolveParameters(definition.parameters, { scale: "smoke", data: "mnist", overrides: {} });
    const set = Object.entries({ ...fixed, ...given }).filter((entry) => entry[1] !== undefined);
    const { table, values } = fixParameters(
      definition.parameters,
      resolved,
      Object.fromEntries(set as [string, NonNullable<(typeof set)[number][1]>][]),
    );
    assert.equal(storedParameters(table, definition), { values }, definition.name);
  }
});

test("a parameter that is not there, or of another kind, is named", () => {
  const [definition] = experiments.filter(({ parameters }) => "steps" in parameters);
  const { table } = resolveParameters(definition!.parameters, { scale: "smoke", data: "mnist", overrides: {} });
  const without = table.filter(({ name }) => name !== "steps");
  assert.equal(storedParameters(without, definition!), { refused: "steps" });
  const otherwise = table.map((row) => (row.name === "steps" ? { ...row, value: "many" } : row));
  assert.equal(storedParameters(otherwise, definition!), { refused: "steps" });
});

test.run();
