/** Figures of what `../history.ts` cites and does not measure. */
import { historicSteps, publishedTopFiveErrors } from "../../src/claims";
import type { Figure } from "../../src/report";
import { quantity } from "../../src/statistics";

/** G4: the years of the steps that the lecture names. */
export function timeline(): Figure {
  const steps = historicSteps();
  return {
    id: "timeline",
    title: "From the neuron to residual networks (cited, not measured)",
    caption: "Year of publication of each step (G4); the table below gives its source and the claim that measures it.",
    xAxis: { label: "step", categories: steps.map(({ what }) => what) },
    yAxis: { label: "year", years: true },
    series: [
      {
        name: "publications",
        kind: "points",
        published: true,
        points: steps.map(({ year, what, source, measured }) => ({
          x: what,
          y: year,
          note: measured === undefined ? source : `${source}; measured: ${measured}`,
        })),
      },
    ],
  };
}

/** G3: errors on ImageNet before AlexNet and after. */
export function publishedErrors(): Figure {
  const [alexNet, second] = ["AlexNet", "ISI"].map(
    (name) => publishedTopFiveErrors.find(({ network }) => network === name)!.topFivePercent,
  ) as [number, number];
  return {
    id: "published-errors",
    title: "AlexNet and its successors on ImageNet (cited, not measured)",
    caption:
      "Published top-5 errors of entries to the ImageNet challenge (G3), most of them ensembles, under the protocols named " +
      `in the table below. AlexNet's ${alexNet} % against ${second} % in second place is ` +
      `${quantity(100 * (1 - alexNet / second), "%")} less: much, but not half.`,
    xAxis: { label: "year", years: true },
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
