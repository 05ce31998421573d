/**
 * The laws that every architecture keeps, over every family: a new builder joins by joining `families` or `handedFamilies`. The laws of
 * src/laws are those that any network can be put under; two more follow that look into a block.
 */
import { join } from "node:path";
import fc from "fast-check";
import { test } from "uvu";
import * as assert from "uvu/assert";
import {
  architectures,
  countsEqualSnapshot,
  deletionKeepsShapes,
  equalSeedsEqualOutputs,
  finiteAtInitialisation,
  gradientNormsWithinBounds,
  independentOfBatch,
  mapsMoveWithImage,
  shapesFollowFormula,
} from "../../src/laws";
import {
  type Block,
  blockShapes,
  families as codeFamilies,
  handedFamilies,
  keepsShape,
  type Network,
  parameterSpecifications,
  replaceParameter,
  runBlock,
} from "../../src/networks";
import { type Tensor4D, tf } from "../../src/runtime";
import { law } from "../property";
import { assertClose, normalTensor, withNetwork } from "../tensors";

const families = [...codeFamilies, ...handedFamilies];

test("every layer's and every block's real output has the shape that the formula gives", () =>
  shapesFollowFormula(families, { runs: 20 }));

test("deleting a block that keeps its shape keeps every shape after it, and is the network built without it", () =>
  deletionKeepsShapes(families, { runs: 20 }));

test("outputs and all gradients are finite at initialisation, and every trainable parameter has one", () =>
  finiteAtInitialisation(families, { runs: 20 }));

test("at inference an image's logits do not depend on the images beside it", () =>
  independentOfBatch(families, { runs: 15 }));

test("feature maps move with the image, by their stride, wherever no border is in sight", () =>
  mapsMoveWithImage(families, { runs: 15 }));

test("at initialisation gradients neither vanish nor explode on their way through the blocks", () =>
  gradientNormsWithinBounds(families, { runs: 10 }));

test("the same seed gives the same network and logits, another seed other weights", () =>
  equalSeedsEqualOutputs(families, { runs: 10 }));

/** Counts on 32x32x3 with 10 classes, at each family's own width; UPDATE_SNAPSHOTS=1 rewrites the file after a change. */
test("parameters and multiply-accumulates equal the committed snapshot", () =>
  countsEqualSnapshot(families, { snapshot: join(__dirname, "parameter-counts.json") }));

const architecture = architectures(families);
const seed = fc.nat();

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

test.run();
