import fc from "fast-check";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { runtimeFacts } from "../../src/runtime";
import { missingGpu, processorFacts } from "../../src/runtime/facts";
import { law } from "../property";

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

law(
  "of a GPU that is missing it is said who asked, what stands in the way, and how to do without",
  [
    fc.record({
      by: fc.constantFrom("run", "set-up"),
      backend: fc.constantFrom("tensorflow", "cpu"),
      names: fc.uniqueArray(fc.constantFrom("NVIDIA H200", "NVIDIA A100", "Tesla T4")),
      choice: fc.constantFrom("cpu", "gpu", "/opt/tensorflow", null),
      visible: fc.constantFrom(undefined, "", "-1", "NoDevFiles", "0", "1,2", "GPU-8932f937"),
    }),
  ],
  (found) => {
    const [problem, remedies] = missingGpu(found);
    const { by, backend, names, choice, visible } = found;
    assert.ok(problem.startsWith(by === "run" ? "a GPU was asked for, but " : "TensorFlow is set up for a GPU, but "));
    assert.match(remedies.at(-1)!, by === "run" ? /without `--gpu`/ : /setup --cpu/);
    assert.ok(remedies.length > 1);
    const isHidden = ["", "-1", "NoDevFiles"].includes(visible ?? "0");
    if (backend === "cpu") assert.match(problem, "in JavaScript");
    else if (names.length === 0) assert.match(problem, "no NVIDIA GPU is seen");
    else {
      for (const name of names) assert.match(problem, name);
      assert.is(problem.includes("CUDA_VISIBLE_DEVICES"), isHidden);
      assert.is(remedies[0]!.includes("setup --gpu"), !isHidden && choice !== "gpu");
    }
  },
);

test.run();
