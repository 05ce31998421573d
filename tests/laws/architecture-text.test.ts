import fc from "fast-check";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { architectureText, generatedArchitectures, routes, routeText } from "../../src/laws";
import { blockShapes, buildByName, concatenation, convolution, relu } from "../../src/networks";
import { law } from "../property";
import { misfitFamily, sound } from "./broken";

test("a network is shown block by block, equal ones in a row once", () => {
  const branch = (filters: number, stride = "") =>
    `convolution 3x3 to ${filters}${stride}, padding 1 > batch normalisation > relu > convolution 3x3 to ${filters}, padding 1 > batch normalisation`;
  const text = architectureText(buildByName("resnet14", { inputShape: [8, 8, 1], classes: 2, width: 2 }));
  assert.is(
    text,
    `resnet14: images of 8x8x1, 2 classes
  stem           convolution 3x3 to 2, padding 1 > batch normalisation > relu -> 8x8x2
  stage1/block1  residual  ${branch(2)}
                 shortcut  identity
                 join      relu -> 8x8x2
                 and alike: stage1/block2
  stage2/block1  residual  ${branch(4, ", stride 2")}
                 shortcut  every 2. pixel, zeros up to 4 channels
                 join      relu -> 4x4x4
  stage2/block2  residual  ${branch(4)}
                 shortcut  identity
                 join      relu -> 4x4x4
  stage3/block1  residual  ${branch(8, ", stride 2")}
                 shortcut  every 2. pixel, zeros up to 8 channels
                 join      relu -> 2x2x8
  stage3/block2  residual  ${branch(8)}
                 shortcut  identity
                 join      relu -> 2x2x8
  head           global average pool > dense to 2 -> 2`,
  );
});

test("exits, concatenations and blocks without skips have their place", () => {
  const { blocks, ...others } = sound({ inputShape: [8, 8, 1], classes: 2 });
  const fork = concatenation([], [convolution("fork/wide", { filters: 2, size: [1, 3] }), relu]);
  const text = architectureText({
    ...others,
    blocks: [{ name: "fork", residual: [fork], shortcut: null, join: [] }, ...blocks.slice(1, 2)],
    exits: [{ name: "exit1", after: 0, head: others.head, lossWeight: 0.3 }],
  });
  assert.is(
    text,
    `sound: images of 8x8x1, 2 classes
  stem   convolution 3x3 to 4, padding 1 > batch normalisation > relu -> 8x8x4
  fork   concatenation (identity | convolution 1x3 to 2, padding same > relu) -> 8x8x6
  exit1  global average pool > dense to 2 -> 2
  pool   max pool 2x2, stride 2, padding same -> 4x4x6
  head   global average pool > dense to 2 -> 2`,
  );
});

law(
  "the text of a network names every block once, and every boundary's shape",
  [generatedArchitectures()],
  (network) => {
    const text = architectureText(network);
    const shapes = blockShapes(network).map((shape) => shape.join("x"));
    for (const shape of shapes) assert.match(text, `-> ${shape}`);
    assert.not.match(text, /undefined|null|\[object|\{/);
  },
);

test("where branches do not fit together their shapes are shown, and none after them", () => {
  const text = architectureText(misfitFamily.build({ depth: 4, inputShape: [9, 8, 1], classes: 2 }));
  assert.match(
    text,
    /residual +convolution 3x3 to 2, stride 2, padding 1 -> 5x4x2\n +shortcut +average pool .* -> 4x4x2\n/,
  );
  assert.match(text, /\n +join +relu\n +head +global average pool > dense to 2$/);
  const { blocks, ...others } = sound({ inputShape: [2, 2, 1], classes: 2 });
  const valid = convolution("stem/valid", { filters: 1, padding: "valid" });
  assert.match(architectureText({ ...others, blocks, stem: [valid] }), /stem +.*, no padding -> does not fit\n/);
});

test("a route is told by what is not ordinary in it", () => {
  const network = buildByName("resnet14", { inputShape: [8, 8, 1], classes: 2 });
  const [first, second, ...rest] = fc.sample(routes(network), { seed: 1, numRuns: 1 })[0]!.map((_, block) => ({
    block,
    branch: "both" as const,
  }));
  assert.is(routeText(network, [first!, second!, ...rest]), "all blocks in order");
  assert.is(
    routeText(network, [{ block: 0, branch: "residual", scale: 0.5 }, { block: 1, branch: "skip" }, ...rest]),
    "all blocks in order, but stage1/block1: residual, residual branch times 0.5; stage1/block2: skip",
  );
  assert.match(
    routeText(network, [second!, first!, ...rest]),
    /^the blocks stage1\/block2, stage1\/block1, stage2\/block1/,
  );
});

test.run();
