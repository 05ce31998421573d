/** Generated graphs: what is found as blocks, put together again, is the graph; a deletion is an identity in the block's place. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import fc from "fast-check";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { fullRoute, type OnnxNetwork, readOnnxNetwork } from "../../src/networks";
import { type AnalysedGraph, analyse, findBlocks, type GraphNode } from "../../src/networks/onnx/blocks";
import { type NodeProto, onnxPackages, type TensorProto } from "../../src/networks/onnx/packages";
import { randomStream } from "../../src/random";
import { routeWithout } from "../../src/routes";
import { law, property } from "../property";
import { largestDifference, logitsAlong, withOnnx } from "./onnx";

const temporary = mkdtempSync(path.join(os.tmpdir(), "onnx-graphs-"));
test.after(() => rmSync(temporary, { recursive: true, force: true }));

const channels = 3;
const side = 2;

/** One operation of a branch, on some of the tensors that are there already, counted from the last. */
interface BranchOperation {
  readonly operation: "Conv" | "Relu" | "Mul" | "Add" | "reshape";
  readonly inputs: readonly [number, number];
}

/** Pieces of a network, one after another. */
type Piece =
  | { readonly kind: "residual"; readonly branch: readonly BranchOperation[]; readonly isSwapped: boolean }
  | { readonly kind: "projection" | "relu" | "convolution" | "own addition" };

const branchOperation: fc.Arbitrary<BranchOperation> = fc.record({
  operation: fc.constantFrom("Conv", "Relu", "Mul", "Add", "reshape"),
  inputs: fc.tuple(fc.nat({ max: 5 }), fc.nat({ max: 5 })),
});
const piece: fc.Arbitrary<Piece> = fc.oneof(
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constant("residual" as const),
      branch: fc.array(branchOperation, { maxLength: 6 }),
      isSwapped: fc.boolean(),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constantFrom("projection" as const, "relu" as const, "convolution" as const, "own addition" as const),
    }),
  },
);

/** What stands in the place of one residual addition. */
interface Change {
  /** Which of them. */
  readonly place: number;
  readonly to: "identity" | "halved" | "branch alone";
}

interface Built {
  readonly nodes: readonly NodeProto[];
  readonly weights: readonly TensorProto[];
  readonly output: string;
  /** Sums of the blocks that it has been built of. */
  readonly sums: readonly string[];
}

function build(pieces: readonly Piece[], seed: number, change?: Change): Built {
  const nodes: NodeProto[] = [];
  const weights: TensorProto[] = [];
  const sums: string[] = [];
  const stored = (dims: readonly number[], values: Float32Array | BigInt64Array): string => {
    const name = `weights${weights.length}`;
    const rawData = new Uint8Array(values.buffer);
    weights.push({ name, dims, dataType: values instanceof Float32Array ? 1 : 7, rawData });
    return name;
  };
  const add = (opType: string, input: readonly string[]): string => {
    const output = `tensor${nodes.length}`;
    nodes.push({ name: "", opType, input, output: [output] });
    return output;
  };
  let convolutions = 0;
  const convolution = (x: string): string => {
    const stream = randomStream(seed, "weights", convolutions++);
    const values = Float32Array.from({ length: channels ** 2 }, () => 0.6 * stream.normal());
    return add("Conv", [x, stored([channels, channels, 1, 1], values)]);
  };
  const scaled = (x: string, factor: number) => add("Mul", [x, stored([], Float32Array.of(factor))]);
  const sum = (residual: string, shortcut: string, isSwapped = false): string => {
    const changed = change?.place === sums.length ? change.to : undefined;
    const branch = changed === "halved" ? scaled(residual, 0.5) : residual;
    const inputs = isSwapped ? [shortcut, branch] : [branch, shortcut];
    const made =
      changed === "identity"
        ? add("Identity", [shortcut])
        : changed === "branch alone"
          ? add("Identity", [residual])
          : add("Add", inputs);
    sums.push(made);
    return made;
  };
  let x = convolution("images");
  for (const one of pieces) {
    if ("branch" in one) {
      const made = [x];
      for (const { operation, inputs } of one.branch) {
        const [a, b] = inputs.map((back) => made[Math.max(0, made.length - 1 - back)]!) as [string, string];
        if (operation === "Conv") made.push(convolution(a));
        else if (operation === "reshape") made.push(add("Reshape", [a, add("Shape", [b])]));
        else if (operation === "Relu") made.push(add("Relu", [a]));
        else made.push(add(operation, [a, b]));
      }
      x = sum(convolution(scaled(made.at(-1)!, 0.5)), x, one.isSwapped);
    } else if (one.kind === "relu") x = add("Relu", [x]);
    else if (one.kind === "convolution") x = convolution(x);
    else if (one.kind === "own addition") x = add("Add", [x, scaled(x, 0.25)]);
    else x = sum(convolution(add("Relu", [convolution(x)])), convolution(x));
  }
  const pooled = add("GlobalAveragePool", [x]);
  return { nodes, weights, output: add("Flatten", [pooled]), sums };
}

