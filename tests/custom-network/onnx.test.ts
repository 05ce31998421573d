/** `--network model.onnx`: experiments on networks that PyTorch exported, from the command line to the table. */
import { copyFileSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { loadCustomNetwork } from "../../src/custom-network/file";
import { loadDataset, meanPool, takeFirst } from "../../src/data";
import { fullRoute, readOnnxNetwork } from "../../src/networks";
import { parseCsv } from "../../src/report";
import { deletableBlocks, ensembleErrors, evaluate, routeWithout } from "../../src/routes";
import { withOnnx } from "../networks/onnx";
import { cnnFindings, inPlace, start } from "../run/program";

const root = path.resolve(__dirname, "../..");
const exported = path.join(root, "tests/networks/onnx-files/resnet.onnx");
const temporary = mkdtempSync(path.join(os.tmpdir(), "onnx-"));
test.after(() => rmSync(temporary, { recursive: true, force: true }));

function run(words: readonly string[]) {
  return start(words, {}, cnnFindings).ended;
}

/** Rows of a run's table, by the names of their columns. */
function rowsOf(results: string, name: RegExp) {
  const folder = readdirSync(results).find((each) => name.test(each))!;
  return parseCsv(readFileSync(path.join(results, folder, "rows.csv"), "utf8"));
}

withOnnx("the guide's commands delete and reorder blocks of an exported network, and say what computed it", () =>
  inPlace(async ({ options, results, folder }) => {
    const guide = readFileSync(path.join(root, "src/guides/your-custom-network.md"), "utf8");
    const commands = [...guide.matchAll(/^npx cnn-findings (run .*\.onnx.*)$/gm)].map(([, words]) => words!.split(" "));
    assert.equal(commands.map(([, name]) => name), ["block-deletion", "block-reordering"]); // biome-ignore format: one question
    const file = path.join(folder, "exported.onnx");
    copyFileSync(exported, file);
    for (const words of commands) {
      const typed = words.map((word) => (word.endsWith(".onnx") ? file : word));
      const { status, stderr } = await run([...typed, ...options]);
      assert.is(status, 0, stderr);
      assert.match(stderr, /exported-resnet14: exported of .*; 6 blocks, 16,666 parameters, .*run by onnxruntime 1\./);
      assert.match(stderr, /backend +onnxruntime 1\.\d+/);
    }
    const deletion = rowsOf(results, /^block-deletion-/);
    assert.equal(
      deletion.filter(({ measurement }) => measurement === "one deleted").map(({ block, keeps_shape }) => [block, keeps_shape]), // biome-ignore format: one question
      ["3", "4", "5", "6", "7", "8"].map((block) => [block, String(block !== "6")]),
    );
    assert.ok(deletion.some(({ measurement }) => measurement === "several deleted"));
    assert.ok(rowsOf(results, /^block-reordering-/).length >= 8);

    const cells = path.join(results, "store", "cells");
    const [cell] = readdirSync(cells, { recursive: true, encoding: "utf8" }).filter((name) => name.endsWith(".json"));
    const { runtime } = JSON.parse(readFileSync(path.join(cells, cell!), "utf8"));
    assert.is(runtime.backend, "onnxruntime");
    assert.match(runtime.kernels.binding, /^onnxruntime-node 1\./);
    const again = await run([...commands[0]!.map((word) => (word.endsWith(".onnx") ? file : word)), "--dry-run", ...options]); // biome-ignore format: one question
    assert.match(again.stdout, "nothing to measure");
    assert.match(again.stdout, /3\/residual \(Conv Relu Conv\) +\(None, 8, 14, 14\)/);
  }),
);

withOnnx(
  "the rows are those of routes on the same images, along which the file's own preparation is used",
  async () => {
    const { test: digits } = await loadDataset("mnist");
    const images = takeFirst(meanPool(digits, 2), 120);
    const statistics = { mean: [100], standardDeviation: [70] };
    const own = await readOnnxNetwork(exported, { images: { mean: 100 / 255, deviation: 70 / 255 } });
    const plain = await readOnnxNetwork(exported);
    const { architecture } = own;
    const routes = [
      fullRoute(architecture),
      ...deletableBlocks(architecture).map((i) => routeWithout(architecture, [i])),
    ];
    const found = await evaluate(own, routes, images, { channelStatistics: { mean: [0], standardDeviation: [1] }, batchSize: 50 }); // biome-ignore format: one question
    const expected = await evaluate(plain, routes, images, { channelStatistics: statistics });
    for (const [i, { topOneError, crossEntropy }] of expected.entries()) {
      assert.is(found[i]!.topOneError, topOneError);
      assert.ok(Math.abs(found[i]!.crossEntropy - crossEntropy) < 1e-5);
    }
    const ensemble = await ensembleErrors(plain, routes, images, [1, routes.length], { channelStatistics: statistics });
    assert.is(ensemble[0]!.topOneError, expected[0]!.topOneError);
    assert.ok(Math.abs(ensemble[0]!.crossEntropy - expected[0]!.crossEntropy) < 1e-5);
    assert.ok(ensemble[1]!.divergence > 0);
    await own.graph.release();
    await plain.graph.release();
  },
);

withOnnx("a file of code may give one, with its preparation, which counts as a part of it", async () => {
  mkdirSync(path.join(temporary, "code"));
  const file = path.join(temporary, "code", "from-onnx.ts");
  const exports = (images: string) =>
    `import { readOnnxNetwork } from "cnn-findings";\nexport default readOnnxNetwork(${JSON.stringify(exported)}, { images: ${images} });\n`;
  const size = { inputShape: [14, 14, 1], classes: 10 } as const;
  writeFileSync(file, exports("{ mean: 0.5, deviation: 0.25 }"));
  const { given, architecture } = await loadCustomNetwork(file, size);
  assert.is(architecture.blocks.length, 6);
  assert.equal(given!.graph!.channelStatistics, { mean: [127.5], standardDeviation: [63.75] });
  const bare = await loadCustomNetwork(exported, size);
  assert.is.not(bare.given!.checksum, given!.checksum);
  assert.equal(bare.architecture, architecture);
  await given!.graph!.release();
  await bare.given!.graph!.release();
});

withOnnx("what needs gradients, other images, or another precision is refused before anything is measured", () =>
  inPlace(async ({ options }) => {
    const refusal = async (...words: string[]) => {
      const { status, stderr } = await run(["run", ...words, ...options]);
      assert.is(status, 2, stderr);
      return stderr;
    };
    const on = ["--scale", "smoke", "--network"];
    assert.match(
      await refusal("path-lengths", ...on, exported),
      /runs forward only, by routes, and path-lengths needs/,
    );
    assert.match(await refusal("early-exit", ...on, exported), /early-exit is about training/);
    const coloured = exported.replace("resnet.onnx", "vit.onnx");
    assert.match(await refusal("block-deletion", ...on, coloured), /vit takes images of 16 x 16 x 3, those of mnist/);
  }),
);

test.run();
