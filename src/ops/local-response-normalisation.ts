import { hasTensorFlowKernels, type Kernel, kernel, type Tensor4D } from "../runtime";
import * as composed from "./composed";
import type { LocalResponseGeometry } from "./geometry";

/**
 * Activations `[batch, height, width, channels]` damped where channels beside them are large:
 * y = x / (bias + alpha * sum of x^2 over the `radius` channels on either side and its own)^beta.
 *
 * Source: Krizhevsky et al. 2012, sec. 3.3. Past the first and the last channel there is nothing to add.
 */
export function localResponseNormalisation(x: Tensor4D, geometry: LocalResponseGeometry): Tensor4D {
  if (!hasTensorFlowKernels()) return composed.localResponseNormalisation(x, geometry);
  return lrn("LRN", geometry)([x])[0] as Tensor4D;
}

/** Gradient by the input of `localResponseNormalisation`, from its input and output. */
export function localResponseNormalisationGradient(
  dy: Tensor4D,
  x: Tensor4D,
  y: Tensor4D,
  geometry: LocalResponseGeometry,
): Tensor4D {
  if (!hasTensorFlowKernels()) return composed.localResponseNormalisationGradient(dy, x, geometry);
  return lrn("LRNGrad", geometry)([dy, x, y])[0] as Tensor4D;
}

const kernels = new Map<string, Kernel>();

function lrn(name: "LRN" | "LRNGrad", { radius, bias, alpha, beta }: LocalResponseGeometry): Kernel {
  const key = `${name} ${radius} ${bias} ${alpha} ${beta}`;
  let found = kernels.get(key);
  if (found === undefined) {
    const constants = { bias: { float: bias }, alpha: { float: alpha }, beta: { float: beta } };
    found = kernel(name, { T: { type: "float32" }, depth_radius: { int: radius }, ...constants }, 1);
    kernels.set(key, found);
  }
  return found;
}
