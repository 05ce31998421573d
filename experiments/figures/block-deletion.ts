/** What the rows of `../block-deletion.ts` show: their selections, and the figures. */
import {
  blockDeletionHardlyHurts,
  errorRisesSmoothly,
  errorRisesSmoothlyAtFirst,
  layerDeletionDestroysVgg,
} from "../../src/claims";
import { parseName } from "../../src/networks";
import { type Axis, captioned, type Figure, intervalSeries } from "../../src/report";
import { ascending, mean, median, quantity } from "../../src/statistics";
import type { Parameters, Result } from "../block-deletion";

/** All of them, in the order of the report. */
export function blockDeletionFigures(rows: readonly Result[], params: Parameters): Figure[] {
  return [
    errorByDeletedLayer(rows, params),
    errorByDeletedBlock(rows, params),
    errorByNumberDeleted(rows, params),
    ...(params.steps === 0 ? [] : [riseByTrainingLength(rows, params)]), // 0: the weights were given
    riseByDepth(rows, params),
  ];
}

/** Error (%) of guessing among ten classes of equal size. */
export const chance = 90;

/** Largest median rise (points) by the rule of E1. */
export const hardlyHurts = 5;

export function risePoints({ rise_points }: Result): number {
  return rise_points;
}

/** What was measured of one kind on one network trained for so many steps. */
function select(rows: readonly Result[], measurement: string, network: string, steps: number): Result[] {
  return rows.filter(
    (given) => given.measurement === measurement && given.network === network && given.steps === steps,
  );
}

/** Deletions of one block, downsampling blocks included. */
function deletions(rows: readonly Result[], network: string, steps: number): Result[] {
  return select(rows, "one deleted", network, steps);
}

/** Deletions of one block that keeps its shape. */
export function singles(rows: readonly Result[], network: string, steps: number): Result[] {
  return deletions(rows, network, steps).filter(({ keeps_shape }) => keeps_shape);
}

export function severalDeleted(rows: readonly Result[], { residual, steps }: Parameters): Result[] {
  return select(rows, "several deleted", residual, steps);
}

function intactRows(rows: readonly Result[], network: string, steps: number): Result[] {
  return select(rows, "intact", network, steps);
}

const errorAxis = { label: "test error (%)", range: [0, 100] } as const;

const chanceLine = { y: chance, label: "chance" };

function errorByDeletedLayer(rows: readonly Result[], { residual, plain, vgg, steps }: Parameters): Figure {
  const networks = [residual, plain, vgg].filter((network) => deletions(rows, network, steps).length > 0);
  return {
    id: "error-by-deleted-layer",
    claims: [blockDeletionHardlyHurts.id, layerDeletionDestroysVgg.id],
    title: `Test error with one block deleted: ${networks.join(", ")}`,
    caption: captioned(
      "Test error after the deletion of one block, by the layer at which the block begins",
      `Hollow marks are downsampling blocks of the residual network, of which the shortcut remains. Whole, the networks err on ${intactErrors(rows, networks, steps)}.`,
    ),
    xAxis: { label: "first layer of the deleted block, from the input", integers: true },
    yAxis: errorAxis,
    series: networks.map((network) =>
      intervalSeries({
        name: network,
        kind: "points",
        rows: deletions(rows, network, steps),
        x: ({ layer }) => layer!,
        y: ({ error_percent }) => error_percent,
        note: shapeNote,
      }),
    ),
    references: [chanceLine],
  };
}

function errorByDeletedBlock(rows: readonly Result[], { residual, steps }: Parameters): Figure {
  const deleted = deletions(rows, residual, steps);
  return {
    id: "rise-by-deleted-block",
    claims: [blockDeletionHardlyHurts.id],
    title: `Which block it is that is deleted: ${residual}`,
    caption: captioned("Rise of the test error of the residual network, by its deleted block", "Hollow: downsampling."),
    xAxis: { label: "deleted block", categories: [...new Set(deleted.map(({ block }) => block!))] },
    yAxis: { label: "rise of the test error (points)" },
    series: [
      intervalSeries({
        name: residual,
        kind: "points",
        rows: deleted,
        x: ({ block }) => block!,
        y: risePoints,
        note: shapeNote,
      }),
    ],
    references: [{ y: hardlyHurts, label: "rule of E1, for the median" }],
  };
}

function errorByNumberDeleted(rows: readonly Result[], params: Parameters): Figure {
  return {
    id: "error-by-number-deleted",
    claims: [errorRisesSmoothly.id, errorRisesSmoothlyAtFirst.id],
    title: `Test error against the number of deleted blocks: ${params.residual}`,
    caption: captioned(
      `Test error of ${params.residual} after the deletion of k random blocks, mean over ${params.draws} draws of blocks`,
    ),
    xAxis: { label: "number of deleted blocks", integers: true },
    yAxis: errorAxis,
    series: [
      intervalSeries({
        name: params.residual,
        kind: "line",
        rows: severalDeleted(rows, params),
        x: ({ deleted_blocks }) => deleted_blocks,
        y: ({ error_percent }) => error_percent,
      }),
    ],
    references: [chanceLine],
  };
}

function riseByTrainingLength(rows: readonly Result[], { residual, steps, otherSteps }: Parameters): Figure {
  const lengths = ascending([...otherSteps, steps]);
  return dependence(
    "rise-by-training-length",
    `How the rise depends on the length of training (${residual})`,
    { label: "training (mini-batches)", scale: "log", integers: true },
    lengths.map((length) => ({ x: length, network: residual, steps: length })),
    rows,
  );
}

function riseByDepth(rows: readonly Result[], { residual, steps, otherDepths }: Parameters): Figure {
  const { family, depth: ownDepth } = parseName(residual);
  const depths = ascending([...otherDepths, ownDepth]);
  return dependence(
    "rise-by-depth",
    `How the rise depends on depth (${family.description})`,
    { label: "depth (layers)", integers: true },
    depths.map((depth) => ({ x: depth, network: `${family.prefix}${depth}`, steps })),
    rows,
  );
}

function dependence(
  id: string,
  title: string,
  xAxis: Axis,
  places: readonly { x: number; network: string; steps: number }[],
  rows: readonly Result[],
): Figure {
  const at = (select: typeof singles) =>
    places.flatMap(({ x, network, steps }) => select(rows, network, steps).map((found) => ({ ...found, x })));
  return {
    id,
    title,
    caption: captioned(
      "Median rise over the blocks that keep their shape, and the error of the whole network beside it",
    ),
    xAxis,
    yAxis: { label: "rise, error (points)" },
    series: [
      intervalSeries({
        name: "median rise",
        kind: "line",
        rows: at(singles),
        x: ({ x }) => x,
        y: risePoints,
        aggregate: median,
      }),
      intervalSeries({
        name: "error of the whole network",
        kind: "line",
        rows: at(intactRows),
        x: ({ x }) => x,
        y: ({ error_percent }) => error_percent,
      }),
    ],
    references: [{ y: hardlyHurts, label: "rule of E1" }],
  };
}

/** "1.6 % (resnet32), 2.3 % (plain32)": means over seeds, of networks that nothing was deleted from. */
function intactErrors(rows: readonly Result[], networks: readonly string[], steps: number): string {
  return networks
    .map((network) => {
      const errors = intactRows(rows, network, steps).map(({ error_percent }) => error_percent);
      return `${quantity(mean(errors), "%")} (${network})`;
    })
    .join(", ");
}

function shapeNote({ keeps_shape }: Result): string | undefined {
  return keeps_shape ? undefined : "changes the shape: its shortcut remains";
}
