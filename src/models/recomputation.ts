/**
 * Gradients in the memory of one block: activations are computed again in the backward pass instead of being kept.
 *
 * Source: Chen et al. 2016, arXiv:1604.06174 (there by segments of about the root of the depth; here by block). What is kept is
 * the input of each block; a residual block of pre-activation form holds about six times as much. The price is a second
 * forward pass, about a third more time a step.
 */
import { type Tensor, type Tensor2D, type Tensor4D, tf } from "../runtime";
import { blockBackward, layersBackward, type NetworkGradients } from "./backward";
import { type BlockRecord, type LayerRecord, type Mode, runBlock, runHead, runStem } from "./forward";
import type { Network } from "./network";
import { fullRoute, type Route } from "./route";

export interface RecomputationOptions {
  /** `training` moves the running statistics once, in the first of the two passes. */
  readonly mode: Exclude<Mode, "inference">;
  /** All blocks in order unless told. It must fit: see `checkRoute`. */
  readonly route?: Route;
}

/**
 * Logits and the gradients of a loss by the parameters, equal bit for bit to those of `forward` and `backward`.
 *
 * Call it inside a `tf.tidy`.
 *
 * @param x pictures, `[batch, height, width, channels]`; they stay the caller's
 * @param lossGradient the loss's gradient by the logits, from the logits: both `[batch, classes]`
 */
export function recomputedGradients(
  network: Network,
  x: Tensor4D,
  lossGradient: (logits: Tensor2D) => Tensor2D,
  { mode, route = fullRoute(network.architecture) }: RecomputationOptions,
): { readonly logits: Tensor2D; readonly parameters: NetworkGradients["parameters"] } {
  const inputs: Tensor4D[] = [runStem(network, x, mode)];
  for (const step of route) inputs.push(runBlock(network, step, inputs[inputs.length - 1]!, mode));

  const parameters = new Map<string, Tensor>();
  const head: LayerRecord[] = [];
  const logits = runHead(network, inputs[inputs.length - 1]!, mode, head);
  const byLogits = lossGradient(logits);
  let gradient = layersBackward(network, head, byLogits, parameters) as Tensor4D;
  for (let place = route.length - 1; place >= 0; place--) {
    const output = inputs.pop()!;
    const input = inputs[inputs.length - 1]!;
    if (output !== input) output.dispose();
    const before = keepingParameters(parameters, (found) => {
      const records: BlockRecord[] = [];
      runBlock(network, route[place]!, input, "batch statistics", records);
      return blockBackward(network, records[0]!, gradient, found);
    });
    if (before !== gradient) gradient.dispose();
    gradient = before;
  }
  keepingParameters(parameters, (found) => {
    const records: LayerRecord[] = [];
    runStem(network, x, "batch statistics", records);
    layersBackward(network, records, gradient, found, false);
    return gradient;
  });
  return { logits, parameters };
}

/** Frees all that `body` makes but the gradient it returns and those by parameters, which it adds to `parameters`. */
function keepingParameters(parameters: Map<string, Tensor>, body: (found: Map<string, Tensor>) => Tensor4D): Tensor4D {
  const names: string[] = [];
  const [gradient, ...found] = tf.tidy(() => {
    const here = new Map<string, Tensor>();
    const by = body(here);
    names.push(...here.keys());
    return [by, ...here.values()];
  });
  names.forEach((name, i) => {
    const before = parameters.get(name);
    parameters.set(name, before === undefined ? found[i]! : tf.add(before, found[i]!)); // a block may run twice
    if (before !== undefined) tf.dispose([before, found[i]!]);
  });
  return gradient as Tensor4D;
}
