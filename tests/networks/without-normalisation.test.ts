import fc from "fast-check";
import { test } from "uvu";
import * as assert from "uvu/assert";
import {
  type Architecture,
  blockShapes,
  buildByName,
  families,
  forward,
  multiplyAccumulates,
  parameterSpecifications,
  placedLayers,
  withoutNormalisation,
} from "../../src/networks";
import { type Tensor4D, tf } from "../../src/runtime";
import { law } from "../property";
import { assertClose, normalTensor, withNetwork } from "../tensors";

const architecture: fc.Arbitrary<Architecture> = fc
  .constantFrom(...families)
  .map(({ build, exampleDepths }) =>
    build({ depth: exampleDepths[0]!, inputShape: [16, 16, 2], classes: 4, width: 4 }),
  );

law(
  "nothing of an architecture is lost but its normalisations: shapes, blocks and operations stay",
  [architecture],
  (given) => {
    const bare = withoutNormalisation(given);
    assert.equal(blockShapes(bare), blockShapes(given));
    assert.is(multiplyAccumulates(bare), multiplyAccumulates(given));
    const kinds = (of: Architecture) => placedLayers(of).map(({ layer }) => layer.kind);
    assert.equal(
      kinds(bare),
      kinds(given).filter((kind) => kind !== "batch normalisation"),
    );
    const names = new Set(parameterSpecifications(bare).map(({ name }) => name));
    for (const { layer } of placedLayers(given)) {
      if (layer.kind === "convolution" || layer.kind === "dense") assert.ok(names.has(`${layer.name}/bias`));
    }
    assert.equal(withoutNormalisation(bare), { ...bare, name: `${bare.name} without normalisation` });
  },
  { numRuns: 20 },
);

test("with running mean 0 and variance 1 - ε, a fresh network predicts the same with and without", () => {
  const given = buildByName("vgg7", { inputShape: [8, 8, 1], classes: 3, width: 4 });
  const x = normalTensor<Tensor4D>([2, 8, 8, 1], 1);
  const logits = [given, withoutNormalisation(given)].map((of) => {
    let found: number[] = [];
    withNetwork(of, 1, (network) => {
      for (const { name } of parameterSpecifications(of)) {
        if (!name.endsWith("/variance")) continue;
        const shape = network.weights.get(name)!.shape;
        network.weights.get(name)!.dispose();
        network.weights.set(name, tf.keep(tf.fill(shape, 1 - 1e-5)));
      }
      found = [...forward(network, x, { mode: "inference" }).dataSync()];
    });
    return tf.tensor1d(found);
  });
  assertClose(logits[0]!, logits[1]!, 1e-5, "logits");
  tf.dispose([x, ...logits]);
});

test.run();
