import type { DataType, Tensor } from "@tensorflow/tfjs-node-gpu";
import type { TensorMetadata, TFEOpAttr, TFJSBinding } from "@tensorflow/tfjs-node-gpu/dist/tfjs_binding";
import { bfloat16Number, bfloat16Tensor, type TensorHandles } from "./bfloat16";
import { tf } from "./tensorflow";

/** A type of tensors: TensorFlow.js's own, and bfloat16. */
export type KernelType = DataType | "bfloat16";

/** One attribute of a TensorFlow op, by kind; lists of numbers under the plural. */
export type KernelAttribute =
  | { readonly type: KernelType }
  | { readonly types: readonly KernelType[] }
  | { readonly float: number }
  | { readonly floats: readonly number[] }
  | { readonly int: number }
  | { readonly ints: readonly number[] }
  | { readonly bool: boolean }
  | { readonly bools: readonly boolean[] }
  | { readonly string: string }
  | { readonly strings: readonly string[] }
  | { readonly shape: readonly number[] };

/**
 * Attributes by the names that TensorFlow's op definition gives them: `{ T: { type: "float32" } }`. The type of a single input
 * may be left out: it is taken from the tensor, in float32 and in bfloat16. That of a list of inputs must be there.
 */
export type KernelAttributes = Readonly<Record<string, KernelAttribute>>;

/** Runs one TensorFlow op on its inputs and gives back all its outputs. */
export type Kernel = (inputs: readonly Tensor[]) => Tensor[];

/**
 * A TensorFlow op, ready to be called with inputs again and again. Attributes are translated once, at the first call.
 *
 * The call goes to the backend directly: it is not recorded for gradients, so use it inside `tf.customGrad` where a
 * gradient is wanted. Outputs belong to the surrounding `tf.tidy`, as those of any other op.
 *
 * @param name the op's name in TensorFlow: "FusedBatchNormV3"
 * @param outputCount how many outputs the op's definition has
 * @returns a function that throws Error on a backend without TensorFlow's kernels
 * @example kernel("Relu", {}, 1)([x])[0]
 */
export function kernel(name: string, attributes: KernelAttributes, outputCount: number): Kernel {
  let translated: TFEOpAttr[] | undefined;
  return (inputs) => {
    const backend = tensorFlowBackend(name);
    translated ??= translate(attributes, backend.binding);
    const outputs = backend.binding.executeOp(name, translated, backend.getInputTensorIds(inputs), outputCount);
    const tensors = outputs.map((output) =>
      output.dtype === bfloat16Number ? bfloat16Tensor(backend, output) : backend.createOutputTensor(output),
    );
    notePeak();
    return tensors;
  };
}

/** Whether the backend in use has TensorFlow's kernels; false on the pure JavaScript backend. Loads the backend. */
export function hasTensorFlowKernels(): boolean {
  return tf.getBackend() === "tensorflow";
}

/** The part of tfjs-node's backend that is used here and that its declarations keep to themselves. */
interface TensorFlowBackend extends TensorHandles {
  readonly binding: TFJSBinding;
  readonly isUsingGpuDevice: boolean;
  getInputTensorIds(tensors: readonly Tensor[]): number[];
  createOutputTensor(output: TensorMetadata): Tensor;
}

/** @throws Error when another backend is in use */
export function tensorFlowBackend(wantedFor: string): TensorFlowBackend {
  const backend: unknown = tf.backend();
  if (hasTensorFlowKernels()) return backend as TensorFlowBackend;
  throw new Error(`${wantedFor} needs the backend "tensorflow", but "${tf.getBackend()}" is in use`);
}

function translate(attributes: KernelAttributes, binding: TFJSBinding): TFEOpAttr[] {
  return Object.entries(attributes).map(([name, attribute]) => ({ name, ...translateOne(attribute, binding) }));
}

function translateOne(attribute: KernelAttribute, binding: TFJSBinding): Omit<TFEOpAttr, "name"> {
  if ("type" in attribute) return { type: binding.TF_ATTR_TYPE, value: typeNumber(attribute.type, binding) };
  if ("types" in attribute) {
    return listAttribute(
      typeSeparator,
      attribute.types.map((type) => `${typeNumber(type, binding)}`),
      binding,
    );
  }
  if ("strings" in attribute) return listAttribute(stringSeparator, attribute.strings, binding);
  if ("float" in attribute) return { type: binding.TF_ATTR_FLOAT, value: attribute.float };
  if ("floats" in attribute) return { type: binding.TF_ATTR_FLOAT, value: [...attribute.floats] };
  if ("int" in attribute) return { type: binding.TF_ATTR_INT, value: attribute.int };
  if ("ints" in attribute) return { type: binding.TF_ATTR_INT, value: [...attribute.ints] };
  if ("bool" in attribute) return { type: binding.TF_ATTR_BOOL, value: attribute.bool };
  if ("bools" in attribute) return { type: binding.TF_ATTR_BOOL, value: [...attribute.bools] };
  if ("string" in attribute) return { type: binding.TF_ATTR_STRING, value: attribute.string };
  return { type: binding.TF_ATTR_SHAPE, value: [...attribute.shape] };
}

/** What begins each element of a list that native/attribute-lists.cc takes apart: the binding itself has no such lists. */
const stringSeparator = "\u001f";
const typeSeparator = "\u001e";

function listAttribute(separator: string, elements: readonly string[], binding: TFJSBinding): Omit<TFEOpAttr, "name"> {
  const value = elements.map((element) => separator + element).join("");
  return { type: binding.TF_ATTR_STRING, value };
}

function typeNumber(type: KernelType, binding: TFJSBinding): number {
  const numbers: Readonly<Record<KernelType, number>> = {
    bfloat16: bfloat16Number,
    float32: binding.TF_FLOAT,
    int32: binding.TF_INT32,
    bool: binding.TF_BOOL,
    complex64: binding.TF_COMPLEX64,
    string: binding.TF_STRING,
  };
  return numbers[type];
}

let peak: number | null = null;

/**
 * Most bytes that tensors hold at any moment of an action, beyond those held before it: looked at after each TensorFlow
 * kernel of this project's ops (see `kernel`), at the beginning and at the end.
 *
 * Only what JavaScript holds counts: scratch memory inside a kernel does not, nor do buffers that the allocator keeps. The
 * figure depends on the computation alone, not on the machine.
 *
 * @throws Error when one measurement is under way already
 */
export function peakTensorBytes(action: () => void): number {
  if (peak !== null) throw new Error("the peak of memory is being measured already");
  const before = tf.memory().numBytes;
  peak = before;
  try {
    action();
    notePeak();
    return peak - before;
  } finally {
    peak = null;
  }
}

/** Called after each kernel; costs nothing while memory is not measured. */
function notePeak(): void {
  if (peak !== null) peak = Math.max(peak, tf.memory().numBytes);
}
