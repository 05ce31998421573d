import { statSync } from "node:fs";
import path from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { readOptions, type SetUpStamp, stampHolds, tensorFlowVersion } from "../../src/runtime/set-up-options.cjs";

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

test("a checkout that an earlier release of this program set up is not ready; one with a TensorFlow of yours is", () => {
  const stamp = (choice: string, version: string): SetUpStamp => ({
    ...{ layout: 2, choice, version, folder: __dirname, native: "" },
    files: [{ path: __filename, bytes: statSync(__filename).size }],
  });
  for (const choice of ["cpu", "gpu"]) {
    assert.is(stampHolds(stamp(choice, tensorFlowVersion)), true);
    assert.is(stampHolds(stamp(choice, "2.18.1")), false);
  }
  assert.is(stampHolds(stamp("/opt/tensorflow", "2.18.1")), true);
  const [file] = stamp("cpu", tensorFlowVersion).files;
  assert.is(stampHolds({ ...stamp("cpu", tensorFlowVersion), files: [{ ...file!, bytes: 1 }] }), false);
});

test.run();
