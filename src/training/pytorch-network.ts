import { readFileSync } from "node:fs";
import { basename } from "node:path";
import { FileError, fileKind } from "../base";
import {
  type Architecture,
  type Network,
  networkWithWeights,
  type PyTorchOptions,
  weightsFromPyTorch,
} from "../networks";
import { decodeSafetensors, SafetensorsError } from "./safetensors";

/**
 * A network with the weights of a safetensors file that PyTorch wrote: `safetensors.torch.save_file(model.state_dict(), path)`.
 *
 * Its images must be prepared as they were for PyTorch: torchvision's networks want values in [0, 1], less the mean of
 * each channel and divided by its deviation over ImageNet.
 *
 * @throws FileError when the file cannot be read, SafetensorsError when it is no safetensors file, saying by its first bytes what it is and which command helps, RangeError listing all
 *   tensors that do not fit the architecture
 */
export function readPyTorchNetwork(architecture: Architecture, path: string, options: PyTorchOptions): Network {
  const { tensors } = decode(path);
  return networkWithWeights(architecture, weightsFromPyTorch(architecture, tensors, options));
}

function decode(path: string) {
  let bytes: Uint8Array;
  try {
    bytes = readFileSync(path);
  } catch (error) {
    throw new FileError("read", path, error);
  }
  const kind = fileKind(bytes, basename(path));
  if (kind !== null && kind.what !== "safetensors") {
    throw new SafetensorsError(`${path} is ${kind.what}; need a safetensors file. ${kind.remedy}`);
  }
  try {
    return decodeSafetensors(bytes, { skipWholeNumbers: true });
  } catch (error) {
    if (!(error instanceof SafetensorsError)) throw error;
    const [, dtype = ""] = /got (F64|F8|[IU]8)/.exec(error.message) ?? [];
    const remedy = dtype.startsWith("F")
      ? ": in Python, model.float() before it is saved"
      : dtype === ""
        ? ""
        : ": a quantised network's; save the one that it was made from";
    throw new SafetensorsError(`${path}: ${error.message}${remedy}`, { cause: error });
  }
}
