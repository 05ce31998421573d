/** What the rows of `../pre-activation.ts` show. */
import { type FigureOf, type Rows, rowsOf, told } from "../../src/experiment";
import { publishedSeries } from "../../src/report";
import { ascending, mean, quantity } from "../../src/statistics";
import { guessing, kinds, lossOrGuessing, type Row } from "./rows";

/** Test errors (%) on CIFAR-10 by depth: He et al. 2016, tables 2 and 3, medians of five runs. */
const published = {
  // biome-ignore format: two columns
  "post-activation": [[164, 5.93], [1001, 7.61]],
  // biome-ignore format: two columns
  "pre-activation": [[164, 5.46], [1001, 4.92]],
} as const;

/** All of them, in the order of the report. */
export function preActivationFigures(
  rows: Rows<Row>,
  params: { readonly depths: readonly number[]; readonly finalSteps: number; readonly memoryBatch: number },
): FigureOf<Row>[] {
  const byDepth = rowsOf(rows.toSorted((one, other) => one.depth - other.depth));
  const trained = byDepth.where({ measurement: "trained" });
  const memory = byDepth.where({ measurement: "memory" });
  const depthAxis = { column: "depth", scale: "log" } as const;
  const diverged = divergedInWords(trained);
  return [
    {
      id: "training-curves",
      claims: ["C7"],
      title: `Training loss of ${ascending(params.depths).join(" and ")} layers, pre- and post-activation`,
      caption: `Mean cross-entropy on the training batches since the point before. ${diverged}`,
      ...{ x: "step", y: { column: "training_loss_nats", scale: "log" } },
      ...{
        rows: byDepth.where({ measurement: "training curve" }),
        by: ({ kind, depth }) => `${kind}, ${depth} layers`,
      },
      references: [{ y: guessing, label: "guessing" }],
    },
    {
      id: "final-loss-by-depth",
      claims: ["C7"],
      title: "Training loss after equal training, by depth",
      caption: `Mean cross-entropy on the training batches of the last ${params.finalSteps} steps. ${diverged}`,
      ...{ x: depthAxis, y: { value: lossOrGuessing, label: "training loss (nats)" }, rows: trained, by: "kind" },
    },
    {
      id: "memory-by-depth",
      claims: ["C7"],
      title: "Memory of one training step by depth, activations kept or recomputed",
      caption:
        `Most that tensors hold in one step on ${params.memoryBatch} images, beyond what is held between steps: a count, ` +
        "which depends on the computation alone.",
      numbers: memoryInWords(memory.where({ kind: "pre-activation" })),
      ...{ x: depthAxis, y: { column: "step_mebibytes", scale: "log" } },
      series: [
        ...kinds.flatMap((kind) =>
          [false, true].map((recomputed) => ({
            name: `${kind}, ${recomputed ? "recomputed" : "kept"}`,
            rows: memory.where({ kind, recomputed }),
          })),
        ),
        {
          name: "held between steps (pre-activation)",
          rows: memory.where({ kind: "pre-activation", recomputed: true }),
          y: ({ held_mebibytes }) => held_mebibytes,
        },
      ],
    },
    {
      id: "test-error-by-depth",
      title: "Test error by depth, beside the source's",
      caption: "After equal training, of the networks that did not diverge.",
      ...{ x: depthAxis, y: "test_error_percent" },
      series: [
        ...kinds.map((kind) => ({ name: kind, rows: trained.where({ kind, diverged: false }) })),
        ...kinds.map((kind) => publishedSeries(`He et al. 2016: ${kind}, CIFAR-10`, published[kind])),
      ],
    },
  ];
}

/** What recomputing saves, for the deepest network. */
function memoryInWords(rows: Rows<Row>): string {
  const [kept, recomputed] = [false, true].map((again) => rows.where({ recomputed: again }).at(-1));
  if (kept === undefined || recomputed === undefined) return "";
  const [most, least] = [kept.step_mebibytes!, recomputed.step_mebibytes!];
  return (
    `At ${kept.depth} layers of pre-activation a step takes ${quantity(most, "MiB")} with activations kept and ` +
    `${quantity(least, "MiB")} with activations recomputed, ${told(() => quantity(mean([most / least])))} times less; ` +
    `${quantity(kept.held_mebibytes!, "MiB")} are held between steps.`
  );
}

/** "Diverged: 2 of 5 with post-activation, 164 layers." */
function divergedInWords(trained: Rows<Row>): string {
  const groups = trained.distinct("depth").flatMap((depth) => kinds.map((kind) => trained.where({ kind, depth })));
  const told = groups.flatMap((all) => {
    const { length: count } = all.where({ diverged: true });
    return count === 0 ? [] : [`${count} of ${all.length} with ${all[0]!.kind}, ${all[0]!.depth} layers`];
  });
  if (told.length === 0) return "No training diverged.";
  return `Diverged: ${told.join("; ")}. A training that diverged has no curve and counts with the loss of guessing.`;
}
