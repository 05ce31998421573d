/** A GPU that is asked for computes, or the run fails: nothing is measured slowly in its place. */
import { existsSync, readdirSync } from "node:fs";
import path from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { runtimeFacts } from "../../src/runtime";
import { inPlace, start } from "./program";

const experiments = ["weights", "tensors", "sums"].map((name) => path.join(__dirname, "..", "fixtures", `${name}.ts`));
const { isGpu } = runtimeFacts();

test("without a GPU a run that asks for one ends with status 1 before its first cell, and says what is missing", () =>
  inPlace(async ({ options, results }) => {
    if (isGpu) return;
    for (const program of experiments) {
      const { status, stdout, stderr } = await start([...options, "--scale", "smoke", "--gpu"], {}, program).ended;
      assert.is(status, 1, stderr);
      assert.is(stdout, "");
      assert.match(stderr, /^error: a GPU was asked for, but .+\n {2}- /m);
      assert.match(stderr, /^ {2}- without `--gpu`, and `--gpus` of Slurm, the processor computes$/m);
      assert.not.match(stderr, "measured in");
      const store = path.join(results, "store");
      const kept = existsSync(store) ? readdirSync(store, { recursive: true, encoding: "utf8" }) : [];
      assert.equal(
        kept.filter((name) => name.startsWith("cells") && name.endsWith(".json")),
        [],
      );
    }
  }));

test("the pure JavaScript backend and a GPU exclude each other: misuse, with status 2", () =>
  inPlace(async ({ options }) => {
    for (const words of [["--gpu"], ["--launcher", "slurm", "--gpus", "a100:1"]]) {
      const { status, stderr } = await start([...options, ...words, "--backend", "cpu"]).ended;
      assert.is(status, 2, stderr);
      assert.match(stderr, `error: ${words.slice(words[0] === "--gpu" ? 0 : 2).join(" ")} and --backend cpu exclude`);
    }
  }));

test.run();
