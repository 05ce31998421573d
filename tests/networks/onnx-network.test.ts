/**
 * Networks that PyTorch exported (`onnx-files/write.py`): found in blocks they have the logits of the whole file, and with a block
 * deleted, or its branch halved, those that PyTorch has.
 */
import { spawnSync } from "node:child_process";
import { copyFileSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { blockShapes, fullRoute, keepsShape, type OnnxNetwork, readOnnxNetwork, summaryRows } from "../../src/networks";
import { onnxPackages } from "../../src/networks/onnx/packages";
import { blockOrders, movableBlocks, reorderedRoute, routeWithout } from "../../src/routes";
import { channelsLast, hasOnnxPackages, largestDifference, logitsAlong, withOnnx } from "./onnx";

const kept = path.join(__dirname, "onnx-files");

interface ToldBlock {
  readonly name: string;
  readonly projects: boolean;
  readonly deleted: readonly (readonly number[])[];
  readonly halved: readonly (readonly number[])[];
}

interface ToldNetwork {
  readonly images: readonly (readonly number[])[];
  readonly shape: readonly [number, number, number, number];
  readonly logits: readonly (readonly number[])[];
  readonly blocks: readonly ToldBlock[];
}

function toldIn(folder: string): Record<string, ToldNetwork> {
  return JSON.parse(readFileSync(path.join(folder, "networks.json"), "utf8"));
}

const told = toldIn(kept);
const temporary = mkdtempSync(path.join(os.tmpdir(), "onnx-network-"));
test.after(() => rmSync(temporary, { recursive: true, force: true }));

async function reading<Result>(file: string, use: (network: OnnxNetwork) => Promise<Result>): Promise<Result> {
  const network = await readOnnxNetwork(file);
  try {
    return await use(network);
  } finally {
    await network.graph.release();
  }
}

function imagesOf({ images, shape: [count, channels, height, width] }: ToldNetwork) {
  return { values: channelsLast(images, [count, channels]), shape: [count, height, width, channels] };
}

async function assertAsInPyTorch(folder: string, name: string, expected: ToldNetwork): Promise<void> {
  await reading(path.join(folder, `${name}.onnx`), async (network) => {
    const { architecture } = network;
    const images = imagesOf(expected);
    const full = fullRoute(architecture);
    const near = async (route: typeof full, logits: readonly (readonly number[])[], what: string) => {
      const difference = largestDifference(await logitsAlong(network, route, images, 4), logits.flat());
      assert.ok(difference < 1e-5, `${name}, ${what}: ${difference}`);
    };
    await near(full, expected.logits, "intact");
    const residual = architecture.blocks.flatMap(({ shortcut }, i) => (shortcut === null ? [] : [i]));
    assert.is(residual.length, expected.blocks.length, name);
    for (const [i, block] of residual.entries()) {
      const of = expected.blocks[i]!;
      assert.is(architecture.blocks[block]!.shortcut!.length > 0, of.projects, `${name}: ${of.name}`);
      assert.ok(architecture.blocks[block]!.name.startsWith(of.name), architecture.blocks[block]!.name);
      await near(routeWithout(architecture, [block]), of.deleted, `without ${of.name}`);
      assert.ok(largestDifference(of.deleted.flat(), expected.logits.flat()) > 1e-2, "the deletion shows");
      const halved = full.map((step) => (step.block === block ? { ...step, scale: 0.5 } : step));
      await near(halved, of.halved, `${of.name} halved`);
    }
  });
}

for (const [name, expected] of Object.entries(told)) {
  withOnnx(`${name}: intact, and without any one block, its logits are PyTorch's to 1e-5`, () =>
    assertAsInPyTorch(kept, name, expected),
  );

  withOnnx(`${name}: its blocks one after another have the logits of onnxruntime on the whole file`, async () => {
    const file = path.join(kept, `${name}.onnx`);
    const { Tensor, InferenceSession } = onnxPackages().runtime;
    const session = await (
      InferenceSession.create as unknown as (file: string) => ReturnType<typeof InferenceSession.create>
    )(file);
    const images = new Tensor("float32", Float32Array.from(expected.images.flat()), expected.shape);
    const { logits } = await session.run({ images });
    await session.release();
    await reading(file, async (network) => {
      for (const batchSize of [3, 5]) {
        const found = await logitsAlong(network, fullRoute(network.architecture), imagesOf(expected), batchSize);
        assert.ok(largestDifference(found, logits!.data as Float32Array) < 1e-5);
      }
    });
  });
}

withOnnx("blocks of equal shape can be put in any order, and the others cannot", async () => {
  const groups: Record<string, number[][]> = {
    resnet: [[0, 1, 2], [4, 5]],
    mobilenet: [[2, 3]],
    convnext: [[0, 1], [3, 4]],
    vit: [[0, 1, 2, 3, 4, 5]],
  }; // biome-ignore format: a table
  for (const [name, expected] of Object.entries(groups)) {
    await reading(path.join(kept, `${name}.onnx`), async (network) => {
      const { architecture } = network;
      assert.equal(movableBlocks(architecture), expected, name);
      const orders = blockOrders(architecture);
      const reversed = reorderedRoute(architecture, orders.at(orders.mostInversions, 0n));
      const found = await logitsAlong(network, reversed, imagesOf(told[name]!), 3);
      assert.ok(found.every(Number.isFinite));
      assert.ok(largestDifference(found, told[name]!.logits.flat()) > 1e-3, "the order shows");
    });
  }
});

withOnnx("half a step of a block without an addition is half of what it makes", async () => {
  for (const name of ["mobilenet", "convnext"]) {
    await reading(path.join(kept, `${name}.onnx`), async (network) => {
      const { blocks } = network.architecture;
      const plain = blocks.flatMap(({ shortcut }, i) => (shortcut === null ? [i] : []));
      assert.ok(plain.length > 0);
      const parts = await network.graph.parts(3);
      let x = await parts.stem(imagesOf(told[name]!));
      for (const block of blocks.keys()) {
        const whole = await parts.block({ block, branch: "both" }, x);
        if (plain.includes(block)) {
          const half = await parts.block({ block, branch: "both", scale: 0.5 }, x);
          const [values, halves] = [whole, half].map((each) => (each as { readonly data: Float32Array }).data) as [Float32Array, Float32Array]; // biome-ignore format: one question
          assert.ok(largestDifference(halves, values.map((value) => value / 2)) < 1e-6, `${name}, ${block}`); // biome-ignore format: one question
          assert.ok(values.some((value) => Math.abs(value) > 1e-2));
        }
        x = whole;
      }
    });
  }
});

withOnnx("shapes, parameters and a summary are known without another pass", async () => {
  await reading(path.join(kept, "mobilenet.onnx"), async ({ architecture, notes }) => {
    assert.equal(notes, []);
    assert.equal(blockShapes(architecture), [[12, 8, 8], [12, 8, 8], [16, 4, 4], [16, 4, 4], [16, 4, 4]]); // biome-ignore format: a table
    assert.equal(keepsShape(architecture), [true, false, true, true]);
    assert.equal(architecture.inputShape, [16, 16, 3]);
    const rows = summaryRows(architecture);
    assert.equal(rows.find(({ name }) => name === "head")?.outputShape, [10]);
    // The exporter folds batch normalisations: 36 x 12 + 36 x 9 + 12 x 36 weights and as many biases as filters.
    const branch = rows.find(({ name }) => name === `${architecture.blocks[0]!.name}/residual`)!;
    assert.is(branch.parameters, 36 * 12 + 36 * 9 + 12 * 36 + 36 + 36 + 12 + 2); // and the bounds of ReLU6
    assert.is(architecture.blocks[0]!.residual[0]!.kind, "graph part");
  });
});

withOnnx("the products of attention are counted, of two computed tensors too", () =>
  reading(path.join(kept, "vit.onnx"), async ({ architecture: { blocks } }) => {
    const counted = blocks.map(({ residual }) => residual[0]!).map((part) => "multiplyAccumulates" in part && part.multiplyAccumulates); // biome-ignore format: one question
    // 17 tokens of 16 features: queries, keys and values; two heads' scores of 8 and what they weigh; the projection.
    const attention = 17 * 16 * 48 + 17 * 17 * 16 + 17 * 17 * 16 + 17 * 16 * 16;
    const dense = 17 * 16 * 32 + 17 * 32 * 16;
    assert.equal(counted, [attention, dense, attention, dense, attention, dense]);
  }),
);

withOnnx("additions that are named are the only blocks, and those that are none are refused", async () => {
  const file = path.join(kept, "resnet.onnx");
  const network = await readOnnxNetwork(file, { additions: ["/4/Add", "/7/Add"] });
  assert.equal(
    network.architecture.blocks.map(({ name, shortcut }) => [name, shortcut !== null]),
    [["4", true], ["6/after", false], ["7", true]],
  ); // biome-ignore format: a table
  const { images, shape, logits } = { ...imagesOf(told.resnet!), ...told.resnet! };
  assert.ok(images.length > 0 && shape.length === 4);
  const found = await logitsAlong(network, fullRoute(network.architecture), imagesOf(told.resnet!), 3);
  assert.ok(largestDifference(found, logits.flat()) < 1e-5);
  await network.graph.release();
  await rejects(readOnnxNetwork(file, { additions: ["/9/Add"] }), /is called \/9\/Add; there are \/3\/Add, \/4\/Add/);
  await rejects(readOnnxNetwork(file, { output: "features" }), /no output features; there are logits/);
});

withOnnx("what is no network is refused with what it is and what to do", async () => {
  const file = (name: string, content: string | Uint8Array) => {
    const place = path.join(temporary, name);
    writeFileSync(place, content);
    return place;
  };
  const bytes = readFileSync(path.join(kept, "resnet.onnx"));
  await rejects(readOnnxNetwork(file("cut.onnx", bytes.subarray(0, 20_000))), /no ONNX network, or cut short/);
  await rejects(readOnnxNetwork(file("page.onnx", "<!doctype html>")), /a page in HTML/);
  await rejects(
    readOnnxNetwork(
      file(
        "noise.onnx",
        Uint8Array.from({ length: 300 }, (_, i) => i * 37),
      ),
    ),
    /no ONNX/,
  );
  copyFileSync(path.join(kept, "vit-tanh.onnx"), path.join(temporary, "alone.onnx"));
  await rejects(readOnnxNetwork(path.join(temporary, "alone.onnx")), /weights lie in vit-tanh.onnx.data, .* copy both/);
  copyFileSync(path.join(temporary, "alone.onnx"), path.join(temporary, "short.onnx"));
  writeFileSync(path.join(temporary, "vit-tanh.onnx.data"), "");
  await rejects(readOnnxNetwork(path.join(temporary, "short.onnx")), /end behind the end of vit-tanh.onnx.data/);
});

async function rejects(asked: Promise<unknown>, message: RegExp): Promise<void> {
  try {
    await asked;
  } catch (error) {
    assert.is((error as Error).name, "RangeError", (error as Error).stack ?? "");
    assert.match((error as Error).message, message);
    return;
  }
  assert.unreachable(`was not refused: ${message}`);
}

const withoutPackages = hasOnnxPackages ? test.skip : test;
withoutPackages("without the packages the command is told that installs them", async () => {
  await rejects(
    readOnnxNetwork(path.join(kept, "resnet.onnx")),
    /npm install .*--ignore-scripts onnxruntime-node@1\.30\.0 onnx-proto@8\.0\.1/,
  );
});

const [python = "python3", ...words] = (process.env.PYTHON ?? "python3").split(" ").filter((word) => word !== "");
const hasExporter = spawnSync(python, [...words, "-c", "import torch, onnx, onnxscript"]).status === 0;
const withExporter = hasExporter && hasOnnxPackages ? test : test.skip;
withExporter("networks that are exported just now are cut as those that are kept", async () => {
  const folder = mkdtempSync(path.join(temporary, "exported-"));
  const { status, stderr } = spawnSync(python, [...words, path.join(kept, "write.py"), folder], { encoding: "utf8" });
  assert.is(status, 0, stderr);
  const exported = toldIn(folder);
  assert.equal(Object.keys(exported), Object.keys(told));
  assert.equal(readdirSync(folder).sort(), readdirSync(kept).filter((name) => name !== "write.py").sort()); // biome-ignore format: one question
  for (const [name, expected] of Object.entries(exported)) await assertAsInPyTorch(folder, name, expected);
});

test.run();
