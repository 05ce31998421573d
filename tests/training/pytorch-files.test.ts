/**
 * Kinds 25 to 27 on real files: what PyTorch and safetensors wrote, under the wrappers and in the types that people use.
 *
 * The tiny files are kept here, with the logits that PyTorch computed; where a Python with PyTorch is at hand (`PYTHON`, else
 * python3), the same script writes the usual networks for CIFAR-10, too.
 */
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { z } from "zod";
import { fileKind } from "../../src/base";
import {
  type Architecture,
  batchNormalisation,
  buildCifarResNet,
  buildFourStageResNet,
  convolution,
  dense,
  disposeNetwork,
  flatten,
  forward,
  maxPool,
  type PyTorchOptions,
  parameterCounts,
  plainBlock,
  relu,
} from "../../src/networks";
import { type Tensor4D, tf } from "../../src/runtime";
import { decodeSafetensors, readPyTorchNetwork, SafetensorsError } from "../../src/training";
import { noise } from "../networks/noise";

const kept = path.join(__dirname, "pytorch-files");

const fileSchema = z.intersection(
  z.object({
    file: z.string(),
    wrapper: z.string(),
    type: z.string(),
    side: z.number().int(),
    logits: z.array(z.array(z.number())),
  }),
  z.discriminatedUnion("family", [
    z.object({
      family: z.literal("resnet"),
      depth: z.number().int(),
      width: z.number().int(),
      zeros: z.enum(["end", "both sides"]).nullable(),
    }),
    z.object({ family: z.literal("four-stage resnet"), depth: z.number().int() }),
    z.object({ family: z.literal("vgg"), plan: z.array(z.union([z.number().int(), z.literal("pool")])) }),
  ]),
);

type SavedFile = z.infer<typeof fileSchema>;

function savedFiles(folder: string): SavedFile[] {
  return z.array(fileSchema).parse(JSON.parse(readFileSync(path.join(folder, "files.json"), "utf8")));
}

function architectureOf(file: SavedFile): Architecture {
  const size = { inputShape: [file.side, file.side, 3], classes: 10 } as const;
  switch (file.family) {
    case "resnet":
      return buildCifarResNet({ ...size, ...file, shortcuts: file.zeros === null ? "B" : "A" });
    case "four-stage resnet":
      return buildFourStageResNet({ ...size, depth: file.depth });
    case "vgg":
      return {
        ...{ name: "vgg", ...size, stem: [] },
        blocks: file.plan.map((filters, i) => {
          if (filters === "pool") return plainBlock(`block${i}`, [maxPool()]);
          const layers = [
            convolution(`block${i}/convolution`, { filters, bias: true }),
            batchNormalisation(`block${i}/normalisation`),
          ];
          return plainBlock(`block${i}`, [...layers, relu]);
        }),
        head: [flatten, dense("head/classifier", 10)],
      };
  }
}

function optionsOf(file: SavedFile): PyTorchOptions {
  if (file.family === "vgg") return { naming: "vgg" };
  return { naming: "resnet", ...(file.family === "resnet" && file.zeros !== null ? { zeroChannels: file.zeros } : {}) };
}

/** Largest difference from the logits that PyTorch computed, in parts of the largest of them. */
function difference(folder: string, file: SavedFile): number {
  const { side, logits } = file;
  const scale = Math.max(...logits.flat().map(Math.abs));
  assert.ok(scale > 0.5, `${file.file}: the logits hardly depend on anything`);
  const network = readPyTorchNetwork(architectureOf(file), path.join(folder, file.file), optionsOf(file));
  const gap = tf.tidy(() => {
    const images = tf.tensor(Float32Array.from(noise("pictures", 2 * side * side * 3)), [2, side, side, 3]);
    const ours = forward(network, images as Tensor4D, { mode: "inference" });
    return tf.max(tf.abs(tf.sub(ours, tf.tensor2d(logits)))).dataSync()[0]!;
  });
  disposeNetwork(network);
  return gap / scale;
}

function assertLogits(folder: string, file: SavedFile): void {
  const gap = difference(folder, file);
  assert.ok(gap < 1e-4, `${file.file}: relative difference ${gap}`); // false for NaN
}

const files = savedFiles(kept);

for (const file of files) {
  test(`kind 25-27: a ${file.family} saved as ${file.type} under ${file.wrapper} has PyTorch's logits`, () => {
    const { tensors } = decodeSafetensors(readFileSync(path.join(kept, file.file)), { skipWholeNumbers: true });
    const [first] = tensors.keys();
    const before = { plain: "", DataParallel: "module.", "torch.compile": "_orig_mod.", "a member": "model." }[
      file.wrapper
    ];
    if (before !== undefined) assert.ok(first!.startsWith(before), first);
    assertLogits(kept, file);
  });
}

