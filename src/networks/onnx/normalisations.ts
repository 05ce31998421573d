/** What arrives at the batch normalisations that a graph still has: exporters fold most of them into convolutions. */
import type { NormalisedInput } from "../engine/network";
import { dataTypes, dimsOf, type OnnxModel, product, whole } from "./model";
import { type NodeProto, onnxPackages, type TensorProto, type ValueInfoProto } from "./packages";

/** A normalisation of the file with what it stores. */
interface StoredNormalisation {
  readonly node: NodeProto;
  readonly layer: string;
  readonly epsilon: number;
  readonly mean: Float32Array;
  readonly variance: Float32Array;
}

/** The batch normalisations whose mean and variance are stored, in the order in which they run. */
export function storedNormalisations({ graph, protos, stored }: OnnxModel): StoredNormalisation[] {
  return graph.nodes.flatMap((each) => {
    const node = protos.get(each)!;
    if (node.opType !== "BatchNormalization") return [];
    const [, scale = "", , mean = "", variance = ""] = node.input ?? [];
    const values = [mean, variance].map((name) => floatsOf(stored.get(name)));
    if (values.includes(null)) return [];
    const epsilon = node.attribute?.find(({ name }) => name === "epsilon")?.f ?? 1e-5;
    return [{ node, layer: layerName(node, scale), epsilon, mean: values[0]!, variance: values[1]! }];
  });
}

/** "layer1.0.bn1" of its weights "layer1.0.bn1.weight", else the node's own name. */
function layerName({ name, output = [] }: NodeProto, scale: string): string {
  const module = /^(.+)\.[^.]+$/.exec(scale)?.[1];
  return module ?? (name || output[0]!);
}

/** A stored tensor of float32; null where it is none. */
function floatsOf(tensor: TensorProto | undefined): Float32Array | null {
  if (tensor === undefined || tensor.dataType !== dataTypes.float32) return null;
  const count = product(dimsOf(tensor));
  const { rawData, floatData = [] } = tensor;
  if (rawData !== undefined && rawData.byteLength === 4 * count) {
    const view = new DataView(rawData.buffer, rawData.byteOffset, rawData.byteLength);
    return Float32Array.from({ length: count }, (_, i) => view.getFloat32(4 * i, true));
  }
  return floatData.length === count ? Float32Array.from(floatData) : null;
}

const prefix = "cnn-findings/statistics";

/** Names of the outputs that hold a normalisation's mean shift and mean square. */
function outputsOf(place: number): { readonly shift: string; readonly square: string } {
  return { shift: `${prefix}/${place}/shift`, square: `${prefix}/${place}/square` };
}

/**
 * The bytes of a model in which every stored normalisation normalises by the batch's own mean and variance, so that what the layers
 * before store does not reach it, and which computes how far its input is from what it stores.
 */
