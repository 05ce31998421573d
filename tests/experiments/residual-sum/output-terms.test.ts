import fc from "fast-check";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { outputTermSums } from "../../../experiments/residual-sum/output-terms";
import { buildByName, replaceParameter, runStem } from "../../../src/networks";
import { type Tensor4D, tf } from "../../../src/runtime";
import { law } from "../../property";
import { normalTensor, withNetwork, withoutLeak } from "../../tensors";

const tiny = { inputShape: [8, 8, 2], classes: 3, width: 4 } as const;
const sums = (name: string, seed: number, mode: "inference" | "batch statistics") => {
  const found: ReturnType<typeof outputTermSums>[] = [];
  withNetwork(buildByName(name, tiny), seed, (network) => {
    withoutLeak(() => {
      const x = runStem(network, normalTensor<Tensor4D>([4, ...tiny.inputShape], seed, "x"), mode);
      found.push(outputTermSums(network, x, mode));
    });
  });
  return found[0]!;
};

law(
  "input and branches add up to the activations after every block, across changes of shape",
  [
    fc.constantFrom("preactivation-resnet8", "preactivation-resnet20", "preactivation-bottleneck-resnet11"),
    fc.constantFrom("inference" as const, "batch statistics" as const),
    fc.nat(),
  ],
  (name, mode, seed) => {
    const found = sums(name, seed, mode);
    const expected = name === "preactivation-resnet20" ? 9 : 3;
    assert.equal(
      found.map(({ blocks }) => blocks),
      Array.from({ length: expected }, (_, i) => i + 1),
    );
    for (const { relativeDifference } of found) assert.ok(relativeDifference < 1e-5, `${relativeDifference}`);
  },
  { numRuns: 10 },
);

test("a shortcut that is not linear breaks the sum, and the difference shows it", () => {
  const given = buildByName("preactivation-resnet8", tiny);
  const last = given.blocks[2]!;
  const bent = { ...given, blocks: given.blocks.with(2, { ...last, shortcut: [{ kind: "relu" }, ...last.shortcut!] }) };
  withNetwork(bent, 1, (network) => {
    const x = runStem(network, normalTensor<Tensor4D>([4, ...tiny.inputShape], 1, "x"), "inference");
    const [first, second, third] = outputTermSums(network, x, "inference");
    assert.ok(first!.relativeDifference < 1e-5 && second!.relativeDifference < 1e-5);
    assert.ok(third!.relativeDifference > 1e-2, `${third!.relativeDifference}`);
  });
});

test("branches of zeros leave the input alone: the difference is exactly none", () => {
  withNetwork(buildByName("preactivation-resnet8", tiny), 1, (network) => {
    for (const { name } of network.architecture.blocks) {
      const kernel = `${name}/convolution2/kernel`;
      replaceParameter(network, kernel, tf.zerosLike(network.weights.get(kernel)!));
    }
    const x = runStem(network, normalTensor<Tensor4D>([4, ...tiny.inputShape], 1, "x"), "inference");
    for (const { relativeDifference } of outputTermSums(network, x, "inference")) assert.is(relativeDifference, 0);
  });
});

test("blocks that are no sums are refused by name", () => {
  assert.throws(() => sums("resnet8", 1, "inference"), /stage1\/block1 is no sum/);
  assert.throws(() => sums("plain8", 1, "inference"), /stage1\/block1 is no sum/);
});

test.run();
