/**
 * The laws that every architecture keeps, over every registered family: a new builder joins by joining `families`.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { test } from "uvu";
import * as assert from "uvu/assert";
import {
  type Architecture,
  type Block,
  backward,
  blockShapes,
  families,
  forward,
  keepsShape,
  multiplyAccumulates,
  type Network,
  newTape,
  outputSide,
  parameterCounts,
  parameterSpecifications,
  replaceParameter,
  runBlock,
  runStem,
  sameShape,
} from "../../src/models";
import { softmaxCrossEntropy } from "../../src/ops";
import { routeLogits, routeWithout } from "../../src/routes";
import { type Tensor, type Tensor2D, type Tensor4D, tf } from "../../src/runtime";
import { law } from "../property";
import { assertClose, normalTensor, withNetwork } from "../tensors";

/** Small members of every family, on pictures of any size that they take. */
const architecture: fc.Arbitrary<Architecture> = fc
  .record({
    family: fc.constantFrom(...families),
    height: fc.integer({ min: 8, max: 18 }),
    width: fc.integer({ min: 8, max: 18 }),
    channels: fc.integer({ min: 1, max: 3 }),
    classes: fc.integer({ min: 2, max: 11 }),
    filters: fc.integer({ min: 1, max: 4 }),
    shallow: fc.nat({ max: 1 }),
  })
  .map(({ family, height, width, channels, classes, filters, shallow }) =>
    family.build({
      depth: family.exampleDepths[shallow]!,
      inputShape: [height, width, channels],
      classes,
      width: filters,
    }),
  );
const seed = fc.nat();

function pictures({ inputShape }: Architecture, batch: number, seedNumber: number): Tensor4D {
  return normalTensor<Tensor4D>([batch, ...inputShape], seedNumber, "pictures");
}

law(
  "every block's real output has the shape that is computed without running it",
  [architecture, seed],
  (given, seedNumber) => {
    const shapes = blockShapes(given);
    withNetwork(given, seedNumber, (network) => {
      let x = runStem(network, pictures(given, 2, seedNumber), "batch statistics");
      given.blocks.forEach((block, i) => {
        assert.equal(x.shape, [2, ...shapes[i]!], `into ${block.name}`);
        x = runBlock(network, { block: i, branch: "both" }, x, "batch statistics");
      });
      assert.equal(x.shape, [2, ...shapes.at(-1)!], "out of the last block");
      const logits = forward(network, pictures(given, 2, seedNumber), { mode: "batch statistics" });
      assert.equal(logits.shape, [2, given.classes]);
    });
  },
  { numRuns: 20 },
);

law("sides follow (I - F + P) / S + 1 through every residual branch", [architecture], (given) => {
  const shapes = blockShapes(given);
  given.blocks.forEach((block, i) => {
    const height = block.residual.reduce((side, layer) => {
      if (layer.kind === "convolution") return outputSide(side, layer.kernelSize[0], layer.stride, layer.padding);
      if (layer.kind === "max pool") return outputSide(side, layer.size, layer.stride, layer.padding);
      return side;
    }, shapes[i]![0]!);
    assert.is(height, shapes[i + 1]![0], block.name);
  });
});

law(
  "deleting a block that keeps its shape keeps every shape after it",
  [architecture, seed],
  (given, seedNumber) => {
    withNetwork(given, seedNumber, (network) => {
      const kept = keepsShape(given).flatMap((keeps, block) => (keeps ? [block] : []));
      const routes = kept.map((block) => routeWithout(given, [block]));
      for (const logits of routeLogits(
        network,
        [...routes, routeWithout(given, kept)],
        pictures(given, 2, seedNumber),
      )) {
        assert.equal(logits.shape, [2, given.classes]);
      }
    });
  },
  { numRuns: 20 },
);

law(
  "deleting a block is the identity where its branch is zero",
  [architecture, seed],
  (given, seedNumber) => {
    withNetwork(given, seedNumber, (network) => {
      given.blocks.forEach((block, i) => {
        if (block.shortcut === null || !keepsShape(given)[i]) return;
        silence(network, block);
        const x = tf.relu(normalTensor<Tensor4D>([2, ...blockShapes(given)[i]!], seedNumber, block.name));
        const [both, skip] = (["both", "skip"] as const).map((branch) =>
          runBlock(network, { block: i, branch }, x, "inference"),
        );
        assertClose(both!, x, 1e-6, `${block.name} with a branch of zeros`);
        assertClose(skip!, x, 1e-6, `${block.name} deleted`);
      });
    });
  },
  { numRuns: 15 },
);

