/** The experiment on the rows that it measures itself, whole and spoilt, and as a person runs it. */
import { spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import architectures from "../../experiments/architectures";
import { studied } from "../../experiments/architectures/rows";
import type { CellRun, ParameterValues } from "../../src/experiment";
import { figureCsv } from "../../src/report";

const root = join(__dirname, "..", "..");
const folder = mkdtempSync(join(tmpdir(), "architectures-"));
test.after(() => rmSync(folder, { recursive: true, force: true }));

type Result = Parameters<typeof architectures.verdicts>[0][number];
type Chosen = ParameterValues<typeof architectures.parameters>;

const run: CellRun = {
  data: () => Promise.reject(new Error("no data")),
  get dataName(): never {
    throw new Error("no data");
  },
  trained: () => Promise.reject(new Error("nothing is trained")),
  progress: () => {},
  signal: new AbortController().signal,
};
const params: Chosen = { seeds: [1], networks: [], publishedSize: false, images: 2, repetitions: 1 };

async function measured(network: string, parameters = params): Promise<Result[]> {
  const cell = { seed: 1, network };
  return (await architectures.measure(cell, parameters, run)).map((row) => ({ ...cell, ...row }));
}

/** Five seeds of three networks of the chart, in which time goes with operations or against them. */
function timedRows(inOrder: boolean): Result[] {
  const some = { googlenet: 1.6e9, resnet: 1.8e9, vgg: 15.5e9 };
  const names = ["googlenet-without-heads", "imagenet-resnet18", "vgg16"];
  return [1, 2, 3, 4, 5].flatMap((seed) =>
    Object.values(some).map((operations, i) => ({
      ...({ seed, network: names[i]!, measurement: "run", multiply_accumulates: operations } as Result),
      ...{ finite: true, leaked_tensors: 0, inference_seconds: inOrder ? i + seed / 10 : 9 - i },
      ...{ weight_megabytes: 100, inference_megabytes: 10, gradient_megabytes: 200 },
    })),
  );
}

let counted: Result[] = [];
test.before(async () => {
  counted = (await Promise.all(studied.map(({ name }) => measured(name)))).flat();
});

const verdicts = (rows: Result[]) =>
  Object.fromEntries(
    architectures
      .verdicts(rows, params)
      .flatMap(({ claim, verdict, effect }) => (effect === null ? [] : [[claim.id, verdict]])),
  );

test("what is built is as listed and as published; GoogLeNet is far below VGG, not below Network in Network", () => {
  assert.equal(verdicts([...counted, ...timedRows(true)]), {
    A2: "reproduced",
    A3: "reproduced",
    A7: "partly",
    G1: "reproduced",
    G2: "reproduced",
  });
  const [a2, , a7] = architectures.verdicts(counted, params);
  assert.is(a2!.effect!.estimate, 143_667_240);
  assert.ok(Math.abs(a7!.effect!.estimate - 20.53) < 0.01); // 143,667,240 / 6,998,552
});

test("a layer, a dropout, a count, a tensor left behind or operations that are off are seen", () => {
  const spoilt = (which: (row: Result) => boolean, change: Partial<Result>) =>
    verdicts([...counted, ...timedRows(true)].map((row) => (which(row) ? ({ ...row, ...change } as Result) : row)));
  const layer = (address: string) => (row: Result) => row.layer === address;
  assert.is(spoilt(layer("stage3/block2/convolution"), { parameters: 1 }).A2, "partly");
  assert.is(spoilt(layer("stage3/dropout"), { dropout_rate: 0.5 }).A2, "partly");
  assert.is(spoilt(layer("module/tower2/convolution2"), { output_shape: "28x28x64" }).A3, "partly");
  assert.is(spoilt(({ reference }) => reference === "nin-cifar10", { unexplained_parameters: 1 }).G1, "partly");
  assert.is(spoilt(({ network, seed }) => network === "vgg16" && seed === 3, { leaked_tensors: 1 }).G1, "partly");
  assert.is(spoilt(({ measurement }) => measurement === "run", { finite: false }).G1, "partly");
  assert.is(spoilt(layer("none"), {}).G2, "reproduced");
  const off = { multiply_accumulates: 1.02 * 222_486_528 };
  assert.is(spoilt(({ reference }) => reference === "nin-cifar10", off).G2, "partly");
  assert.is(verdicts([...counted, ...timedRows(false)]).G2, "partly");
});

test("claims whose networks are not among the rows cannot be told", () => {
  assert.equal(verdicts([]), {});
  assert.equal(Object.keys(verdicts(counted)), ["A2", "A3", "A7"]);
});

test("networks with concatenations, groups, dropout, shared activations and exits run without a trace", async () => {
  const networks = ["lenet5", "nin-cifar10", "resnet20", "densenet-40-12", "lecture-inception"];
  for (const network of networks) {
    const row = (await measured(network, { ...params, networks })).find(({ measurement }) => measurement === "run")!;
    assert.is(row.leaked_tensors, 0, network);
    assert.is(row.finite, true, network);
    assert.ok(Number(row.inference_seconds) > 0 && Number(row.gradient_seconds) > 0);
    assert.ok(Number(row.gradient_megabytes) > Number(row.inference_megabytes), network);
  }
});

test("the chart shows every network with a published accuracy, its mark as large as its parameters", () => {
  const chart = architectures.figures([...counted, ...timedRows(true)], params)[0]!;
  const [header, ...lines] = figureCsv(chart).trim().split("\r\n");
  assert.is(header, "series,published,seed,x,y,low,high,note,area,label");
  const vgg = lines.find((line) => line.endsWith(",vgg19"))!;
  assert.match(vgg, /true,,19\.632062464,70\.7,,,,143\.66724,vgg19$/);
});

test("`--summary vgg19` prints the table and measures nothing; a name that is none is refused with those there are", () => {
  const program = (...words: string[]) =>
    spawnSync(process.execPath, ["src/runtime/run.cjs", "experiments/architectures.ts", ...words], {
      cwd: root,
      encoding: "utf8",
    });
  const { status, stdout } = program("--summary", "vgg19");
  assert.is(status, 0);
  assert.match(stdout, /stage1\/block1\/convolution \(Conv2D\) +\(None, 224, 224, 64\) +1792\n/);
  assert.match(stdout, /Total params: 143,667,240\nTrainable params: 143,667,240\nNon-trainable params: 0\n$/);
  const refused = program("--summary", "vgg20");
  assert.is(refused.status, 2);
  assert.match(refused.stderr, /error: there is no published network "vgg20"; there are lenet5, /);
  assert.match(program("--help").stdout, /--summary <network> +prints the layers/);
});

test("a run at smoke scale ends well, with its tables and report", () => {
  const words = ["--scale", "smoke", "--workers", "1", "--quiet", "--set", "networks=lenet5,resnet20"];
  const folders = ["--results", join(folder, "results"), "--reports", join(folder, "reports")];
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    ["src/runtime/run.cjs", "experiments/architectures.ts", ...words, ...folders],
    { cwd: root, encoding: "utf8" },
  );
  assert.is(status, 0, stderr);
  assert.match(stdout, /G1 +✓ reproduced/);
  const report = readdirSync(join(folder, "reports")).find((name) => name.startsWith("architectures-smoke"))!;
  assert.match(readFileSync(join(folder, "reports", report), "utf8"), "parameters-small-images");
});

test.run();
