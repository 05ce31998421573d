import fc from "fast-check";
import { test } from "uvu";
import * as assert from "uvu/assert";
import {
  type RuntimeIdentity,
  runtimeDifferences,
  runtimeIdentity,
  runtimeIdentitySchema,
  runtimeText,
} from "../../src/identity";
import { readInstructionSet } from "../../src/runtime";
import { law } from "../property";

const facts = { tensorFlow: "2.18.1", binding: "@tensorflow/tfjs-node-gpu 4.22.0", gpu: null, threads: 1 };
const skylake = "processor : 0\nmodel name : Xeon\nflags\t\t: fpu sse4_1 sse4_2 avx f16c fma avx2 avx512f avx512bw";
const haswell = "flags\t\t: fpu sse4_1 sse4_2 avx f16c fma avx2";
const on = (processors: string, environment: NodeJS.ProcessEnv = {}) =>
  runtimeIdentity(facts, { instructionSet: readInstructionSet(processors), environment });

test("of a processor's instructions those count that have kernels of their own; without a list, its model", () => {
  assert.equal(readInstructionSet(haswell), ["avx", "avx2", "f16c", "fma", "sse4_1", "sse4_2"]);
  assert.equal(readInstructionSet("Features\t: fp asimd asimddp sve"), ["asimd", "asimddp", "sve"]);
  assert.equal(readInstructionSet("", "Apple M2"), ["model Apple M2"]);
  assert.equal(readInstructionSet("", ""), ["model unknown"]);
});

test("this machine has an identity that survives JSON", () => {
  const here = runtimeIdentity(facts);
  assert.ok(here.instructionSet.length > 0);
  assert.equal(runtimeIdentitySchema.parse(JSON.parse(JSON.stringify(here))), here);
  assert.is(here.precision, "float32");
  assert.is(here.device, "cpu");
});

test("differences are told part by part, in words", () => {
  const here = on(haswell);
  assert.equal(runtimeDifferences(here, here), []);
  assert.is(runtimeText("same code", on(skylake), here), "same code, another processor: avx512f there, avx2 here");
  assert.equal(runtimeDifferences(on("flags : avx avx2 fma"), here), [
    "another processor: avx2 alone there, avx2 with f16c, sse4_1, sse4_2 here",
  ]);
  const other: RuntimeIdentity = {
    ...here,
    tensorFlow: null,
    binding: "@tensorflow/tfjs 4.22.0",
    device: "NVIDIA H200",
    precision: "bfloat16",
    threads: 4,
    settings: { ONEDNN_MAX_CPU_ISA: "AVX2" },
  };
  assert.equal(runtimeDifferences(here, other), [
    "another TensorFlow: 2.18.1 there, none here",
    "another binding: @tensorflow/tfjs-node-gpu 4.22.0 there, @tensorflow/tfjs 4.22.0 here",
    "another device: cpu there, NVIDIA H200 here",
    "another precision: float32 there, bfloat16 here",
    "1 thread there, 4 threads here",
    "ONEDNN_MAX_CPU_ISA not set there, AVX2 here",
  ]);
});

test("of the environment only what chooses kernels counts", () => {
  const { settings } = on(haswell, { PATH: "/bin", TF_ENABLE_ONEDNN_OPTS: "0", TF_DETERMINISTIC_OPS: "" });
  assert.equal(settings, { TF_ENABLE_ONEDNN_OPTS: "0" });
});

const flags = ["sse4_2", "avx", "avx2", "fma", "avx512f", "amx_bf16"];
const identity: fc.Arbitrary<RuntimeIdentity> = fc.record({
  tensorFlow: fc.constantFrom("2.18.1", "2.21.0", null),
  binding: fc.constantFrom("a 1", "b 1"),
  device: fc.constantFrom("cpu", "NVIDIA H200"),
  instructionSet: fc.subarray(flags, { minLength: 1 }).map((some) => [...some].sort()),
  precision: fc.constantFrom("float32", "bfloat16"),
  threads: fc.integer({ min: 1, max: 4 }),
  settings: fc.dictionary(fc.constantFrom("A", "B"), fc.constantFrom("0", "1"), { noNullPrototype: true }),
});

law("two runtimes differ in words exactly where they differ", [identity, identity], (there, here) => {
  const sameSettings = ["A", "B"].every((name) => there.settings[name] === here.settings[name]);
  const { settings: _, ...left } = there;
  const { settings: __, ...right } = here;
  const isSame = JSON.stringify(left) === JSON.stringify(right) && sameSettings;
  assert.is(runtimeDifferences(there, here).length === 0, isSame);
  assert.is(runtimeDifferences(there, here).length, runtimeDifferences(here, there).length);
});

test.run();
