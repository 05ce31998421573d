import { test } from "uvu";
import * as assert from "uvu/assert";
import { buildByName, multiplyAccumulates, parameterCounts, withStageExits } from "../../src/networks";

const size = { inputShape: [32, 32, 3], classes: 10 } as const;
const options = { lossWeight: 0.3, filters: 64 };

test("every stage but the last ends in an exit, which takes its last block", () => {
  for (const name of ["resnet20", "preactivation-resnet20", "plain20", "vgg15"]) {
    const { blocks, exits } = withStageExits(buildByName(name, size), options);
    const stages = new Set(blocks.map((block) => block.name.split("/")[0]));
    assert.is(exits!.length, stages.size - 1, name);
    exits!.forEach((exit, i) => {
      assert.is(exit.name, `exit${i + 1}`);
      assert.match(blocks[exit.after]!.name, `stage${i + 1}/`);
      assert.match(blocks[exit.after + 1]!.name, `stage${i + 2}/`);
    });
  }
});

test("the exits of ResNet-32 have the parameters and operations that their layers come to by hand", () => {
  const plain = buildByName("resnet32", size);
  const network = withStageExits(plain, options);
  const head = 2 * 64 + 64 * 10 + 10; // normalisation, classifier
  assert.is(parameterCounts(network).trainable, 464_154 + 9 * 16 * 64 + head + 9 * 32 * 64 + head);
  const operations = 16 * 16 * 64 * 9 * 16 + 640 + 8 * 8 * 64 * 9 * 32 + 640;
  assert.is(multiplyAccumulates(network) - multiplyAccumulates(plain), operations);
});

test("a network of one stage has no place for an exit", () => {
  const plain = buildByName("resnet8", size);
  const one = { ...plain, name: "one", blocks: plain.blocks.slice(0, 1) };
  assert.throws(() => withStageExits(one, options), /one has one stage/);
});

test.run();
