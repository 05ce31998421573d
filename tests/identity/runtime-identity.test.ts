import fc from "fast-check";
import { test } from "uvu";
import * as assert from "uvu/assert";
import {
  askedId,
  factDifferences,
  identityOfFacts,
  isStoredId,
  mayBeOfNode,
  type RuntimeIdentity,
  runtimeDifferences,
  runtimeIdentity,
  runtimeIdentitySchema,
  runtimeName,
  storedId,
} from "../../src/identity";
import { type RuntimeFacts, readInstructionSet } from "../../src/runtime";
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
  assert.equal(runtimeDifferences(on(skylake), here), ["another processor: avx512f there, avx2 here"]);
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
  instructionSet: fc.subarray(flags).map((some) => [...some].sort()),
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

const asked = fc.stringMatching(/^[0-9a-f]{16}$/);
const changes: ((before: RuntimeIdentity) => RuntimeIdentity)[] = [
  (before) => ({ ...before, tensorFlow: `${before.tensorFlow}.1` }),
  (before) => ({ ...before, binding: `${before.binding}.1` }),
  (before) => ({ ...before, device: `${before.device} Ti` }),
  (before) => ({ ...before, instructionSet: [...before.instructionSet, "avx512_fp16"] }),
  (before) => ({ ...before, precision: `${before.precision}+` }),
  (before) => ({ ...before, threads: before.threads + 1 }),
  (before) => ({ ...before, settings: { ...before.settings, TF_ENABLE_ONEDNN_OPTS: "0" } }),
];

law(
  "any part of the runtime moves the name of what computed with tensors; what made none has the same name everywhere",
  [asked, identity, fc.constantFrom(...changes)],
  (id, before, change) => {
    const name = storedId(id, before);
    assert.ok(isStoredId(name) && isStoredId(id));
    assert.is(askedId(name), id);
    assert.is(storedId(id, structuredClone(before)), name);
    assert.is.not(storedId(id, change(before)), name);
    assert.is.not(name, id);
    assert.is(storedId(id, null), id);
  },
);

const words = (values: readonly string[]) => fc.subarray([...values]);
const recorded: fc.Arbitrary<RuntimeFacts> = fc
  .record({
    tensorFlowVersion: fc.constantFrom("2.9.1", "2.18.1", null),
    tensorFlowJsVersion: fc.constantFrom("4.21.0", "4.22.0"),
    gpu: fc.constantFrom(null, "NVIDIA H200"),
    threads: fc.integer({ min: 1, max: 2 }),
    features: words(["avx2", "avx512f"]),
    more: words(["f16c"]),
    settings: fc.constantFrom({}, { NVIDIA_TF32_OVERRIDE: "0" }),
    isOld: fc.boolean(),
  })
  .map(({ tensorFlowVersion, tensorFlowJsVersion, gpu, threads, features, more, settings, isOld }) => ({
    ...{
      backend: tensorFlowVersion === null ? "cpu" : "tensorflow",
      tensorFlowVersion,
      tensorFlowJsVersion,
      gpu,
      threads,
    },
    ...{ isGpu: gpu !== null, nodeVersion: "20.20.2", processor: { model: "a", features }, platform: "linux x64" },
    ...(isOld
      ? {}
      : { kernels: { binding: `b ${tensorFlowJsVersion}`, instructionSet: [...features, ...more].sort(), settings } }),
  }));

law(
  "facts differ as their runtimes do; those of an older version agree where all that they say agrees",
  [recorded, recorded],
  (there, here) => {
    const differs = factDifferences(there, here).length > 0;
    assert.is(factDifferences(here, there).length > 0, differs);
    assert.equal(factDifferences(there, there), []);
    const [before, after] = [identityOfFacts(there), identityOfFacts(here)];
    assert.is(before === null, there.kernels === undefined);
    if (before !== null && after !== null) {
      const id = "0".repeat(16);
      assert.is(differs, storedId(id, before) !== storedId(id, after));
      return;
    }
    const isSame =
      ["tensorFlowVersion", "tensorFlowJsVersion", "gpu", "threads"].every(
        (name) => there[name as keyof RuntimeFacts] === here[name as keyof RuntimeFacts],
      ) &&
      (there.tensorFlowVersion === null || `${there.processor.features}` === `${here.processor.features}`);
    assert.is(differs, !isSame);
  },
);

law(
  "a node's cell counts by TensorFlow, binding and what is set here, never by its processor or device",
  [recorded, recorded],
  (node, here) => {
    const { gpu, isGpu, processor } = here;
    const kernels = node.kernels && { ...node.kernels, instructionSet: here.kernels?.instructionSet ?? [] };
    const moved: RuntimeFacts = { ...node, gpu, isGpu, processor, ...(kernels === undefined ? {} : { kernels }) };
    assert.is(mayBeOfNode(node, here), mayBeOfNode(moved, here));
    if (factDifferences(node, here).length === 0) assert.ok(mayBeOfNode(node, here));
    if (node.tensorFlowVersion !== here.tensorFlowVersion) assert.not(mayBeOfNode(node, here));
    assert.ok(mayBeOfNode(node, null));
  },
);

test("a runtime in a few words", () => {
  const base: RuntimeFacts = {
    ...{ backend: "tensorflow", tensorFlowVersion: "2.9.1", tensorFlowJsVersion: "4.22.0", gpu: null, isGpu: false },
    ...{
      nodeVersion: "20.20.2",
      threads: 1,
      processor: { model: "a", features: ["avx", "avx2"] },
      platform: "linux x64",
    },
  };
  assert.is(runtimeName(base), "TensorFlow 2.9.1 with AVX2");
  assert.is(runtimeName({ ...base, gpu: "NVIDIA H200" }), "TensorFlow 2.9.1 on NVIDIA H200");
  assert.is(runtimeName({ ...base, tensorFlowVersion: null }), "TensorFlow.js 4.22.0");
});

test("where JavaScript computes, neither the processor nor TensorFlow's settings count", () => {
  const here = runtimeIdentity({ ...facts, tensorFlow: null }, { environment: { TF_ENABLE_ONEDNN_OPTS: "0" } });
  assert.equal([here.instructionSet, here.settings], [[], {}]);
});

test.run();
