import { quantity } from "../../statistics";
import type { Axis } from "../figure/figure";
import { onScreen } from "../figure/marks";
import { commonLayout, type PlotlyFigure, type PlotlyObject, plotlyAxis, plotlyText } from "../figure/plotly-parts";
import { seriesStyles } from "../figure/series-style";
import type { LiveTraining } from "./live-content";

/** Identifiers and titles of the figures of training curves. */
export const trainingFigureTitles = { loss: "Training loss", error: "Training error" } as const;

type TrainingFigureId = keyof typeof trainingFigureTitles;

/**
 * Training curves as Plotly specifications, without colours of a theme. Each training run is a line; those of one network look
 * alike and share an entry in the legend.
 */
export function trainingFigures(trainings: readonly LiveTraining[]): Readonly<Record<TrainingFigureId, PlotlyFigure>> {
  const label = "step (mini-batches)";
  return {
    loss: curves(trainings, ({ loss }) => loss, { x: { label }, y: { label: "loss (nats)", scale: "log" } }),
    error: curves(trainings, ({ error }) => 100 * error, { x: { label }, y: { label: "training error (%)" } }),
  };
}

function curves(
  trainings: readonly LiveTraining[],
  ordinate: (point: LiveTraining["points"][number]) => number,
  axes: { readonly x: Axis; readonly y: Axis },
): PlotlyFigure {
  // Styles of all that are planned, so that a network keeps its colour when another one begins.
  const styles = seriesStyles([{ series: trainings.map(({ network: name }) => ({ name })) }]);
  const steps = Math.max(1, ...trainings.map((training) => training.steps));
  const begun = trainings.filter(({ points }) => points.length > 0);
  return {
    data: begun.map((training, place): PlotlyObject => {
      const { network, seed, points } = training;
      const { colour, dash, marker } = styles.get(network)!;
      const values = points.map(ordinate);
      return {
        type: "scatter",
        mode: points.length === 1 ? "markers" : "lines", // a line needs a second point
        name: plotlyText(network),
        legendgroup: network,
        showlegend: begun.findIndex((other) => other.network === network) === place,
        x: points.map(({ step }) => step),
        y: values,
        line: { color: colour, dash, width: 1.5 },
        marker: { color: colour, symbol: marker, size: 6 },
        text: points.map(({ step }, i) =>
          [
            `<b>${plotlyText(`${network}, seed ${seed}`)}</b>`,
            `step ${step} of ${training.steps}`,
            plotlyText(`${axes.y.label}: ${quantity(values[i]!)}`),
          ].join("<br>"),
        ),
        hovertemplate: "%{text}<extra></extra>",
      };
    }),
    layout: {
      xaxis: plotlyAxis({ ...axes.x, range: [0, 1.02 * steps] }, [], "x", onScreen),
      yaxis: { ...plotlyAxis(axes.y, [], "y", onScreen), ...(axes.y.scale === "log" ? {} : { rangemode: "tozero" }) },
      ...commonLayout(onScreen),
      showlegend: begun.length > 0,
    },
  };
}
