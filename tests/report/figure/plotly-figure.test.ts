import fc from "fast-check";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { type Figure, figureCsv, seriesStyles } from "../../../src/report";
import type { Matrix } from "../../../src/report/figure/figure";
import { figureRows } from "../../../src/report/figure/figure-csv";
import { labelPlaces } from "../../../src/report/figure/labels";
import { cellEdges } from "../../../src/report/figure/marks";
import { plotlyFigure } from "../../../src/report/figure/plotly-figure";
import { categoryTicks } from "../../../src/report/figure/plotly-parts";
import { law } from "../../property";
import { heatMap, seriesFigure } from "../figures";
import { sampleFigures, sampleHeatMap } from "../sample";

interface Trace {
  meta: { role: string; seed?: number };
  x: (number | string | null)[];
  y: (number | null)[];
  customdata: [number | null, number | null][];
  visible?: boolean;
  marker: { symbol: string[] };
}

const tracesOf = (figure: Figure) => plotlyFigure(figure, seriesStyles([figure])).data as unknown as Trace[];
law("what is plotted, and what the CSV of a figure holds, are the figure's own numbers", [seriesFigure], (given) => {
  const estimates = tracesOf(given).filter(({ meta }) => meta.role === "estimate");
  const seeds = tracesOf(given).filter(({ meta }) => meta.role === "seed");
  given.series.forEach(({ points }, i) => {
    for (const trace of [estimates[i]!, seeds[i]!]) {
      assert.equal(
        trace.x,
        points.map(({ x }) => x),
      );
      assert.equal(
        trace.y,
        points.map(({ y }) => y),
      );
    }
    assert.equal(
      estimates[i]!.customdata,
      points.map(({ low, high }) => [low ?? null, high ?? null]),
    );
  });
  const rows = figureRows(given);
  assert.equal(
    rows.filter(({ seed }) => seed === null).map(({ x, y }) => ({ x, y })),
    given.series.flatMap(({ points }) => points.map(({ x, y }) => ({ x, y }))),
  );
});

law("a band has every interval's ends, in closed outlines, and no others", [seriesFigure], (given) => {
  const ends = new Set(given.series.flatMap(({ points }) => points.flatMap(({ low, high }) => [low, high])));
  for (const { meta, x, y } of tracesOf(given)) {
    if (meta.role !== "band") continue;
    assert.is(x.length, y.length);
    for (const value of y) assert.ok(value === null || ends.has(value));
  }
});

test("individual seeds are hidden until asked for, and points with a note are hollow", () => {
  const traces = tracesOf(sampleFigures[0]!);
  assert.ok(traces.filter(({ meta }) => meta.role === "seed").every(({ visible }) => visible === false));
  const [residual] = traces.filter(({ meta }) => meta.role === "estimate");
  const hollow = residual!.x.filter((_, i) => residual!.marker.symbol[i] === "circle-open");
  assert.equal(hollow, ["stage2/block1", "stage3/block1"]);
});

law(
  "a series looks the same in all figures of a page, and no two look alike",
  [fc.uniqueArray(fc.string(), { maxLength: 100 })],
  (names) => {
    const figures = [names, [...names].reverse()].map((order) => ({
      ...sampleFigures[0]!,
      series: order.map((name) => ({ name, kind: "line" as const, points: [] })),
    }));
    const styles = seriesStyles(figures);
    assert.is(new Set([...styles.values()].map((style) => JSON.stringify(style))).size, names.length);
  },
);

test("blocks are ticked by their number, with the stage once under its middle", () => {
  const blocks = (stage: number, count: number) =>
    Array.from({ length: count }, (_, i) => `stage${stage}/block${i + 1}`);
  const ticks = categoryTicks([...blocks(1, 3), ...blocks(2, 4)]);
  const texts = ["1", "2\nstage1", "3", "1", "2\nstage2", "3", "4"];
  assert.equal(ticks, { texts, beginning: "", angle: 0, dividers: [2.5] });
  const names = ["plain", "residual"];
  assert.equal(categoryTicks(names), { texts: names, beginning: "", angle: 0, dividers: [] });
  assert.is(categoryTicks(Array.from({ length: 30 }, (_, i) => `convolution${i}`)).angle, -45);
});

test("names that would take the plot's place are ticked without what all begin with, which the axis says once", () => {
  const names = Array.from({ length: 12 }, (_, i) => [`encoder.layers.layer_${i}.attention`, `encoder.layers.layer_${i}.mlp`]).flat(); // biome-ignore format: one list
  const { texts, beginning, angle } = categoryTicks(names);
  assert.equal([beginning, angle], ["encoder.layers.layer_", -45]);
  assert.equal(texts.map((text) => `${beginning}${text}`), names); // biome-ignore format: one question
  const points = names.map((x) => ({ x, y: 1 }));
  const figure = { ...sampleFigures[0]!, xAxis: { label: "block", categories: names }, series: [{ name: "one", kind: "points" as const, points }] }; // biome-ignore format: one figure
  const { layout } = plotlyFigure(figure, seriesStyles([figure]));
  const { title, ticktext, tickvals } = layout.xaxis as unknown as { title: { text: string }; ticktext: string[]; tickvals: string[] }; // biome-ignore format: one layout
  assert.is(title.text, "block (encoder.layers.layer_…)");
  assert.equal(ticktext, texts);
  assert.equal(tickvals, names);
  const unlike = ["a long name of its own, and more", ...names];
  assert.equal(categoryTicks(unlike).texts, unlike);
});

