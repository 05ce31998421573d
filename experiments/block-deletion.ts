/**
 * What one missing block costs a trained network, and what many cost.
 *
 * A residual network, a plain network of the same depth and a VGG-style network are trained alike. Then, at test time and
 * without retraining, each block is deleted in turn: a residual block leaves its shortcut, a layer of the others an
 * identity. From the residual network k random blocks are deleted, too, for every k.
 *
 * Source: Veit, Wilber & Belongie 2016, arXiv:1605.06431, sec. 4.1 and 4.2. Claims E1, E2, E3, E3.1. The depth of `quick` was
 * chosen on the validation split of MNIST, seed 1: of the seven blocks of 20 layers that keep their shape two are next to the
 * input, whose loss hurts at any depth; the median over the thirteen of 32 says more.
 */
import { takeAtMost } from "../src/data";
import {
  chanceError,
  count,
  cross,
  errorsBeside,
  experiment,
  hasGivenWeights,
  judge,
  needsBlocksThatKeepShape,
  otherThanSource,
  text,
  trainingDepartures,
  trainingParameters,
} from "../src/experiment";
import { fullRoute, keepsShape } from "../src/networks";
import { deletableBlocks, routeWithout, sampleBlocks } from "../src/routes";
import { median } from "../src/statistics";
import { planByName } from "../src/training";
import {
  columns,
  firstLayer,
  intactErrors,
  likeTheSource,
  severalDeleted,
  shapeNote,
  singles,
} from "./block-deletion/rows";
import { deletedBlockText, deletedLayerText, judgeSmoothness, smoothnessText } from "./block-deletion/verdicts";

/** Error (%) of guessing among ten classes of equal size, as the controls do. */
const chance = 90;

