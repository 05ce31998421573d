/** What the rows of `../history.ts` show, and what is cited beside them: their selections, and the figures. */
import {
  hiddenLayerLearnsXor,
  historicSteps,
  publishedTopFiveErrors,
  widthApproximatesAndOverfits,
} from "../../src/claims";
import { captioned, type Figure, intervalSeries, marksOverSeeds } from "../../src/report";
import { quantity } from "../../src/statistics";
import type { Cell, Parameters, Result } from "../history";

/** All of them, in the order of the report. */
export function historyFigures(rows: readonly Result[], params: Parameters): Figure[] {
  return [sharesByUnits(rows, params), errorByWidth(rows), gapByWidth(rows, params), timeline(), publishedErrors()];
}

/** Least share (%) of starts with a hidden layer that learn, by the rule of B4. */
export const hiddenAtLeast = 95;

export function ofProblem(rows: readonly Result[], problem: Cell["problem"]): Result[] {
  return rows.filter((row) => row.problem === problem);
}

/** 100 for a start that got all points right, 0 for another: its mean is the share of starts that learn, in percent. */
export function percentRight({ best_accuracy }: Result): number {
  return best_accuracy === 1 ? 100 : 0;
}

export function approximationError({ approximation_error }: Result): number {
  return approximation_error!;
}

export function gap({ gap_points }: Result): number {
  return gap_points!;
}

const widthAxis = { label: "hidden units", scale: "log", integers: true } as const;

function sharesByUnits(rows: readonly Result[], { starts }: Parameters): Figure {
  return {
    id: "learned-by-hidden-units",
    claims: [hiddenLayerLearnsXor.id],
    title: "XOR is out of one neuron's reach",
    caption:
      `Share of ${quantity(starts)} starts a seed from which all four points are classified rightly at some step. No ` +
      `hidden unit is the perceptron, which learns AND. ${marksOverSeeds}`,
    xAxis: { label: "hidden units", integers: true },
    yAxis: { label: "starts that learn (%)", range: [-3, 103] },
    series: (["XOR", "AND"] as const).map((problem) =>
      intervalSeries({
        name: problem,
        kind: problem === "XOR" ? "line" : "points",
        rows: ofProblem(rows, problem),
        x: ({ hidden_units }) => hidden_units,
        y: percentRight,
      }),
    ),
    references: [{ y: hiddenAtLeast, label: "rule of B4" }],
  };
}

function errorByWidth(rows: readonly Result[]): Figure {
  return {
    id: "approximation-by-width",
    claims: [widthApproximatesAndOverfits.id],
    title: "Width buys approximation",
    caption: captioned("Root mean square difference of trained networks from sin(πx) + sin(4πx)/2 between the points"),
    xAxis: widthAxis,
    yAxis: { label: "approximation error", scale: "log" },
    series: [
      intervalSeries({
        name: "one hidden layer",
        kind: "line",
        rows: ofProblem(rows, "smooth target"),
        x: ({ hidden_units }) => hidden_units,
        y: approximationError,
      }),
    ],
  };
}

function gapByWidth(rows: readonly Result[], { labelled, wrongLabels }: Parameters): Figure {
  const noisy = ofProblem(rows, "noisy labels");
  const series = (name: string, y: (row: Result) => number) =>
    intervalSeries({ name, kind: "line", rows: noisy, x: ({ hidden_units }) => hidden_units, y });
  return {
    id: "errors-by-width",
    claims: [widthApproximatesAndOverfits.id],
    title: "And pays for it in overfitting where labels are wrong",
    caption:
      `Errors after training on ${quantity(labelled)} points, of whose labels some are wrong, as are those at test. ` +
      marksOverSeeds,
    xAxis: widthAxis,
    yAxis: { label: "error (%)" },
    series: [
      series("training", ({ training_error_percent }) => training_error_percent!),
      series("test", ({ test_error_percent }) => test_error_percent!),
    ],
    references: [{ y: 100 * wrongLabels, label: "wrong labels" }],
  };
}

function timeline(): Figure {
  return {
    id: "timeline",
    title: "From the neuron to residual networks (cited, not measured)",
    caption:
      "Years in which steps were published (G4), with their sources in the table below and on hover; where a claim " +
      "measures what a step is known for, it is named there.",
    xAxis: { label: "step", categories: historicSteps().map(({ what }) => what) },
    yAxis: { label: "year" },
    series: [
      {
        name: "publications",
        kind: "points",
        published: true,
        points: historicSteps().map(({ year, what, source, measured }) => ({
          x: what,
          y: year,
          note: measured === undefined ? source : `${source}; measured: ${measured}`,
        })),
      },
    ],
  };
}

function publishedErrors(): Figure {
  const at = (network: string) => publishedTopFiveErrors.find((entry) => entry.network === network)!.topFivePercent;
  const [alexNet, second] = [at("AlexNet"), at("ISI")];
  const halving = 100 * (1 - alexNet / second);
  return {
    id: "published-errors",
    title: "AlexNet and its successors on ImageNet (cited, not measured)",
    caption:
      "Top-5 error of entries to the ImageNet challenge as their authors or its organisers published it (G3): " +
      `ensembles, under different protocols, which the table below names. AlexNet's ${alexNet} % against ${second} % ` +
      `in second place is ${quantity(halving, "%")} less: much, but not half. Each later network in the figure ` +
      "improved on it.",
    xAxis: { label: "year", integers: true },
    yAxis: { label: "top-5 test error (%)", range: [0, 30] },
    series: [
      {
        name: "entries to ILSVRC",
        kind: "points",
        published: true,
        points: publishedTopFiveErrors.map(({ year, network, topFivePercent, source }) => ({
          x: year,
          y: topFivePercent,
          label: network,
          note: `${network}: ${source}`,
        })),
      },
    ],
  };
}
