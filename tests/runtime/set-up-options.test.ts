import path from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { readOptions } from "../../src/runtime/set-up-options.cjs";

test("no option leaves the choice open; each option makes one", () => {
  assert.is(readOptions([], {}).choice, undefined);
  assert.is(readOptions(["--gpu"], {}).choice, "gpu");
  assert.is(readOptions(["--cpu"], {}).choice, "cpu");
  assert.is(readOptions(["--tensorflow", "some/place"], {}).choice, path.resolve("some/place"));
});

test("an option comes before the environment, the environment before nothing", () => {
  const environment = { CNN_FINDINGS_TENSORFLOW: "/opt/tensorflow" };
  assert.is(readOptions([], environment).choice, "/opt/tensorflow");
  assert.is(readOptions(["--cpu"], environment).choice, "cpu");
  assert.is(readOptions(["--tensorflow=/other"], environment).choice, "/other");
  assert.is(readOptions([], { CNN_FINDINGS_TENSORFLOW: "" }).choice, undefined);
});

test("unknown and contradictory options are refused", () => {
  for (const wrong of [
    ["--cuda"],
    ["place"],
    ["--gpu", "--cpu"],
    ["--gpu", "--tensorflow", "x"],
    ["--tensorflow", ""],
  ]) {
    assert.throws(
      () => readOptions(wrong, {}),
      (error: unknown) => error instanceof TypeError,
      wrong.join(" "),
    );
  }
});

test.run();