test("kind 25-27: the kept files are of every wrapper but none, of every type, and of every kind of shortcut", () => {
  const all = <Value>(value: (file: SavedFile) => Value) => new Set(files.map(value));
  assert.is(all(({ wrapper }) => wrapper).size, 5);
  assert.equal([...all(({ type }) => type)].sort(), ["bfloat16", "float16", "float32"]);
  assert.is(all((file) => (file.family === "resnet" ? file.zeros : file.family)).size, 4);
});

test("kind 3: with the zero channels in the other place the logits are others", () => {
  for (const file of files) {
    if (file.family !== "resnet" || file.zeros === null) continue;
    const other = { ...file, zeros: file.zeros === "end" ? ("both sides" as const) : ("end" as const) };
    assert.ok(difference(kept, other) > 0.01, file.file);
  }
});

test("kind 27: what torch.save writes, now and of old, is told with the command that makes safetensors of it", () => {
  const architecture = architectureOf(files[0]!);
  for (const [name, what] of [
    ["zip.pt", "what torch.save writes, a zip archive"],
    ["pickle.pth", "what an old torch.save writes, a pickle"],
  ] as const) {
    const file = path.join(kept, name);
    assert.is(fileKind(readFileSync(file))?.what, what);
    assert.throws(
      () => readPyTorchNetwork(architecture, file, { naming: "resnet", zeroChannels: "end" }),
      (error: Error) => error instanceof SafetensorsError && error.message.includes(`torch.load("${name}"`),
    );
  }
});

const [python = "python3", ...words] = (process.env.PYTHON ?? "python3").split(" ").filter((word) => word !== "");
const hasPyTorch = spawnSync(python, [...words, "-c", "import torch, safetensors, numpy"]).status === 0;
const withPyTorch = hasPyTorch ? test : test.skip; // counted as skipped, which the last lines show

withPyTorch("kind 25-27: the usual networks for CIFAR-10, saved just now, have PyTorch's logits", () => {
  const folder = mkdtempSync(path.join(tmpdir(), "pytorch-files-"));
  try {
    const script = path.join(kept, "write.py");
    const { status, stderr } = spawnSync(python, [...words, script, folder, "--large"], { encoding: "utf8" });
    assert.is(status, 0, stderr);
    const saved = savedFiles(folder);
    assert.ok(saved.length >= 6);
    for (const file of saved) assertLogits(folder, file);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

withPyTorch("kind 27: what it writes of the pickles that are kept here is what is kept", () => {
  const folder = mkdtempSync(path.join(tmpdir(), "pytorch-files-"));
  try {
    const { status, stderr } = spawnSync(python, [...words, path.join(kept, "write.py"), folder], {
      encoding: "utf8",
    });
    assert.is(status, 0, stderr);
    assert.equal(savedFiles(folder).map(({ file }) => file), files.map(({ file }) => file)); // biome-ignore format: one question
    for (const name of ["zip.pt", "pickle.pth"]) {
      assert.equal(fileKind(readFileSync(path.join(folder, name))), fileKind(readFileSync(path.join(kept, name))));
    }
    for (const file of savedFiles(folder)) assertLogits(folder, file);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test("kind 26: parameters of the usual networks are those that their code counts", () => {
  const size = { inputShape: [32, 32, 3], classes: 10 } as const;
  const count = (architecture: Architecture) => parameterCounts(architecture).trainable;
  assert.is(count(buildCifarResNet({ ...size, depth: 20, shortcuts: "A" })), 269_722);
  for (const depth of [18, 34, 50, 101, 152]) {
    assert.is(count(buildFourStageResNet({ ...size, depth })), fourStageParameters(depth), `ResNet-${depth}`);
  }
});

/** By hand: a convolution has k² c f, a normalisation 2 f, the classifier 10 (c + 1). */
function fourStageParameters(depth: number): number {
  const blocks = { 18: [2, 2, 2, 2], 34: [3, 4, 6, 3], 50: [3, 4, 6, 3], 101: [3, 4, 23, 3], 152: [3, 8, 36, 3] }[
    depth
  ]!;
  const unit = (side: number, channels: number, filters: number) => side ** 2 * channels * filters + 2 * filters;
  let [total, channels] = [unit(3, 3, 64), 64];
  blocks.forEach((number, stage) => {
    const inner = 64 * 2 ** stage;
    const outer = depth < 50 ? inner : 4 * inner;
    for (let block = 0; block < number; block++) {
      total +=
        depth < 50
          ? unit(3, channels, inner) + unit(3, inner, inner)
          : unit(1, channels, inner) + unit(3, inner, inner) + unit(1, inner, outer);
      if (block === 0 && (stage > 0 || channels !== outer)) total += unit(1, channels, outer);
      channels = outer;
    }
  });
  return total + 10 * (channels + 1);
}

test.run();
