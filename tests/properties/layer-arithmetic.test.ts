/** The arithmetic of layers that is taught, on real layers of generated sizes (claims A1, A4, A5). */
import fc from "fast-check";
import { test } from "uvu";
import * as assert from "uvu/assert";
import {
  averagePool,
  convolution,
  createNetwork,
  disposeNetwork,
  type Layer,
  maxPool,
  multiplyAccumulates,
  parameter,
  parameterCounts,
  relu,
  runStem,
} from "../../src/networks";
import { type Tensor2D, type Tensor4D, tf } from "../../src/runtime";
import { law } from "../property";
import { assertClose, normalTensor, withNetwork } from "../tensors";

/** Layers alone; a mean over the image makes logits of their channels. */
function only(layers: readonly Layer[], inputShape: readonly [number, number, number], classes: number) {
  return { name: "layers", inputShape, classes, stem: layers, blocks: [], head: [globalMean] };
}
const globalMean = { kind: "global average pool" } as const;

const geometry = fc
  .record({
    window: fc.integer({ min: 1, max: 7 }),
    stride: fc.integer({ min: 1, max: 5 }),
    more: fc.nat({ max: 20 }),
    perSide: fc.nat({ max: 6 }),
    kind: fc.constantFrom("convolution", "max pool", "average pool"),
  })
  .map(({ window, perSide, ...others }) => ({ ...others, window, perSide: Math.min(perSide, window - 1) }));

law(
  "the side of a real layer's output is (I - F + P)/S + 1, rounded down, with P the padding of both sides together",
  [geometry],
  ({ window, stride, more, perSide, kind }) => {
    const input = window + more;
    const layer = {
      convolution: convolution("layer", { filters: 1, size: window, stride, padding: perSide }),
      "max pool": maxPool(window, stride, perSide),
      "average pool": averagePool(window, stride, perSide),
    }[kind];
    withNetwork(only([layer], [input, input, 1], 1), 1, (network) => {
      const { shape } = runStem(network, tf.ones([1, input, input, 1]), "inference");
      const side = Math.floor((input - window + 2 * perSide) / stride + 1);
      assert.equal(shape, [1, side, side, 1]);
    });
  },
);

law(
  "a 1x1 convolution with ReLU is a dense layer with ReLU applied to every pixel by itself",
  [fc.integer({ min: 1, max: 8 }), fc.integer({ min: 1, max: 8 }), fc.integer({ min: 1, max: 32 }), fc.nat()],
  (height, width, channels, seed) => {
    const layers = [convolution("pointwise", { filters: 5, size: 1, bias: true }), relu];
    const network = createNetwork(only(layers, [height, width, channels], 5), seed);
    tf.tidy(() => {
      const x = normalTensor<Tensor4D>([2, height, width, channels], seed);
      const kernel = parameter<Tensor4D>(network, "pointwise/kernel").reshape([channels, 5]) as Tensor2D;
      const pixels = x.reshape([-1, channels]) as Tensor2D;
      const expected = tf.relu(tf.matMul(pixels, kernel)).reshape([2, height, width, 5]);
      assertClose(runStem(network, x, "inference"), expected, 1e-5, "pointwise");
    });
    disposeNetwork(network);
  },
  { numRuns: 20 },
);

law(
  "a bottleneck to n channels takes 2 C n + 9 n² weights where a 3x3 convolution of C channels takes 9 C²",
  [fc.integer({ min: 1, max: 512 }), fc.integer({ min: 1, max: 128 }), fc.integer({ min: 1, max: 20 })],
  (wide, narrow, side) => {
    const shape = [side, side, wide] as const;
    const plain = only([convolution("3x3", { filters: wide })], shape, wide);
    const bottleneck = only(
      [
        convolution("reduce", { filters: narrow, size: 1 }),
        convolution("3x3", { filters: narrow }),
        convolution("expand", { filters: wide, size: 1 }),
      ],
      shape,
      wide,
    );
    assert.is(parameterCounts(plain).total, 9 * wide ** 2);
    assert.is(parameterCounts(bottleneck).total, 2 * wide * narrow + 9 * narrow ** 2);
    for (const given of [plain, bottleneck]) {
      assert.is(multiplyAccumulates(given), side ** 2 * parameterCounts(given).total);
    }
  },
);

test("256 channels through 64 take 69,632 weights instead of 589,824", () => {
  const shape = [1, 1, 256] as const;
  const weights = (layers: readonly Layer[]) => parameterCounts(only(layers, shape, 256)).total;
  assert.is(weights([convolution("3x3", { filters: 256 })]), 589_824);
  const reduced = [convolution("reduce", { filters: 64, size: 1 }), convolution("3x3", { filters: 64 })];
  assert.is(weights([...reduced, convolution("expand", { filters: 256, size: 1 })]), 16_384 + 36_864 + 16_384);
});

test.run();
