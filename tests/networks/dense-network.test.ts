import { test } from "uvu";
import * as assert from "uvu/assert";
import { buildDenseNetwork, parameterCounts, placedLayers } from "../../src/networks";

test("784-1024-1024-10 has 1,863,690 parameters, as 785 x 1024 + 1025 x 1024 + 1025 x 10", () => {
  const given = buildDenseNetwork({ inputShape: [28, 28, 1], classes: 10, hidden: [1024, 1024] });
  assert.is(parameterCounts(given).total, 785 * 1024 + 1025 * 1024 + 1025 * 10);
  assert.is(parameterCounts(given).trainable, 1_863_690);
});

test("pixels are dropped at one rate, hidden units at the other, and the classifier follows dropout", () => {
  const given = buildDenseNetwork({
    inputShape: [4, 4, 3],
    classes: 5,
    hidden: [7, 6],
    inputRate: 0.1,
    hiddenRate: 0.4,
  });
  const layers = placedLayers(given);
  assert.equal(
    layers.flatMap(({ layer, inputShape }) => (layer.kind === "dropout" ? [[layer.rate, inputShape[0]]] : [])),
    [
      [0.1, 48],
      [0.4, 7],
      [0.4, 6],
    ],
  );
  assert.equal(
    layers.slice(-2).map(({ layer }) => layer.kind),
    ["dropout", "dense"],
  );
});

test("a rate outside [0, 1) is refused", () => {
  for (const rate of [-0.1, 1, Number.NaN]) {
    const options = { inputShape: [4, 4, 1] as const, classes: 2, hidden: [3] };
    assert.throws(() => buildDenseNetwork({ ...options, hiddenRate: rate }), /must be in \[0, 1\)/);
    assert.throws(() => buildDenseNetwork({ ...options, inputRate: rate }), /must be in \[0, 1\)/);
  }
});

test.run();