/** An order of the nodes in which they can run, another one for each seed. */
function shuffled(nodes: readonly NodeProto[], seed: number): NodeProto[] {
  const stream = randomStream(seed, "order of nodes");
  const left = [...nodes];
  const there = new Set(["images"]);
  const makes = new Set(nodes.flatMap(({ output = [] }) => output));
  const order: NodeProto[] = [];
  while (left.length > 0) {
    const ready = left.filter(({ input = [] }) => input.every((name) => there.has(name) || !makes.has(name)));
    const next = ready[stream.integer(ready.length)]!;
    left.splice(left.indexOf(next), 1);
    order.push(next);
    for (const name of next.output ?? []) there.add(name);
  }
  return order;
}

function bytesOf({ nodes, weights, output }: Built, seed: number): Uint8Array {
  const dims = [{ dimParam: "batch" }, { dimValue: channels }, { dimValue: side }, { dimValue: side }];
  const model = {
    ...{ irVersion: 8, opsetImport: [{ version: 17 }] },
    graph: {
      name: "generated",
      node: shuffled(nodes, seed),
      initializer: weights,
      input: [{ name: "images", type: { tensorType: { elemType: 1, shape: { dim: dims } } } }],
      output: [{ name: output, type: { tensorType: { elemType: 1 } } }],
    },
  };
  return onnxPackages().proto.ModelProto.encode(model).finish();
}

async function read(built: Built, seed: number): Promise<OnnxNetwork> {
  const file = path.join(temporary, "generated.onnx");
  writeFileSync(file, bytesOf(built, seed));
  return readOnnxNetwork(file);
}

const count = 2;

function imagesOf(seed: number): Float32Array {
  const stream = randomStream(seed, "images");
  return Float32Array.from({ length: count * channels * side ** 2 }, () => stream.normal());
}

/** Logits of onnxruntime on the whole. */
async function wholeLogits(built: Built, seed: number): Promise<Float32Array> {
  const { Tensor, InferenceSession } = onnxPackages().runtime;
  const session = await InferenceSession.create(bytesOf(built, seed), { intraOpNumThreads: 1, logSeverityLevel: 3 });
  const last = imagesOf(seed);
  const pixels = side ** 2;
  const first = last.map((_, at) => {
    const [image, within] = [Math.floor(at / (pixels * channels)), at % (pixels * channels)];
    return last[image * pixels * channels + (within % pixels) * channels + Math.floor(within / pixels)]!;
  });
  const outputs = await session.run({ images: new Tensor("float32", first, [count, channels, side, side]) });
  await session.release();
  return outputs[built.output]!.data as Float32Array;
}

function assertClose(found: Float32Array, expected: Float32Array, what: string): void {
  const size = expected.reduce((most, value) => Math.max(most, Math.abs(value)), 1);
  const difference = largestDifference(found, expected);
  assert.ok(difference <= 1e-5 * size, `${what}: ${difference} of ${size}`);
}

const network = fc.record({
  pieces: fc.array(piece, { minLength: 1, maxLength: 6 }).filter((pieces) => pieces.some(isBlock)),
  seed: fc.nat(),
  place: fc.nat(),
});

function isBlock({ kind }: Piece): boolean {
  return kind === "residual" || kind === "projection";
}

