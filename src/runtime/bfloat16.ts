/**
 * Tensors in bfloat16 (eight bits of exponent, seven of fraction), which TensorFlow.js does not know.
 *
 * The binding hands them out of TensorFlow's kernels as handles. Registered with the backend under a type that no numeric
 * operation takes, such a handle is a tensor like any other for `tf.tidy`, `tf.keep`, `dispose` and `tf.memory`; only kernels
 * of this project compute with it (see `kernel`), and all of TensorFlow.js's own operations refuse it, reading included.
 */
import type { DataId, Tensor } from "@tensorflow/tfjs-node-gpu";
import type { TensorMetadata } from "@tensorflow/tfjs-node-gpu/dist/tfjs_binding";
import { tf } from "./tensorflow";

/** TensorFlow's number of the type: DT_BFLOAT16. */
export const bfloat16Number = 14;

const bytesPerElement = 2;

const known = new WeakSet<DataId>();

/** Whether a tensor is in bfloat16. Also told of one that has been disposed. */
export function isBfloat16({ dataId }: Tensor): boolean {
  return known.has(dataId);
}

/** Where a backend keeps what belongs to a tensor: part of tfjs-node's own. */
export interface TensorHandles {
  readonly tensorMap: {
    set(dataId: DataId, handle: TensorMetadata & { readonly values: null; readonly refCount: number }): void;
  };
  refCount(dataId: DataId): number;
}

/** What of TensorFlow.js's engine its declarations keep to themselves. */
interface Engine {
  readonly state: { numBytes: number; readonly tensorInfo: WeakMap<DataId, { readonly bytes: number }> };
  makeTensorFromTensorInfo(info: { dataId: DataId; shape: number[]; dtype: "string" }): Tensor;
}

/** The tensor of a handle that a kernel has handed out, with its two bytes an element counted. */
export function bfloat16Tensor(backend: TensorHandles, metadata: TensorMetadata): Tensor {
  const dataId: DataId = {};
  backend.tensorMap.set(dataId, { ...metadata, values: null, refCount: 1 });
  known.add(dataId);
  const engine = tf.engine() as unknown as Engine;
  // As a text, which no numeric operation takes. Its bytes are subtracted once for each clone that is disposed: all of them
  // belong to the last.
  const tensor = engine.makeTensorFromTensorInfo({ dataId, shape: metadata.shape, dtype: "string" });
  const bytes = bytesPerElement * tensor.size;
  engine.state.numBytes += bytes;
  Object.defineProperty(engine.state.tensorInfo.get(dataId), "bytes", {
    get: () => (backend.refCount(dataId) > 1 ? 0 : bytes),
  });
  return tensor;
}
