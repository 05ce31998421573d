/**
 * Gradients in the memory of one block: activations are computed again in the backward pass instead of being kept.
 *
 * Source: Chen et al. 2016, arXiv:1604.06174 (there by segments of about the root of the depth; here by block). What is kept is
 * the input of each block; a residual block of pre-activation form holds twice as much where its convolutions
 * normalise what they read (see `normalisesInput`), and about six times where they do not. The price is a second
 * forward pass, about a third more time a step.
 */
import { type Tensor, type Tensor2D, type Tensor4D, tf } from "../../runtime";
import type { Exit } from "./architecture";
import { blockBackward, layersBackward, type NetworkGradients, plusExit } from "./backward";
import {
  type BlockRecord,
  exitsAt,
  type LayerRecord,
  type MaskStreams,
  type Mode,
  runBlock,
  runExit,
  runHead,
  runStem,
} from "./forward";
import type { Network } from "./network";
import { fullRoute, type Route } from "./route";

/** How a pass is run. */
export interface RecomputationOptions {
  /** `training` moves the running statistics once, in the first of the two passes. */
  readonly mode: Exclude<Mode, "inference">;
  /** All blocks in order by default. It must fit: see `checkRoute`. */
  readonly route?: Route;
  /** Streams of dropout's masks: both passes sample the same. */
  readonly masks?: MaskStreams;
  /**
   * What an exit adds to the loss, as its gradient by the exit's logits, from these: both `[batch, classes]`. Without it no
   * exit is run. What else it makes is freed when it returns.
   */
  readonly exitLossGradient?: (logits: Tensor2D, exit: Exit) => Tensor2D;
}

/**
 * Logits and the gradients of a loss by the parameters, equal bit for bit to those of `forward` and `backward`.
 *
 * Call it inside a `tf.tidy`.
 *
 * @param x images, `[batch, height, width, channels]`; they stay the caller's
 * @param lossGradient the loss's gradient by the logits, from the logits: both `[batch, classes]`
 */
export function recomputedGradients(
  network: Network,
  x: Tensor4D,
  lossGradient: (logits: Tensor2D) => Tensor2D,
  { mode, route = fullRoute(network.architecture), masks, exitLossGradient }: RecomputationOptions,
): { readonly logits: Tensor2D; readonly parameters: NetworkGradients["parameters"] } {
  const inputs: Tensor4D[] = [runStem(network, x, mode, { masks })];
  for (const step of route) inputs.push(runBlock(network, step, inputs[inputs.length - 1]!, mode, { masks }));

  const parameters = new Map<string, Tensor>();
  const head: LayerRecord[] = [];
  const logits = runHead(network, inputs[inputs.length - 1]!, mode, { records: head, masks });
  const byLogits = lossGradient(logits);
  let gradient = layersBackward(network, head, byLogits, parameters) as Tensor4D;
  const replace = (before: Tensor4D) => {
    if (before !== gradient) gradient.dispose();
    gradient = before;
  };
  for (let place = route.length - 1; place >= 0; place--) {
    const output = inputs.pop()!;
    const exits = exitLossGradient === undefined ? [] : exitsAt(network.architecture, route, place + 1);
    for (const exit of exits) {
      const withExit = keepingParameters(parameters, (found) => {
        const records: LayerRecord[] = [];
        const exitLogits = runExit(network, exit.name, output, mode, { records, masks }); // once: it moves the statistics
        return plusExit(network, records, gradient, exitLossGradient!(exitLogits, exit), found) as Tensor4D;
      });
      replace(withExit);
    }
    const input = inputs[inputs.length - 1]!;
    if (output !== input) output.dispose();
    const before = keepingParameters(parameters, (found) => {
      const records: BlockRecord[] = [];
      runBlock(network, route[place]!, input, "batch statistics", { records, masks });
      return blockBackward(network, records[0]!, gradient, found);
    });
    replace(before);
  }
  keepingParameters(parameters, (found) => {
    const records: LayerRecord[] = [];
    runStem(network, x, "batch statistics", { records, masks });
    layersBackward(network, records, gradient, found, { inputWanted: false });
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