withOnnx(
  "blocks of a generated graph are those that it was built of, and any change of one is the same change of the graph",
  property(
    [network],
    async ({ pieces, seed, place }) => {
      const built = build(pieces, seed);
      const onnx = await read(built, seed);
      const { architecture } = onnx;
      const images = { values: imagesOf(seed), shape: [count, side, side, channels] };
      const residual = architecture.blocks.flatMap(({ shortcut }, i) => (shortcut === null ? [] : [i]));
      assert.is(residual.length, built.sums.length);
      const full = fullRoute(architecture);
      assertClose(await logitsAlong(onnx, full, images, 3), await wholeLogits(built, seed), "intact");
      const chosen = place % residual.length;
      const block = residual[chosen]!;
      const alike = (to: Change["to"]) => wholeLogits(build(pieces, seed, { place: chosen, to }), seed);
      const without = routeWithout(architecture, [block]);
      assertClose(await logitsAlong(onnx, without, images, 3), await alike("identity"), "deleted");
      const step = (change: object) => full.map((each) => (each.block === block ? { ...each, ...change } : each));
      assertClose(await logitsAlong(onnx, step({ scale: 0.5 }), images, 3), await alike("halved"), "halved");
      const alone = step({ branch: "residual" });
      assertClose(await logitsAlong(onnx, alone, images, 3), await alike("branch alone"), "branch alone");
      await onnx.graph.release();
    },
    { numRuns: 40, secondsAtMost: 600 },
  ),
);

withOnnx("a graph without residual additions is refused, with each addition and why it is none", async () => {
  const plain = build([{ kind: "convolution" }, { kind: "own addition" }, { kind: "relu" }], 1);
  try {
    await read(plain, 1);
  } catch (error) {
    assert.is((error as Error).name, "RangeError");
    assert.match((error as Error).message, /no residual addition.*1 addition it has is none:\s+Add that makes tensor3: what it adds has no parameters/s); // biome-ignore format: one question
    return;
  }
  assert.unreachable("was read");
});

withOnnx("products are counted for one image, wherever the batch stands among the sides", async () => {
  const { nodes, weights } = build([], 1);
  const [features] = nodes; // the first convolution; what follows is made here
  const numbers = (name: string, dims: readonly number[], values: Float32Array | BigInt64Array) => ({
    ...{ name, dims, dataType: values instanceof Float32Array ? 1 : 7, rawData: new Uint8Array(values.buffer) },
  });
  const permuted = (input: string, output: string, order: readonly number[]): NodeProto => ({
    ...{ name: "", opType: "Transpose", input: [input], output: [output] },
    attribute: [{ name: "perm", type: 7, ints: order }],
  });
  const node = (opType: string, input: readonly string[], output: string) => ({ name: "", opType, input, output: [output] }); // biome-ignore format: one node
  const x = features!.output![0]!;
  const built = {
    nodes: [
      features!,
      node("Reshape", [x, "rows"], "tokens"),
      permuted("tokens", "first", [2, 0, 1]), // [pixels, batch, channels], as PyTorch's attention has it
      node("MatMul", ["first", "wide"], "inner"),
      node("MatMul", ["inner", "narrow"], "outer"),
      permuted("outer", "back", [1, 2, 0]),
      node("Reshape", ["back", "square"], "branch"),
      node("Add", ["branch", x], "sum"),
      node("GlobalAveragePool", ["sum"], "pooled"),
      node("Flatten", ["pooled"], "logits"),
    ],
    weights: [
      ...weights,
      numbers("rows", [3], BigInt64Array.of(0n, BigInt(channels), -1n)),
      numbers("square", [4], BigInt64Array.of(0n, BigInt(channels), BigInt(side), BigInt(side))),
      numbers("wide", [channels, 5], new Float32Array(channels * 5).fill(0.1)),
      numbers("narrow", [5, channels], new Float32Array(channels * 5).fill(0.1)),
    ],
    ...{ output: "logits", sums: ["sum"] },
  };
  const { architecture, graph } = await read(built, 1);
  const [part] = architecture.blocks[0]!.residual;
  assert.is("multiplyAccumulates" in part! && part.multiplyAccumulates, side ** 2 * 2 * (channels * 5));
  await graph.release();
});

/** A graph of nodes "output = Operation(inputs)", whose tensors all have one shape. */
function graphOf(lines: readonly string[], stored: Readonly<Record<string, number>> = {}): AnalysedGraph {
  const nodes = lines.map((line): GraphNode => {
    const [, output, operation, inputs] = /^(\w+) = (\w+)\((.*)\)$/.exec(line)!;
    return { name: "", operation: operation!, inputs: inputs!.split(", "), outputs: [output!] };
  });
  const output = nodes.at(-1)!.outputs[0]!;
  return analyse({ nodes, input: "x", output, stored: new Map(Object.entries({ w: 9, ...stored })) });
}

const sameShape = { shapeOf: () => "" };

