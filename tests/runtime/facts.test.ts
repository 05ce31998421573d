import { test } from "uvu";
import * as assert from "uvu/assert";
import { runtimeFacts } from "../../src/runtime";
import { processorFacts } from "../../src/runtime/facts";

test("the facts name what computes, and survive JSON", () => {
  const facts = runtimeFacts();
  assert.equal(JSON.parse(JSON.stringify(facts)), facts);
  assert.is(facts.nodeVersion, process.versions.node);
  assert.is(facts.tensorFlowJsVersion, "4.22.0");
  assert.is(facts.gpu === null, !facts.isGpu);
  if (facts.backend === "tensorflow") assert.match(facts.tensorFlowVersion ?? "", /^2\.\d+\.\d+/);
  else assert.is(facts.tensorFlowVersion, null);
});

test("threads are those that TensorFlow was told to use", () => {
  if (runtimeFacts().backend !== "tensorflow") return;
  const before = process.env.TF_NUM_INTRAOP_THREADS;
  process.env.TF_NUM_INTRAOP_THREADS = "3";
  assert.is(runtimeFacts().threads, 3);
  process.env.TF_NUM_INTRAOP_THREADS = "0"; // TensorFlow's word for "as many as there are"
  assert.ok(runtimeFacts().threads >= 1);
  process.env.TF_NUM_INTRAOP_THREADS = before;
});

test("processor features are read as whole words, for x86-64 and ARM", () => {
  const x86 = processorFacts("processor\t: 0\nflags\t\t: fpu sse4_2 avx avx2x fma avx512vl\nbugs\t\t: avx2\n");
  assert.equal(x86.features, ["sse4_2", "avx", "fma"]);
  assert.equal(processorFacts("Features\t: fp asimd sve2 bf16\n").features, ["asimd", "bf16"]);
  assert.equal(processorFacts("").features, []);
});

test.run();