test("marks at the ends of a range that is given are drawn whole", () => {
  const figure = { ...sampleFigures[0]!, yAxis: { label: "error", range: [0, 100] as const } };
  const drawn = plotlyFigure(figure, seriesStyles([figure])).data as unknown as {
    meta: { role: string };
    cliponaxis?: boolean;
  }[];
  assert.ok(drawn.some(({ meta }) => meta.role === "estimate"));
  assert.ok(drawn.every(({ meta, cliponaxis }) => meta.role !== "estimate" || cliponaxis === false));
});

test("labels of reference lines at one height do not stand on each other", () => {
  const [first] = sampleFigures;
  const places = labelPlaces({ ...first!, references: [1, 2, 3, 4].map((i) => ({ y: 50, label: `line ${i}` })) });
  assert.is(new Set(places.map(({ right, above }) => `${right} ${above}`)).size, 4);
});

test("a published series is grey, dashed and hollow, in the legend, and marked in the CSV", () => {
  const published = { name: "Huang et al. 2016", kind: "line", published: true, points: [{ x: 1, y: 6.41 }] } as const;
  const alone = { ...sampleFigures[1]!, series: [published] };
  const { data, layout } = plotlyFigure(alone, seriesStyles([...sampleFigures, alone]));
  const [trace] = data as unknown as { line: { color: string; dash: string }; marker: { symbol: string[] } }[];
  assert.equal({ ...trace!.line, width: 2 }, { color: "#7F7F7F", dash: "dash", width: 2 });
  assert.match(trace!.marker.symbol[0]!, /-open$/);
  assert.is(layout.showlegend, true);
  assert.is(figureCsv(alone), "series,published,seed,x,y,low,high,note\r\nHuang et al. 2016,true,,1,6.41,,,\r\n");
});

test("a published series takes no colour from those that are measured", () => {
  const [first] = sampleFigures;
  const beside = {
    ...first!,
    series: [{ name: "a", kind: "line", published: true, points: [] } as const, ...first!.series],
  };
  for (const { name } of first!.series)
    assert.equal(seriesStyles([beside]).get(name), seriesStyles([first!]).get(name), name);
});

law(
  "the colours of a heat map stand for its values or their logarithms, and its CSV holds every cell",
  [heatMap],
  (given) => {
    const { x, y, values, scale } = given.matrix;
    const [trace] = plotlyFigure(given, new Map()).data as unknown as {
      z: (number | null)[][];
      zmin: number;
      zmax: number;
    }[];
    const { z, zmin, zmax } = trace!;
    values.forEach((row, i) => {
      row.forEach((value, j) => {
        const level = z[i]![j]!;
        const expected =
          value === null || (scale === "log" && value <= 0) ? null : scale === "log" ? Math.log10(value) : value;
        assert.is(level, expected);
        if (level !== null && !given.matrix.range) assert.ok(level >= zmin && level <= zmax);
      });
    });
    assert.ok(zmin < zmax);
    assert.equal(
      figureRows(given),
      y.flatMap((up, i) => x.map((across, j) => ({ x: across, y: up, value: values[i]![j]! }))),
    );
  },
);

test("the neutral colour of a diverging scale is that of its middle", () => {
  const ends = (matrix: Partial<Matrix>) => {
    const [trace] = plotlyFigure({ ...sampleHeatMap, matrix: { ...sampleHeatMap.matrix, ...matrix } }, new Map()).data;
    return [trace!.zmin, trace!.zmax];
  };
  const one = { x: [1, 2], y: [1], colours: "diverging" } as const;
  assert.equal(ends({ ...one, values: [[-1, 3]], scale: "linear" }), [-3, 3]);
  assert.equal(ends({ ...one, values: [[0.01, 10]], scale: "log" }), [-2, 2]);
  assert.equal(ends({ ...one, values: [[2, 3]], scale: "linear", middle: 1.5 }), [0, 3]);
});

test("a heat map whose places lie unevenly has its cells meet half way, on a logarithmic axis by the geometric mean", () => {
  assert.equal(cellEdges([1, 2, 4]), [0.5, 1.5, 3, 5]);
  assert.equal(cellEdges([7]), [6.5, 7.5]);
  assert.equal(
    cellEdges([1, 100], "log").map((edge) => Number(edge.toPrecision(12))),
    [0.1, 10, 1000],
  );
});

test("Plotly's own markup in a name stands as text", () => {
  const named = { ...sampleFigures[1]!, series: [{ name: "<b>x</b> & y", kind: "line" as const, points: [] }] };
  const [trace] = plotlyFigure(named, seriesStyles([named])).data;
  assert.is(trace!.name, "&lt;b&gt;x&lt;/b&gt; &amp; y");
});

test.run();
