/**
 * An architecture as the table that Keras's `model.summary()` prints, so that the two can be held side by side.
 */
import type { Architecture, Layer, Shape } from "../engine/architecture";
import { layerParameters, type PlacedLayer, parameterCounts, placedLayers } from "../engine/shapes";

/** One line of the table. */
export interface SummaryRow {
  /** The layer's address; where it has none, that of its place and what it is: "stage1/pool/max-pool". */
  readonly name: string;
  /** Name of the layer's class in Keras: "Conv2D". */
  readonly type: string;
  /** For one image. */
  readonly outputShape: Shape;
  /** All of them, running statistics included, as Keras counts. */
  readonly parameters: number;
}

/**
 * The layers in the order in which they run, as Keras lists them: the input comes first; an activation that follows a
 * convolution or a dense layer is that layer's own and has no line; the addition of a block has one.
 */
export function summaryRows(architecture: Architecture): SummaryRow[] {
  const rows: SummaryRow[] = [
    { name: "input", type: "InputLayer", outputShape: architecture.inputShape, parameters: 0 },
  ];
  const blocks = new Map(architecture.blocks.map((block) => [block.name, block]));
  const placed = placedLayers(architecture);
  placed.forEach((current, i) => {
    const before = placed[i - 1];
    if (!belongsTo(before, current)) rows.push(rowOf(current));
    const next = placed[i + 1];
    const block = blocks.get(current.place);
    const lastOfBranches = next === undefined || next.place !== current.place || next.branch === "join";
    if (block === undefined || block.shortcut === null || current.branch === "join" || !lastOfBranches) return;
    rows.push({ name: `${block.name}/sum`, type: "Add", outputShape: current.outputShape, parameters: 0 });
  });
  return rows;
}

/** The table as text: `Layer (type)`, `Output Shape` and `Param #`, then the three totals. */
export function summaryText(architecture: Architecture): string {
  const header = ["Layer (type)", "Output Shape", "Param #"] as const;
  const lines = summaryRows(architecture).map(({ name, type, outputShape, parameters }) => {
    return [`${name} (${type})`, `(${["None", ...outputShape].join(", ")})`, String(parameters)] as const;
  });
  const widths = [0, 1].map((column) => 2 + Math.max(...[header, ...lines].map((line) => line[column]!.length)));
  const text = (line: readonly [string, string, string]) =>
    `${line[0].padEnd(widths[0]!)}${line[1].padEnd(widths[1]!)}${line[2]}`;
  const width = Math.max(...[header, ...lines].map((line) => text(line).length));
  const { trainable, total } = parameterCounts(architecture);
  const grouped = (count: number) => count.toLocaleString("en-US");
  return [
    `Model: "${architecture.name}"`,
    "_".repeat(width),
    text(header),
    "=".repeat(width),
    ...lines.map(text),
    "=".repeat(width),
    `Total params: ${grouped(total)}`,
    `Trainable params: ${grouped(trainable)}`,
    `Non-trainable params: ${grouped(total - trainable)}`,
  ].join("\n");
}

/** Trainable parameters of each block, in their order; of a graph's parts all, as in `parameterCounts`. */
export function blockParameters(architecture: Architecture): number[] {
  const counts = new Map(architecture.blocks.map(({ name }) => [name, 0]));
  for (const { layer, place, inputShape } of placedLayers(architecture)) {
    const before = counts.get(place);
    if (before === undefined) continue;
    const trained = layerParameters(layer, inputShape).filter(({ trainable }) => trainable);
    const sizes = trained.map(({ shape }) => shape.reduce((product, side) => product * side, 1));
    const own = layer.kind === "graph part" ? layer.parameters : sizes.reduce((sum, size) => sum + size, 0);
    counts.set(place, before + own);
  }
  return [...counts.values()];
}

/** Whether a layer is the activation of the convolution or dense layer right before it. */
function belongsTo(before: PlacedLayer | undefined, { layer, place, branch }: PlacedLayer): boolean {
  if (kerasType(layer) !== "Activation") return false;
  if (before === undefined || before.place !== place || before.branch !== branch) return false;
  return before.layer.kind === "convolution" || before.layer.kind === "dense";
}

function rowOf({ layer, place, inputShape, outputShape }: PlacedLayer): SummaryRow {
  const sizes =
    layer.kind === "graph part"
      ? [layer.parameters]
      : layerParameters(layer, inputShape).map(({ shape }) => shape.reduce((product, side) => product * side, 1));
  return {
    name: "name" in layer ? layer.name : `${place}/${layer.kind.replaceAll(" ", "-")}`,
    type: kerasType(layer, inputShape),
    outputShape,
    parameters: sizes.reduce((sum, size) => sum + size, 0),
  };
}

function kerasType(layer: Layer, inputShape: Shape = []): string {
  switch (layer.kind) {
    case "convolution":
      return layer.groups !== undefined && layer.groups === inputShape[2] ? "DepthwiseConv2D" : "Conv2D";
    case "batch normalisation":
      return "BatchNormalization";
    case "layer normalisation":
      return "LayerNormalization";
    case "dense":
      return "Dense";
    case "max pool":
      return "MaxPooling2D";
    case "average pool":
      return "AveragePooling2D";
    case "global average pool":
      return "GlobalAveragePooling2D";
    case "flatten":
      return "Flatten";
    case "dropout":
      return "Dropout";
    case "concatenation":
      return "Concatenate";
    case "channel gate":
      return "Multiply";
    case "scaling":
      return "Rescaling";
    case "relu":
    case "sigmoid":
    case "tanh":
    case "relu6":
    case "leaky relu":
    case "elu":
    case "silu":
    case "gelu":
    case "tanh gelu":
    case "hard sigmoid":
    case "hard swish":
      return "Activation";
    case "graph part":
      return operationsText(layer.operations);
    case "subsample and pad":
    case "channel selection":
    case "channel scaling":
    case "local response normalisation":
      return "Lambda"; // Keras has no layer of its own for these
  }
}

/** The first operations of a part, and how many there are besides: "Conv Relu Conv and 4 more". */
function operationsText(operations: readonly string[]): string {
  const shown = operations.slice(0, 4).join(" ");
  return operations.length > 4 ? `${shown} and ${operations.length - 4} more` : shown;
}
