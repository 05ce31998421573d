/** `--network model.onnx`: experiments on networks that PyTorch exported, from the command line to the table. */
import { copyFileSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { PNG } from "pngjs";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { loadCustomNetwork } from "../../src/custom-network/file";
import {
  channelStatistics,
  loadDataset,
  loadLabelledImages,
  meanPool,
  splitValidation,
  takeFirst,
} from "../../src/data";
import { fullRoute, readOnnxNetwork } from "../../src/networks";
import { randomStream } from "../../src/random";
import { parseCsv } from "../../src/report";
import { deletableBlocks, ensembleErrors, evaluate, routeWithout, routeWithStepSize } from "../../src/routes";
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
    const commands = [...guide.matchAll(/^npx cnn-findings (run .*--scale smoke .*\.onnx.*)$/gm)].map(([, words]) =>
      words!.split(" "),
    );
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

/** Images of 18 x 20 pixels, four of each class, in folders called so. */
function imagesIn(folder: string, names: readonly string[]): string {
  const stream = randomStream(1, "pictures");
  for (const name of names) {
    mkdirSync(path.join(folder, name), { recursive: true });
    for (let i = 0; i < 4; i++) {
      const image = new PNG({ width: 20, height: 18 });
      image.data.forEach((_, at) => {
        image.data[at] = stream.integer(256);
      });
      writeFileSync(path.join(folder, name, `${i}.png`), PNG.sync.write(image));
    }
  }
  return folder;
}

withOnnx("images of one's own are brought to the network's size, prepared as asked, and told of in provenance", () =>
  inPlace(async ({ options, results, folder }) => {
    const vit = exported.replace("resnet.onnx", "vit.onnx");
    const images = imagesIn(path.join(folder, "images"), ["0", "3", "7"]);
    const on = [
      "run",
      "block-deletion",
      "--scale",
      "smoke",
      "--data",
      "images",
      "--data-dir",
      images,
      "--network",
      vit,
    ];
    const first = await run([...on, "--image-scale", "-1..1", ...options]);
    assert.is(first.status, 0, first.stderr);
    assert.match(first.stderr, /data +images, 12 images of "images", resized and cut to the central 16 x 16 pixels/);
    const [name] = readdirSync(results).filter((each) => each.startsWith("block-deletion-"));
    const { command, data, network } = JSON.parse(readFileSync(path.join(results, name!, "provenance.json"), "utf8"));
    assert.match(name!, /^block-deletion-smoke-images-own-data-vit-resnet\d+-[0-9a-f]{6}$/);
    assert.match(command, "--image-scale -1..1 --network");
    assert.equal(network.images, { mean: 0.5, deviation: 0.5 });
    assert.equal(data.images, { height: 16, width: 16, channels: 3 });
    assert.equal(data.classes, { count: 8, isNumbered: true });

    const read = await loadLabelledImages(images, data.images);
    assert.is(read.checksum, data.checksum);
    const own = await readOnnxNetwork(vit, { images: { mean: 0.5, deviation: 0.5 } });
    const statistics = { mean: [0], standardDeviation: [1] };
    const [intact] = await evaluate(own, [fullRoute(own.architecture)], read.test, { channelStatistics: statistics });
    await own.graph.release();
    const [row] = rowsOf(results, /^block-deletion-/).filter(({ measurement }) => measurement === "intact");
    assert.is(Number(row!.images), 12);
    assert.ok(Math.abs(Number(row!.cross_entropy_nats) - intact!.crossEntropy) < 1e-6);

    const verified = await run(["verify", name!, "--results", results]);
    assert.is(verified.status, 0, verified.stdout + verified.stderr);
    assert.match(verified.stdout, /current +1 cell/);
    writeFileSync(path.join(images, "0", "0.png"), readFileSync(path.join(images, "0", "1.png")));
    const changed = await run(["verify", name!, "--results", results]);
    assert.match(changed.stdout, /stale/);
    const undeclared = await run([...on, "--dry-run", ...options]);
    assert.match(
      undeclared.stderr + undeclared.stdout,
      /standardised by their own mean and deviation, as nothing says/,
    );
    assert.match(undeclared.stdout, /1 cell to do/); // another preparation, another cell
  }),
);

withOnnx("images of one's own that do not fit are refused with what is wrong and what to do", () =>
  inPlace(async ({ options, folder }) => {
    const vit = exported.replace("resnet.onnx", "vit.onnx");
    const images = imagesIn(path.join(folder, "images"), ["ape", "wolf"]);
    const on = ["--data", "images", "--data-dir", images];
    const refused = async (words: readonly string[], ...messages: RegExp[]) => {
      const { status, stderr } = await run(["run", "block-deletion", "--scale", "smoke", ...words, ...options]);
      assert.is(status, 2, stderr);
      for (const message of messages) assert.match(stderr, message);
    };
    await refused(on, /nothing is trained on images of one's own/, /--network model.onnx/);
    await refused(["--data", "images", "--network", vit], /folder of the images is not named/, /--data-dir/);
    await refused(
      [...on, "--network", vit],
      /10 classes apart, and the images are of 2/,
      /classes\.txt with the names of all 10/,
    );
    await refused([...on, "--network", vit, "--image-size", "32"], /takes images of 16 x 16, --image-size is 32/);
    await refused([...on, "--network", vit, "--image-size", "16/8"], /does not cover/);
    await refused([...on, "--network", vit, "--image-size", "big"], /need a side in pixels/);
    await refused([...on, "--network", vit, "--image-scale", "0.5/0"], /need 0\.\.1, 0\.\.255, -1\.\.1, imagenet/);
    await refused([...on, "--network", vit, "--image-scale", "0,0/1,1"], /mean that is a number or 3/);
    await refused(["--image-size", "16", "--network", vit], /for images of one's own/);
    await refused(["--image-scale", "0..1"], /for a network whose weights are given/);
    const code = path.join(folder, "declared.ts");
    writeFileSync(
      code,
      `import { readOnnxNetwork } from "cnn-findings";\nexport default readOnnxNetwork(${JSON.stringify(vit)}, { images: { mean: 0, deviation: 1 } });\n`,
    );
    await refused([...on, "--network", code, "--image-scale", "0..1"], /says itself how images are prepared/);
    imagesIn(images, ["11"]);
    const numbered = imagesIn(path.join(folder, "numbered"), ["11"]);
    await refused(
      ["--data", "images", "--data-dir", numbered, "--network", vit],
      /10 classes apart, and an image has the label 11/,
    );
  }),
);

withOnnx("other step sizes and depths of an exported network are those of its routes", () =>
  inPlace(async ({ options, results }) => {
    const { status, stderr } = await run([
      "run",
      "ode-learning",
      "--scale",
      "smoke",
      "--network",
      exported,
      ...options,
    ]);
    assert.is(status, 0, stderr);
    const rows = rowsOf(results, /^ode-learning-/);
    const network = await readOnnxNetwork(exported);
    const { test: digits, training } = await loadDataset("mnist");
    const images = takeFirst(meanPool(digits, 2), Number(200));
    const { architecture } = network;
    assert.ok(training.count > 0 && rows.every((row) => row.problem === "images"));
    const [half] = rows.filter(
      ({ measurement, step_factor }) => measurement === "step size" && Number(step_factor) < 1,
    );
    const statistics = channelStatistics(
      splitValidation(meanPool(training, 2), { validation: 5000, seed: 1 }).training,
    );
    const routes = [fullRoute(architecture), routeWithStepSize(architecture, Number(half!.step_factor))];
    const [intact, scaled] = await evaluate(network, routes, images, { channelStatistics: statistics });
    await network.graph.release();
    const trained = rows.find(({ measurement }) => measurement === "as trained")!;
    assert.is(Number(trained.error_percent).toFixed(6), (100 * intact!.topOneError).toFixed(6));
    assert.is(Number(half!.error_percent).toFixed(6), (100 * scaled!.topOneError).toFixed(6));
    assert.ok(rows.some(({ measurement, step_factor }) => measurement === "depth" && Number(step_factor) > 1));
  }),
);

withOnnx("what needs gradients, other images, or another precision is refused before anything is measured", () =>
  inPlace(async ({ options, folder }) => {
    const refusal = async (...words: string[]) => {
      const { status, stderr } = await run(["run", ...words, ...options]);
      assert.is(status, 2, stderr);
      return stderr;
    };
    const on = ["--scale", "smoke", "--network"];
    assert.match(
      await refusal("path-lengths", ...on, exported),
      /runs forward only, by routes, and path-lengths needs more: it differentiates the loss .*\n.*block-deletion, block-reordering, ode-learning take it/,
    );
    assert.match(await refusal("residual-sum", ...on, exported), /it takes the activations after each block apart/);
    assert.match(
      await refusal("early-exit", ...on, exported),
      /early-exit is about training .*\nblock-deletion, .* take it/,
    );
    assert.match(await refusal("path-counts", ...on, exported), /path-counts puts no single network to the test/);
    const mobile = exported.replace("resnet.onnx", "mobilenet.onnx");
    assert.match(
      await refusal(
        "ode-learning",
        ...on,
        mobile,
        "--data",
        "images",
        "--data-dir",
        imagesIn(path.join(folder, "images"), ["0"]),
      ),
      /needs a shortcut in every block; it lacks it in/,
    );
    const coloured = exported.replace("resnet.onnx", "vit.onnx");
    assert.match(await refusal("block-deletion", ...on, coloured), /vit takes images of 16 x 16 x 3, those of mnist/);
  }),
);

test.run();
