/** The inception networks are wired as torchvision's and timm's: equal weights give equal logits. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import {
  type Architecture,
  buildPublished,
  disposeNetwork,
  forward,
  networkWithWeights,
  parameterSpecifications,
} from "../../src/networks";
import { type Tensor4D, tf } from "../../src/runtime";
import { assertClose } from "../tensors";
import { noise } from "./noise";

/** By PyTorch: `references/inception_logits.py`. */
const recorded = JSON.parse(readFileSync(join(__dirname, "references", "inception-logits.json"), "utf8")) as Readonly<
  Record<string, { readonly side: number; readonly tensors: number; readonly logits: number[][] }>
>;

for (const [name, { side, tensors, logits }] of Object.entries(recorded)) {
  test(`${name} has the logits of the network in PyTorch whose tensors have the same values in the same order`, () => {
    const architecture = buildPublished(name, { inputShape: [side, side, 3], classes: 10 });
    const weights = weightsByPlace(architecture);
    assert.is(weights.size, tensors);
    const network = networkWithWeights(architecture, weights);
    tf.tidy(() => {
      const images = tf.tensor(Float32Array.from(noise("pictures", 2 * side * side * 3)), [2, side, side, 3]);
      const ours = forward(network, images as Tensor4D, { mode: "inference" });
      assertClose(ours, tf.tensor2d(logits), 1e-4, name);
    });
    disposeNetwork(network);
  });
}

/** The script's values: by the place of a parameter, which is the same here and there, and in PyTorch's layout. */
function weightsByPlace(architecture: Architecture) {
  return new Map(
    parameterSpecifications(architecture).map(({ name, shape }, place) => {
      const values = noise(
        String(place),
        shape.reduce((product, side) => product * side, 1),
      );
      if (shape.length === 1) {
        const about = /\/(?:scale|variance)$/.test(name) ? 1 : 0;
        return [name, { shape, data: Float32Array.from(values, (value) => value + about) }] as const;
      }
      const outputs = shape[shape.length - 1]!;
      const inputs = shape[shape.length - 2]!;
      const fanIn = values.length / outputs;
      const pixels = fanIn / inputs;
      const deviation = Math.sqrt(24 / fanIn);
      const data = new Float32Array(values.length);
      for (let output = 0; output < outputs; output++) {
        for (let input = 0; input < inputs; input++) {
          for (let pixel = 0; pixel < pixels; pixel++) {
            const there = (output * inputs + input) * pixels + pixel;
            data[(pixel * inputs + input) * outputs + output] = values[there]! * deviation;
          }
        }
      }
      return [name, { shape, data }] as const;
    }),
  );
}

test.run();
