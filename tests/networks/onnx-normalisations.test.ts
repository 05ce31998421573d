/** Whether an ONNX network gets what it was trained on, where its file still has batch normalisations. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { compareInputs, readOnnxNetwork } from "../../src/networks";
import { onnxPackages } from "../../src/networks/onnx/packages";
import { randomStream } from "../../src/random";
import { withOnnx } from "./onnx";

const file = path.join(__dirname, "onnx-files", "resnet-normalised.onnx");
const temporary = mkdtempSync(path.join(os.tmpdir(), "onnx-normalisations-"));
test.after(() => rmSync(temporary, { recursive: true, force: true }));

type Batch = { readonly values: Float32Array; readonly shape: readonly number[] };

/** Images of this network's size, whose levels are multiplied and shifted. */
function batchesOf([height, width, channels]: readonly number[], factor = 1, shift = 0): Batch[] {
  const stream = randomStream(3, "images");
  return [64, 64, 40].map((count) => {
    const length = count * height! * width! * channels!;
    const values = Float32Array.from({ length }, () => factor * stream.normal() + shift);
    return { values, shape: [count, height!, width!, channels!] };
  });
}

async function inputsOf(model: string, batches: (shape: readonly number[]) => Batch[]) {
  const { graph, architecture } = await readOnnxNetwork(model);
  const inputs = await graph.normalisations!(batches(architecture.inputShape));
  await graph.release();
  return inputs;
}

type Stored = { readonly layer: string; readonly mean: readonly number[]; readonly variance: readonly number[] };

/** The file with other means and variances stored, written under a name; the exporter's own names of initialisers tell which. */
function withStored(name: string, statistics: readonly Stored[], change: (model: Model) => void = () => {}): string {
  const { ModelProto } = onnxPackages().proto;
  const model = ModelProto.decode(readFileSync(file)) as unknown as Model;
  const nodes = model.graph.node.filter(({ opType }) => opType === "BatchNormalization");
  for (const [i, { mean, variance }] of statistics.entries()) {
    const [, , , meanName, varianceName] = nodes[i]!.input;
    for (const [tensor, values] of [[meanName, mean], [varianceName, variance]] as const) {
      const stored = model.graph.initializer.find((each) => each.name === tensor)!;
      stored.rawData = new Uint8Array(Float32Array.from(values).buffer);
    }
  } // biome-ignore format: a table
  change(model);
  const place = path.join(temporary, `${name}.onnx`);
  writeFileSync(place, ModelProto.encode(model as never).finish());
  return place;
}

interface Model {
  readonly graph: {
    node: { opType: string; input: string[]; output: string[] }[];
    initializer: { name: string; rawData: Uint8Array }[];
    input: { type: { tensorType: { shape: { dim: { dimValue?: number; dimParam?: string }[] } } } }[];
  };
}

/** What arrives at the file's normalisations, as they would store it after a training on these images. */
async function arriving(): Promise<Stored[]> {
  const inputs = await inputsOf(file, batchesOf);
  assert.is(inputs.length, 14);
  return inputs.map(({ layer, mean, shifts, squares }) => ({
    layer,
    mean: Array.from(mean, (one, i) => one + shifts[i]!),
    variance: Array.from(squares, (square, i) => square - shifts[i]! ** 2),
  }));
}

withOnnx("what arrives at the first normalisation is what onnxruntime makes there", async () => {
  const { ModelProto } = onnxPackages().proto;
  const { InferenceSession, Tensor } = onnxPackages().runtime;
  const model = ModelProto.decode(readFileSync(file)) as unknown as Model;
  const first = model.graph.node.find(({ opType }) => opType === "BatchNormalization")!;
  const output = [{ name: first.input[0]! }];
  const session = await InferenceSession.create(
    ModelProto.encode({ ...model, graph: { ...model.graph, output } } as never).finish(),
    {},
  );
  const { inputShape } = (await readOnnxNetwork(file)).architecture;
  const [height, width, channels] = inputShape;
  assert.is(channels, 1); // one channel is laid out alike either way
  const sums = { first: new Float64Array(64), squares: new Float64Array(64), values: 0 };
  for (const { values, shape } of batchesOf(inputShape)) {
    const images = new Tensor("float32", values, [shape[0]!, channels, height, width]);
    const { data, dims } = (await session.run({ images }))[first.input[0]!]!;
    const [count, filters, ...sides] = dims as [number, number, number, number];
    const pixels = sides[0] * sides[1];
    (data as Float32Array).forEach((value, at) => {
      const filter = Math.floor(at / pixels) % filters;
      sums.first[filter]! += value;
      sums.squares[filter]! += value * value;
    });
    sums.values += count * pixels;
  }
  await session.release();
  const [{ mean, shifts, squares }] = (await inputsOf(file, batchesOf)) as [
    Awaited<ReturnType<typeof inputsOf>>[number],
  ];
  mean.forEach((stored, channel) => {
    const expected = sums.first[channel]! / sums.values;
    const square = sums.squares[channel]! / sums.values;
    assert.ok(Math.abs(shifts[channel]! + stored - expected) < 1e-5 * (1 + Math.abs(expected)));
    const variance = squares[channel]! - shifts[channel]! ** 2;
    assert.ok(Math.abs(variance - (square - expected ** 2)) < 1e-4 * (1 + square), `${variance}`);
  });
});

withOnnx(
  "statistics that were taken from these images agree, and those of another scale disagree from the first on",
  async () => {
    const stored = withStored("trained", await arriving());
    const agreeing = compareInputs(await inputsOf(stored, batchesOf));
    assert.is(agreeing.outcome, "agree", JSON.stringify(agreeing.first));
    assert.ok(
      agreeing.deviations.every(({ mean, spread, likeness }) => mean < 0.02 && spread < 0.02 && likeness > 0.99),
    );
    for (const [factor, shift] of [[3, 0], [1, 2]] as const) {
    const { outcome, first, deviations } = compareInputs(await inputsOf(stored, (shape) => batchesOf(shape, factor, shift)));
    assert.equal([outcome, first], ["disagree", deviations[0]]);
  } // biome-ignore format: a table
  },
);

withOnnx("the first layer that disagrees is named, and later ones are compared by themselves", async () => {
  const taken = await arriving();
  for (const place of [3, 9]) {
    const astray = taken.map((each, i) => (i === place ? { ...each, mean: each.mean.map((mean, c) => mean + 3 * Math.sqrt(each.variance[c]!)) } : each)); // biome-ignore format: one question
    const { outcome, first, deviations } = compareInputs(
      await inputsOf(withStored(`astray${place}`, astray), batchesOf),
    );
    assert.equal([outcome, first?.layer], ["disagree", taken[place]!.layer]);
    assert.is(deviations.filter(({ mean }) => mean > 0.4).length, 1);
  }
});

withOnnx("statistics as before any training are told, and where one image goes at a time nothing is", async () => {
  const fresh = (await arriving()).map(({ layer, mean }) => ({
    layer,
    mean: mean.map(() => 0),
    variance: mean.map(() => 1),
  }));
  assert.is(compareInputs(await inputsOf(withStored("fresh", fresh), batchesOf)).outcome, "initial");
  const single = withStored("single", [], ({ graph }) => {
    graph.input[0]!.type.tensorType.shape.dim[0] = { dimValue: 1 };
  });
  assert.equal(await inputsOf(single, batchesOf), []);
  const folded = file.replace("-normalised", "");
  assert.equal(await inputsOf(folded, batchesOf), []);
});

test.run();
