import { test } from "uvu";
import * as assert from "uvu/assert";
import { rangeOf } from "../../src/experiment/range";
import { buildByName, registerArchitecture } from "../../src/networks";
import { rangeText } from "../../src/report/tables/verdicts";

test("a range names networks, depths, length of training and data, as far as there are any", () => {
  const images = { height: 28, width: 28, channels: 1 };
  assert.is(
    rangeOf({ residual: "resnet20", steps: 1600, trainingImages: 5000, meanPool: 2 }, { name: "mnist", images }),
    "resnet20; 1,600 mini-batches; 5,000 training images; mnist, 14 x 14 pixels",
  );
  assert.is(rangeOf({ depths: [29, 164], steps: 0 }, { name: "cifar10" }), "depths 29 to 164; cifar10");
  assert.is(rangeOf({ samples: 3 }, null), "");
});

test("beside a network whose weights are given no other is in the range", () => {
  const four = buildByName("resnet8", { inputShape: [8, 8, 3], classes: 4 });
  const own = registerArchitecture(four, "range-resnet");
  assert.is(rangeOf({ residual: own, plain: "plain8", steps: 0 }, null), own);
  assert.is(rangeOf({ residual: own, plain: "plain8", steps: 20 }, null), `${own}, plain8; 20 mini-batches`);
});

test("what is reproduced is so within its range, and says so", () => {
  assert.is(rangeText("reproduced", "resnet20"), "Reproduced within this range: resnet20.");
  assert.is(rangeText("not testable here", "resnet20"), "Shown for resnet20.");
  assert.is(rangeText("reproduced", ""), "");
});

test.run();
