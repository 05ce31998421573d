import {
  blockShapes,
  forward,
  fullRoute,
  type Layer,
  type Network,
  newTape,
  outputShape,
  runBlock,
  runStem,
  type Shape,
  sameShape,
  type Tape,
} from "../networks";
import type { Tensor2D, Tensor4D } from "../runtime";
import { shapeText } from "./architecture-text";
import { Fault } from "./broken-law";
import { batchText, type ImageBatch, imageBatches, imagesOf, onNetwork, weightSeeds, weightsText } from "./cases";
import { checkLaw, type Law, type LawOptions } from "./law";
import type { Subject } from "./subject";

/**
 * Law "shapes": on images of every size that it is claimed to take, the network's parts fit together, and the real output
 * of every layer, block, exit and head has the shape that the formula gives.
 *
 * Source of the formula: Dumoulin & Visin 2016, arXiv:1603.07285, relationship 6.
 *
 * @throws BrokenLaw with the smallest network found that breaks it
 */
export function shapesFollowFormula(subject: Subject, options: LawOptions = {}): Promise<void> {
  return checkLaw(law, subject, options);
}

const law: Law<[seed: number, batch: ImageBatch]> = {
  name: "shapes",
  statement:
    "on images of any size the blocks fit together, each layer's real output has sides (I - F + P) / S + 1, and each image has a logit a class",
  arbitraries: [weightSeeds, imageBatches({ counts: [1, 3] })],
  describe: ([seed, batch]) => [weightsText(seed), batchText(batch)],
  test(architecture, [seed, batch], { run }) {
    blockShapes(architecture); // says which block does not fit, before a tensor is made
    onNetwork(architecture, seed, (network) => {
      const x = imagesOf(architecture, batch);
      checkBoundaries(network, x);
      const tape = newTape();
      const exitLogits = new Map<string, Tensor2D>();
      const logits = forward(network, x, { mode: "batch statistics", tape, exitLogits });
      for (const [place, records] of placesOf(tape)) for (const record of records) checkLayer(record, place);
      const inferred = run(network, x, fullRoute(architecture));
      for (const [place, found] of [...exitLogits, ["the head", logits], ["inference", inferred]] as const) {
        expectShape(found.shape, [batch.count, architecture.classes], `logits of ${place}`);
      }
    });
  },
};

type LayerRecord = Tape["stem"][number];

function checkBoundaries(network: Network, x: Tensor4D): void {
  const { architecture } = network;
  const shapes = blockShapes(architecture);
  let activations = runStem(network, x, "batch statistics");
  expectShape(activations.shape.slice(1), shapes[0]!, "out of the stem");
  architecture.blocks.forEach(({ name }, block) => {
    activations = runBlock(network, { block, branch: "both" }, activations, "batch statistics");
    expectShape(activations.shape.slice(1), shapes[block + 1]!, `out of ${name}`);
  });
}

function placesOf(tape: Tape): [place: string, records: readonly LayerRecord[]][] {
  return [
    ["the stem", tape.stem],
    ...tape.blocks.map(({ block, residual, shortcut, join }): [string, LayerRecord[]] => [
      block.name,
      [...residual, ...shortcut, ...join],
    ]),
    ...tape.exits.map(({ exit, head }): [string, LayerRecord[]] => [exit.name, head]),
    ["the head", tape.head],
  ];
}

function checkLayer({ layer, x, y, branches }: LayerRecord, place: string): void {
  for (const record of branches.flat()) checkLayer(record, place);
  const what = "name" in layer ? layer.name : `${layer.kind} of ${place}`;
  expectShape(y.shape.slice(1), shapeByFormula(layer, x.shape.slice(1)), `out of ${what}`);
}

/** Written out anew, and not by the code that shapes are computed with: a fault there would hide itself. */
function shapeByFormula(layer: Layer, shape: Shape): Shape {
  const [height, width, channels] = shape as readonly [number, number, number];
  const side = (input: number, window: number, stride: number, padding: "same" | "valid" | number): number =>
    padding === "same"
      ? Math.ceil(input / stride)
      : Math.floor((input - window + (padding === "valid" ? 0 : 2 * padding)) / stride + 1);
  switch (layer.kind) {
    case "convolution": {
      const { kernelSize, stride, padding, filters } = layer;
      return [side(height, kernelSize[0], stride, padding), side(width, kernelSize[1], stride, padding), filters];
    }
    case "max pool":
    case "average pool":
      return [height, width].map((input) => side(input, layer.size, layer.stride, layer.padding)).concat(channels);
    default:
      return outputShape(layer, shape);
  }
}

function expectShape(found: Shape, expected: Shape, where: string): void {
  if (sameShape(found, expected)) return;
  throw new Fault(`${where}: the shape is ${shapeText(found)}, and should be ${shapeText(expected)}`);
}
