/**
 * The gradient by the images along many choices of branches at once, of one forward pass.
 */
import type { Tensor2D, Tensor4D } from "../../runtime";
import { blockBackward, layersBackward, stemBackward } from "./backward";
import type { Tape } from "./forward";
import type { Network } from "./network";
import type { Branch } from "./route";

/**
 * For each choice the gradient by the images that goes through those branches alone, as `backward` finds it one choice at
 * a time with `branches`: the same bits.
 *
 * Choices that agree from a block to the end share the way back to it, walked depth first, so that at most one gradient a
 * block is held. Call it inside the same `tf.tidy` as the forward pass.
 *
 * @param choices a branch for each step of the tape's route
 * @param onGradient given each choice and its gradient, `[batch, height, width, channels]`, which is freed afterwards; in no
 *   order that could be relied on
 * @throws RangeError when a choice has not a branch for each step, or the tape has a block of which not both branches ran
 */
export function branchGradients(
  network: Network,
  tape: Tape,
  logitsGradient: Tensor2D,
  choices: readonly (readonly Branch[])[],
  onGradient: (branches: readonly Branch[], gradient: Tensor4D) => void,
): void {
  check(tape, choices);

  const visit = (place: number, members: readonly (readonly Branch[])[], dy: Tensor4D): void => {
    if (place < 0) {
      const gradient = stemBackward(network, tape.stem, dy, null, true)!;
      for (const branches of members) onGradient(branches, gradient);
      if (gradient !== dy) gradient.dispose();
      return;
    }
    for (const branch of ["both", "residual", "skip"] as const) {
      const group = members.filter((branches) => branches[place] === branch);
      if (group.length === 0) continue;
      const before = blockBackward(network, tape.blocks[place]!, dy, null, branch);
      visit(place - 1, group, before);
      if (before !== dy) before.dispose();
    }
  };

  const byLastBlock = layersBackward(network, tape.head, logitsGradient, null);
  visit(tape.blocks.length - 1, choices, byLastBlock as Tensor4D);
  if (byLastBlock !== logitsGradient) byLastBlock.dispose();
}

function check({ blocks }: Tape, choices: readonly (readonly Branch[])[]): void {
  const partial = blocks.find(({ block, step }) => block.shortcut === null || step.branch !== "both");
  if (partial !== undefined) throw new RangeError(`not both branches of ${partial.block.name} ran: there is no choice`);
  const odd = choices.find(({ length }) => length !== blocks.length);
  if (odd === undefined) return;
  throw new RangeError(`need a branch for each of the ${blocks.length} steps of the route, got ${odd.length}`);
}