export default experiment("block-deletion", {
  title: "Deleting blocks of trained networks",
  question: "What does a trained network lose when one of its blocks is deleted at test time, and what when many are?",
  source:
    "Veit, Wilber & Belongie 2016, Residual networks behave like ensembles of relatively shallow networks, sec. 4",
  parameters: {
    residual: text("residual network", {
      smoke: "preactivation-resnet8",
      quick: "preactivation-resnet32",
      standard: "preactivation-resnet32",
      paper: "preactivation-resnet110",
    }),
    plain: text("plain network, as deep", { smoke: "plain8", quick: "plain32", paper: "plain110" }),
    vgg: text("VGG-style network", { smoke: "vgg7", quick: "vgg15", paper: "vgg15" }),
    width: count("filters of the first stage, residual and plain", 16),
    vggWidth: count("filters of the first stage, VGG-style", { smoke: 16, quick: 16, paper: 64 }),
    testImages: count("test images, one block deleted", { smoke: 200, quick: 2000, paper: 10_000 }),
    samples: count("random sets of blocks for each number of deleted ones", { smoke: 2, quick: 24, paper: 24 }),
    sampleImages: count("test images, several blocks deleted", { smoke: 100, quick: 500, paper: 10_000 }),
    ...trainingParameters,
  },
  variations: {
    smoke: { steps: [5, 20] },
    quick: { steps: [100, 400, 1600], residual: [20, 32, 56].map((depth) => `preactivation-resnet${depth}`) },
    paper: { steps: [16_000, 64_000], residual: [20, 32, 56, 110].map((depth) => `preactivation-resnet${depth}`) },
  },
  columns,
  firstLook: { median: "rise_points", by: ["network"], where: { measurement: "one deleted", keeps_shape: true } },
  cells: ({ seeds, residual, plain, vgg }) => cross({ seed: seeds, network: [residual, plain, vgg] }),

  network({ seed, network }, params, images) {
    const width = network.startsWith("vgg") ? params.vggWidth : params.width;
    return planByName(params, { network, width, seed, steps: params.steps }, images);
  },

  async measure(run, { network: name }, { residual, testImages, samples, sampleImages }) {
    const { architecture, test, evaluate } = await run.trained();
    const [blocks, keeps, full] = [deletableBlocks(architecture), keepsShape(architecture), fullRoute(architecture)];
    const without = (deleted: readonly number[]) => routeWithout(architecture, deleted);

    const single = [full, ...blocks.map((block) => without([block]))];
    const [intact, ...lesioned] = await evaluate(single, takeAtMost(test, testImages), "deleting one block");
    const rows = [
      { measurement: "intact" as const, deleted_blocks: 0, ...errorsBeside(intact!, intact!) },
      ...blocks.map((block, i) => ({
        measurement: "one deleted" as const,
        block: architecture.blocks[block]!.name,
        layer: firstLayer(block, name),
        keeps_shape: keeps[block]!,
        deleted_blocks: 1,
        ...errorsBeside(lesioned[i]!, intact!),
      })),
    ];
    if (name !== residual) return rows;
    const sets = cross({ size: blocks.map((_, i) => i + 1), sample: Array.from({ length: samples }, (_, i) => i) });
    const sampled = sets.map(({ size, sample }) =>
      sampleBlocks(blocks, size, run.random("deleted blocks", size, sample)),
    );
    const several = [[], ...sampled];
    const results = await evaluate(several.map(without), takeAtMost(test, sampleImages), "deleting several blocks");
    return [
      ...rows,
      ...several.map((deleted, i) => ({
        measurement: "several deleted" as const,
        deleted_blocks: deleted.length,
        sample: i === 0 ? 1 : sets[i - 1]!.sample + 1,
        ...errorsBeside(results[i]!, results[0]!),
      })),
    ];
  },

  claims: {
    E1: (rows, { residual }) => judge(singles(rows, residual).interval("rise_points", median)).atMost(5).below(10),
    E2(rows, { residual, plain, vgg }) {
      const rise = (network: string) =>
        singles(rows, network).lessPerSeed(singles(rows, residual), "rise_points", median);
      const controls = [["VGG-style net", vgg] as const, ["plain net", plain] as const];
      return judge(rise(vgg)).each(controls, (judged, [name, network]) =>
        judged
          .of(`${name}: median error`, singles(rows, network).perSeed("error_percent", median), "%")
          .atLeast(0.75 * chance)
          .of(`${name}: difference of median rises`, rise(network), "points")
          .above(30),
      );
    },
    E3: (rows) => judgeSmoothness(severalDeleted(rows), (k) => k >= 1),
    "E3.1": (rows) => judgeSmoothness(severalDeleted(rows), likeTheSource),
  },

  states: {
    "half of chance": (rows, { residual }, claim) => intactErrors(rows, claim === "E2" ? null : residual),
    "trained as in the sources": (rows, { residual }) => intactErrors(rows, residual),
    "three points": (rows, _, claim) =>
      severalDeleted(rows).map(
        ({ points }) => points.filter(({ x }) => claim === "E3" || likeTheSource(x, points.at(-1)!.x)).length,
      ),
  },

  sentences: {
    E1: (rows, { residual }) => deletedBlockText(rows, residual),
    E2: (rows, { residual, plain, vgg }) => deletedLayerText(rows, [vgg, plain, residual]),
    E3: (rows) => smoothnessText(severalDeleted(rows), 1),
    "E3.1": (rows) => smoothnessText(severalDeleted(rows), 20 / 54),
  },

  figures(rows, { residual }) {
    const deletions = rows.where({ measurement: "one deleted" });
    const intact = rows.where({ measurement: "intact" }).meansText("error_percent", "%", "network");
    const style = {
      y: { column: "error_percent", range: [0, 100] },
      references: [{ y: chanceError(residual), label: "chance" }],
    } as const;
    return [
      {
        id: "error-by-deleted-layer",
        claims: ["E1", "E2"],
        title: "Test error with one block deleted",
        caption: "Hollow marks are downsampling blocks, of which the shortcut remains.",
        numbers: `Baseline errors: ${intact}.`,
        ...{ x: "layer", rows: deletions, by: "network", kind: "points", note: shapeNote, ...style },
      },
      {
        id: "rise-by-deleted-block",
        claims: ["E1"],
        title: `Which block is deleted: ${residual}`,
        caption: "Hollow: downsampling blocks.",
        x: "block",
        ...{ y: "rise_points", rows: deletions.where({ network: residual }), by: "network", note: shapeNote },
        references: [{ y: 5, label: "threshold of E1, for the median" }],
      },
      {
        id: "error-by-number-deleted",
        claims: ["E3", "E3.1"],
        title: `Test error against the number of deleted blocks: ${residual}`,
        caption: "Mean over random sets of k blocks.",
        ...{ x: "deleted_blocks", rows: rows.where({ measurement: "several deleted" }), by: "network", ...style },
      },
    ];
  },

  departures: (params) => [
    ...otherThanSource("The residual network", params.residual, "preactivation-resnet110"),
    ...trainingDepartures(params),
    ...(hasGivenWeights(params)
      ? [] // such a network has no controls beside it
      : [
          ...otherThanSource(`The number of filters that ${params.vgg} begins with`, params.vggWidth, 64),
          "The plain network of equal depth is a control of ours; the source has the VGG-style network alone.",
          "Layers of the controls that change the shape are not deleted: no identity fits in their place.",
        ]),
    "Every number of blocks up to all of them is deleted, downsampling blocks included; the source stops at 20 of 54.",
  ],
  customNetwork: { parameter: "residual", needs: needsBlocksThatKeepShape, withWeights: true, byRoutes: true },
});