export function statisticsModel({ model }: OnnxModel, all: readonly StoredNormalisation[]): Uint8Array {
  const places = new Map(all.map(({ node }, place) => [node, place]));
  const opset = model.opsetImport?.find(({ domain = "" }) => domain === "" || domain === "ai.onnx")?.version ?? 13;
  const axesAreInput = whole(opset) >= 18;
  const extra: TensorProto[] = [];
  const constant = (name: string, values: ArrayLike<number>, dims: readonly number[]): string => {
    extra.push({ name, dims, dataType: dataTypes.float32!, rawData: new Uint8Array(Float32Array.from(values).buffer) });
    return name;
  };
  const node = (model.graph.node ?? []).flatMap((each): readonly NodeProto[] => {
    const place = places.get(each);
    if (place === undefined) return [each];
    const { mean, epsilon } = all[place]!;
    const at = `${prefix}/${place}`;
    const [x = "", scale = "", offset = ""] = each.input ?? [];
    const made = (
      opType: string,
      input: readonly string[],
      output: string,
      attribute: NodeProto["attribute"] = [],
    ): NodeProto => ({
      ...{ name: output, opType, input, output: [output], attribute },
    });
    // Reductions over all axes but the second keep [1, channels, 1, 1] whatever the number of axes: by way of a transposition.
    const average = (input: string, output: string): NodeProto[] => {
      const rows = `${output}/rows`;
      const [flat, turned] = [`${output}/flat`, `${output}/turned`];
      return [
        made("Flatten", [input], flat, [{ name: "axis", i: 2, type: 2 }]), // [count * channels, pixels]
        ...reduced("ReduceMean", flat, rows, 1),
        made("Reshape", [rows, shapeName], turned), // [count, channels]
        ...reduced("ReduceMean", turned, output, 0), // [1, channels]
      ];
    };
    const reduced = (opType: string, input: string, output: string, axis: number): NodeProto[] =>
      axesAreInput
        ? [made(opType, [input, axisName(axis)], output)]
        : [made(opType, [input], output, [{ name: "axes", ints: [axis], type: 7 }])];
    const axisName = (axis: number): string => `${prefix}/axis ${axis}`;
    const shapeName = `${at}/shape`;
    const channels = mean.length;
    extra.push(int64s(shapeName, [-1, channels]));
    const { shift, square } = outputsOf(place);
    const instance = `${at}/instance`;
    return [
      made("Sub", [x, constant(`${at}/mean`, mean, [1, channels, 1, 1])], `${at}/centred`),
      ...average(`${at}/centred`, shift),
      made("Mul", [`${at}/centred`, `${at}/centred`], `${at}/squares`),
      ...average(`${at}/squares`, square),
      // (x - mean of the batch) / its deviation, in the terms of a normalisation with other stored values
      made("Mul", [shift, shift], `${at}/shift squared`),
      made("Sub", [square, `${at}/shift squared`], `${at}/spread`),
      made("Relu", [`${at}/spread`], `${at}/variance`),
      made("Reshape", [shift, `${prefix}/flat`], `${at}/batch mean`),
      made("Reshape", [`${at}/variance`, `${prefix}/flat`], `${at}/batch variance`),
      {
        ...made(
          "BatchNormalization",
          [`${at}/centred`, scale, offset, `${at}/batch mean`, `${at}/batch variance`],
          instance,
          [{ name: "epsilon", f: epsilon, type: 1 }],
        ),
        output: [(each.output ?? [])[0]!],
      },
    ];
  });
  extra.push(int64s(`${prefix}/flat`, [-1]), int64s(`${prefix}/axis 0`, [0]), int64s(`${prefix}/axis 1`, [1]));
  const output: ValueInfoProto[] = all.flatMap((_, place) => Object.values(outputsOf(place)).map((name) => ({ name })));
  return onnxPackages()
    .proto.ModelProto.encode({
      ...model,
      graph: { ...model.graph, node, initializer: [...(model.graph.initializer ?? []), ...extra], output },
    })
    .finish();
}

function int64s(name: string, values: readonly number[]): TensorProto {
  const rawData = new Uint8Array(BigInt64Array.from(values, BigInt).buffer);
  return { name, dims: [values.length], dataType: dataTypes.int64!, rawData };
}

/** Sums the outputs of that model over batches. */
export class InputSums {
  readonly #sums: { readonly shifts: Float64Array; readonly squares: Float64Array }[];
  #images = 0;

  constructor(private readonly all: readonly StoredNormalisation[]) {
    this.#sums = all.map(({ mean }) => ({
      shifts: new Float64Array(mean.length),
      squares: new Float64Array(mean.length),
    }));
  }

  /** @param outputs of a batch, by name */
  add(count: number, outputs: Readonly<Record<string, { readonly data: ArrayBufferView | readonly string[] }>>): void {
    this.#sums.forEach(({ shifts, squares }, place) => {
      const { shift, square } = outputsOf(place);
      const [one, other] = [outputs[shift]!.data as Float32Array, outputs[square]!.data as Float32Array];
      shifts.forEach((_, channel) => {
        shifts[channel]! += count * one[channel]!;
        squares[channel]! += count * other[channel]!;
      });
    });
    this.#images += count;
  }

  inputs(): NormalisedInput[] {
    return this.all.map(({ layer, epsilon, mean, variance }, place) => ({
      ...{ layer, epsilon, mean, variance },
      shifts: this.#sums[place]!.shifts.map((sum) => sum / this.#images),
      squares: this.#sums[place]!.squares.map((sum) => sum / this.#images),
    }));
  }
}