test("a fused residual addition is named and left whole", () => {
  const lines = ["a = Conv(x, w)", "b = Conv(a, w)", "s = Add(a, b)", "c = Conv(s, w)"];
  const fused = graphOf([...lines, "n = SkipLayerNormalization(c, s, w)", "y = Gemm(n, w)"]);
  const { blocks, notes } = findBlocks(fused, sameShape);
  assert.equal(blocks.map(({ from, sum, to }) => [from, sum, to]), [["a", "s", "s"]]); // biome-ignore format: one question
  assert.equal(notes, [
    "SkipLayerNormalization that makes n is left whole: a residual addition is fused into this SkipLayerNormalization",
  ]);
});

test("two branches as deep have no shortcut among them, and an addition that repeats one of its inputs is none", () => {
  const start = ["a = Conv(x, w)", "b = Conv(a, w)", "s = Add(a, b)"];
  const branches = graphOf([...start, "c = Conv(s, w)", "d = Conv(s, w)", "e = Add(c, d)", "y = Gemm(e, w)"]);
  const { blocks, notes } = findBlocks(branches, sameShape);
  assert.is(blocks.length, 1);
  assert.match(notes.join(), "Add that makes e is no block's: it joins two branches as deep");
  const shapeOf = (tensor: string) => (tensor === "c" ? "1" : "9");
  const repeated = findBlocks(graphOf([...start, "c = Conv(s, w)", "e = Add(c, s)", "y = Gemm(e, w)"]), { shapeOf });
  assert.match(repeated.notes.join(), "Add that makes e is no block's: one of its inputs is repeated");
});

test("blocks are named by their own parameters, whatever tensors the exporter stored once for several", () => {
  const block = (from: string, i: number) => [
    `c${i} = Conv(${from}, stage.${i}.first.weight, stage.1.first.bias)`,
    `d${i} = Conv(c${i}, stage.${i}.second.weight, stage.1.first.bias)`,
    `s${i} = Add(d${i}, ${from})`,
  ];
  const weights = [1, 2, 3].flatMap((i) => ["first", "second"].map((name) => `stage.${i}.${name}.weight`));
  const stored = Object.fromEntries([...weights, "stage.1.first.bias"].map((name) => [name, 9]));
  const lines = ["a = Conv(x, w)", ...block("a", 1), ...block("s1", 2), ...block("s2", 3), "y = Gemm(s3, w)"];
  const names = findBlocks(graphOf(lines, stored), sameShape).blocks.map(({ name }) => name);
  assert.equal(names, ["stage.1", "stage.2", "stage.3"]);
});

test("a normalisation behind each addition belongs to its block, also behind the last; behind the last alone it does not", () => {
  const block = (from: string, i: number, after: boolean) => [
    `f${i} = Conv(${from}, w)`,
    `s${i} = Add(f${i}, ${from})`,
    ...(after ? [`n${i} = LayerNormalization(s${i}, w)`] : []),
  ];
  const ends = (lines: readonly string[]) => findBlocks(graphOf(lines), sameShape).blocks.map(({ to }) => to);
  const behind = [...block("a", 1, true), ...block("n1", 2, true)];
  assert.equal(ends(["a = Conv(x, w)", ...behind, "y = Gemm(n2, w)"]), ["n1", "n2"]);
  const before = [...block("a", 1, false), ...block("s1", 2, true)];
  assert.equal(ends(["a = Conv(x, w)", ...before, "y = Gemm(n2, w)"]), ["s1", "s2"]);
});

law(
  "the chain of a graph is what every way passes through, by trying all ways",
  [fc.array(fc.tuple(fc.nat({ max: 7 }), fc.nat({ max: 7 })), { minLength: 1, maxLength: 8 })],
  (sources) => {
    const names = ["x", ...sources.map((_, i) => `t${i}`)];
    const inputs = sources.map((pair, i) => pair.map((back) => names[Math.max(0, i - back)]!));
    const { chain } = graphOf(inputs.map(([one, other], i) => `t${i} = Mul(${one}, ${other})`));
    const ways = (tensor: string): string[][] => {
      const place = names.indexOf(tensor);
      if (place === 0) return [["x"]];
      return [...new Set(inputs[place - 1])].flatMap((from) => ways(from).map((way) => [...way, tensor]));
    };
    const all = ways(names.at(-1)!);
    assert.equal(chain, all[0]!.filter((tensor) => all.every((way) => way.includes(tensor)))); // biome-ignore format: one question
  },
  { numRuns: 300 },
);

test.run();