/** Sets a block's kernels, offsets and running means to zero: its residual branch gives zeros. */
function silence(network: Network, block: Block): void {
  for (const { name, shape } of parameterSpecifications(network.architecture)) {
    if (!name.startsWith(`${block.name}/`) || !/\/(kernel|offset|mean|bias)$/.test(name)) continue;
    replaceParameter(network, name, tf.zeros([...shape]));
  }
}

law(
  "a layer of a network without skips is deleted by the identity itself",
  [architecture, seed],
  (given, seedNumber) => {
    withNetwork(given, seedNumber, (network) => {
      given.blocks.forEach((block, i) => {
        if (block.shortcut !== null || !keepsShape(given)[i]) return;
        const x = normalTensor<Tensor4D>([1, ...blockShapes(given)[i]!], seedNumber, block.name);
        assert.is(runBlock(network, { block: i, branch: "skip" }, x, "inference"), x);
      });
    });
  },
  { numRuns: 15 },
);

law(
  "outputs and all gradients are finite at initialisation, and every trainable parameter has one",
  [architecture, seed],
  (given, seedNumber) => {
    withNetwork(given, seedNumber, (network) => {
      const tape = newTape();
      const logits = forward(network, pictures(given, 8, seedNumber), { mode: "training", tape });
      const targets = tf.softmax(normalTensor<Tensor2D>([8, given.classes], seedNumber, "targets"));
      const { parameters, input } = backward(network, tape, softmaxCrossEntropy(logits, targets).gradient);
      const finite = (tensor: Tensor) => tensor.dataSync<"float32">().every(Number.isFinite);
      assert.ok(finite(logits), "logits");
      assert.ok(finite(input!), "gradient by the pictures");
      for (const { name, shape, trainable } of parameterSpecifications(given)) {
        const gradient = parameters.get(name);
        assert.is(gradient !== undefined, trainable, name);
        if (gradient === undefined) continue;
        assert.ok(finite(gradient), name);
        assert.ok(sameShape(gradient.shape, shape), `${name}: [${gradient.shape}] for [${shape}]`);
      }
    });
  },
  { numRuns: 20 },
);

law(
  "at inference a picture's logits do not depend on the pictures beside it",
  [architecture, seed, fc.integer({ min: 2, max: 6 })],
  (given, seedNumber, batch) => {
    withNetwork(given, seedNumber, (network) => {
      forward(network, pictures(given, 8, seedNumber + 1), { mode: "training" }); // running statistics of some kind
      const x = pictures(given, batch, seedNumber);
      const together = forward(network, x, { mode: "inference" });
      for (let i = 0; i < batch; i++) {
        const alone = forward(network, tf.slice4d(x, [i, 0, 0, 0], [1, -1, -1, -1]), { mode: "inference" });
        assertClose(alone, tf.slice2d(together, [i, 0], [1, -1]), 1e-5, `picture ${i}`);
      }
    });
  },
  { numRuns: 15 },
);

law(
  "the same seed gives the same logits, another seed others",
  [architecture, seed],
  (given, seedNumber) => {
    withNetwork(given, seedNumber, (one) => {
      withNetwork(given, seedNumber, (same) => {
        withNetwork(given, seedNumber + 1, (other) => {
          const x = pictures(given, 2, 1);
          const run = (network: Network) => forward(network, x, { mode: "batch statistics" });
          assertClose(run(one), run(same), 0, "same seed");
          assert.not.equal([...run(one).dataSync()], [...run(other).dataSync()]);
        });
      });
    });
  },
  { numRuns: 10 },
);

/** Counts on 32x32x3 with 10 classes, at each family's own width; UPDATE_SNAPSHOT=1 rewrites the file after a change. */
const snapshotFile = join(__dirname, "parameter-counts.json");

test("parameters and multiply-accumulates equal the committed snapshot", () => {
  const counted = Object.fromEntries(
    families.flatMap((family) =>
      family.exampleDepths.map((depth) => {
        const built = family.build({ depth, inputShape: [32, 32, 3], classes: 10 });
        return [built.name, { ...parameterCounts(built), multiplyAccumulates: multiplyAccumulates(built) }];
      }),
    ),
  );
  if (process.env.UPDATE_SNAPSHOT === "1") {
    writeFileSync(snapshotFile, `${JSON.stringify(counted, null, 2)}\n`);
  }
  assert.equal(counted, JSON.parse(readFileSync(snapshotFile, "utf8")));
});

test.run();
