/** What the rows of `../pre-activation.ts` show: their selections, and the figures. */
import { preActivationLetsDeepNetsTrain } from "../../src/claims";
import { type Figure, intervalSeries, linesOverSeeds, publishedSeries, type Series } from "../../src/report";
import { ascending, quantity } from "../../src/statistics";
import type { Kind, Parameters, Result } from "../pre-activation";

/** All of them, in the order of the report. */
export function preActivationFigures(rows: readonly Result[], params: Parameters): Figure[] {
  return [
    trainingCurves(rows, params),
    finalLossByDepth(rows, params),
    memoryByDepth(rows, params),
    testErrorByDepth(rows, params),
  ];
}

/** Loss (nats) of guessing: what a training counts for whose loss is no longer a number. */
const guessing = Math.log(10);

export const kinds = ["post-activation", "pre-activation"] as const;

/** Test errors (%) on CIFAR-10 by depth: He et al. 2016, tables 2 and 3, medians of five runs. */
const published: Readonly<Record<Kind, readonly (readonly [depth: number, error: number])[]>> = {
  // biome-ignore format: two columns
  "post-activation": [[164, 5.93], [1001, 7.61]],
  // biome-ignore format: two columns
  "pre-activation": [[164, 5.46], [1001, 4.92]],
};

export function trained(rows: readonly Result[], kind: Kind, depth: number): Result[] {
  return rows.filter((row) => row.measurement === "trained" && row.kind === kind && row.depth === depth);
}

/** Loss in the last part of a training; of one that diverged that of guessing. */
export function lossOrGuessing({ diverged, training_loss_nats }: Result): number {
  return diverged ? guessing : training_loss_nats!;
}

const depthAxis = { label: "depth (layers)", scale: "log" } as const;

function trainingCurves(rows: readonly Result[], { depths }: Parameters): Figure {
  return {
    id: "training-curves",
    claims: [preActivationLetsDeepNetsTrain.id],
    title: `Training loss of ${ascending(depths).join(" and ")} layers, pre- and post-activation`,
    caption: `Mean cross-entropy on the training batches since the point before. ${linesOverSeeds} ${divergedInWords(rows, depths)}`,
    xAxis: { label: "training (mini-batches)", integers: true },
    yAxis: { label: "training loss (nats)", scale: "log" },
    series: ascending(depths).flatMap((depth) =>
      kinds.map((kind) =>
        intervalSeries({
          name: `${kind}, ${depth} layers`,
          kind: "line",
          rows: rows.filter((row) => row.measurement === "training curve" && row.kind === kind && row.depth === depth),
          x: ({ step }) => step!,
          y: ({ training_loss_nats }) => training_loss_nats!,
        }),
      ),
    ),
    references: [{ y: guessing, label: "guessing" }],
  };
}

function finalLossByDepth(rows: readonly Result[], { depths, finalSteps }: Parameters): Figure {
  return {
    id: "final-loss-by-depth",
    claims: [preActivationLetsDeepNetsTrain.id],
    title: "Training loss after equal training, by depth",
    caption: `Mean cross-entropy on the training batches of the last ${finalSteps} steps. ${linesOverSeeds} ${divergedInWords(rows, depths)}`,
    xAxis: depthAxis,
    yAxis: { label: "training loss (nats)" },
    series: byDepth(rows, depths, lossOrGuessing),
  };
}

function testErrorByDepth(rows: readonly Result[], { depths }: Parameters): Figure {
  return {
    id: "test-error-by-depth",
    title: "Test error by depth, beside the source's",
    caption: `Test error after equal training, of the networks that did not diverge. ${linesOverSeeds}`,
    xAxis: depthAxis,
    yAxis: { label: "test error (%)" },
    series: [
      ...byDepth(
        rows.filter(({ diverged }) => !diverged),
        depths,
        ({ test_error_percent }) => test_error_percent!,
      ),
      ...kinds.map((kind) => publishedSeries(`He et al. 2016: ${kind}, CIFAR-10`, published[kind])),
    ],
  };
}

function byDepth(rows: readonly Result[], depths: readonly number[], y: (row: Result) => number): Series[] {
  return kinds.map((kind) =>
    intervalSeries({
      name: kind,
      kind: "line",
      rows: ascending(depths).flatMap((depth) => trained(rows, kind, depth)),
      x: ({ depth }) => depth,
      y,
    }),
  );
}

function memoryByDepth(rows: readonly Result[], { memoryDepths, memoryBatch }: Parameters): Figure {
  const measured = (kind: Kind, recomputed: boolean) =>
    ascending(memoryDepths).flatMap((depth) =>
      rows.filter(
        (row) =>
          row.measurement === "memory" && row.kind === kind && row.depth === depth && row.recomputed === recomputed,
      ),
    );
  return {
    id: "memory-by-depth",
    claims: [preActivationLetsDeepNetsTrain.id],
    title: "Memory of one training step by depth, activations kept or recomputed",
    caption:
      `Most that tensors hold in one step on ${memoryBatch} images, beyond what is held between steps; the share of ` +
      "the activations grows with the mini-batch. It is counted, not sampled: it depends on the computation alone. " +
      memoryInWords(measured("pre-activation", false).at(-1), measured("pre-activation", true).at(-1)),
    xAxis: depthAxis,
    yAxis: { label: "memory of tensors (MiB)", scale: "log" },
    series: [
      ...kinds.flatMap((kind) =>
        [false, true].map(
          (recomputed): Series => ({
            name: `${kind}, ${recomputed ? "recomputed" : "kept"}`,
            kind: "line",
            points: measured(kind, recomputed).map(({ depth, step_mebibytes }) => ({ x: depth, y: step_mebibytes! })),
          }),
        ),
      ),
      {
        name: "held between steps (pre-activation)",
        kind: "line",
        points: measured("pre-activation", true).map(({ depth, held_mebibytes }) => ({ x: depth, y: held_mebibytes! })),
      },
    ],
  };
}

/** What recomputing saves, told of the deepest network. */
function memoryInWords(kept: Result | undefined, recomputed: Result | undefined): string {
  if (kept === undefined || recomputed === undefined) return "";
  const [most, least] = [kept.step_mebibytes!, recomputed.step_mebibytes!];
  return (
    `At ${kept.depth} layers of pre-activation a step takes ${quantity(most, "MiB")} with activations kept and ` +
    `${quantity(least, "MiB")} with activations recomputed, ${quantity(most / least)} times less; ` +
    `${quantity(kept.held_mebibytes!, "MiB")} are held between steps.`
  );
}

/** "Diverged: 2 of 5 post-activation runs of 164 layers." */
function divergedInWords(rows: readonly Result[], depths: readonly number[]): string {
  const groups = ascending(depths).flatMap((depth) =>
    kinds.map((kind) => {
      const all = trained(rows, kind, depth);
      return { kind, depth, of: all.length, diverged: all.filter(({ diverged }) => diverged).length };
    }),
  );
  const some = groups.filter(({ diverged }) => diverged > 0);
  if (some.length === 0) return "No training diverged.";
  const told = some.map(({ kind, depth, of, diverged }) => `${diverged} of ${of} with ${kind}, ${depth} layers`);
  return `Diverged: ${told.join("; ")}. A training that diverged has no curve and counts with the loss of guessing.`;
}
