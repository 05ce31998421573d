import fc from "fast-check";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { type Figure, figureRows, type Point, plotlyFigure, seriesStyles } from "../../src/report";
import { categoryTicks } from "../../src/report/category-ticks";
import { labelPlaces } from "../../src/report/label-places";
import { law } from "../property";
import { sampleContent } from "./sample";

interface Trace {
  meta: { role: string; seed?: number };
  x: (number | string | null)[];
  y: (number | null)[];
  customdata: [number | null, number | null][];
  visible?: boolean;
  marker: { symbol: string[] };
}

const tracesOf = (figure: Figure) => plotlyFigure(figure, seriesStyles([figure])).data as unknown as Trace[];
const number = fc.double({ min: -1e6, max: 1e6, noNaN: true });
const point: fc.Arbitrary<Point> = fc.record(
  { x: number, y: number, low: number, high: number, note: fc.string() },
  { requiredKeys: ["x", "y"] },
);
const figure: fc.Arbitrary<Figure> = fc
  .array(fc.record({ kind: fc.constantFrom("line" as const, "points" as const), points: fc.array(point) }), {
    minLength: 1,
    maxLength: 9,
  })
  .map((series) => ({
    id: "generated",
    title: "",
    caption: "",
    xAxis: { label: "x" },
    yAxis: { label: "y" },
    series: series.map((one, i) => ({ ...one, name: `series ${i}`, seeds: [{ seed: 3, points: one.points }] })),
  }));

law("what is plotted, and what the CSV of a figure holds, are the figure's own numbers", [figure], (given) => {
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

law("a band has every interval's ends, in closed outlines, and no others", [figure], (given) => {
  const ends = new Set(given.series.flatMap(({ points }) => points.flatMap(({ low, high }) => [low, high])));
  for (const { meta, x, y } of tracesOf(given)) {
    if (meta.role !== "band") continue;
    assert.is(x.length, y.length);
    for (const value of y) assert.ok(value === null || ends.has(value));
  }
});

test("individual seeds are hidden until asked for, and points with a note are hollow", () => {
  const traces = tracesOf(sampleContent.figures[0]!);
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
      ...sampleContent.figures[0]!,
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
  assert.equal(ticks, { texts: ["1", "2\nstage1", "3", "1", "2\nstage2", "3", "4"], angle: 0, dividers: [2.5] });
  assert.equal(categoryTicks(["plain", "residual"]), { texts: ["plain", "residual"], angle: 0, dividers: [] });
  assert.is(categoryTicks(Array.from({ length: 30 }, (_, i) => `convolution${i}`)).angle, -45);
});

test("labels of reference lines at one height do not stand on each other", () => {
  const [first] = sampleContent.figures;
  const places = labelPlaces({ ...first!, references: [1, 2, 3, 4].map((i) => ({ y: 50, label: `line ${i}` })) });
  assert.is(new Set(places.map(({ right, above }) => `${right} ${above}`)).size, 4);
});

test("Plotly's own markup in a name stands as text", () => {
  const named = { ...sampleContent.figures[1]!, series: [{ name: "<b>x</b> & y", kind: "line" as const, points: [] }] };
  const [trace] = plotlyFigure(named, seriesStyles([named])).data;
  assert.is(trace!.name, "&lt;b&gt;x&lt;/b&gt; &amp; y");
});

test.run();
