import fc from "fast-check";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { type Figure, seriesStyles } from "../../../src/report";
import { matrixColours } from "../../../src/report/figure/colours";
import { wrapText } from "../../../src/report/html";
import { paperFigure } from "../../../src/report/paper/paper-figure";
import { law } from "../../property";
import { anySeriesFigure, heatMap } from "../figures";
import { sampleFigures, sampleHeatMap } from "../sample";

type Trace = { type: string; meta?: { role: string }; x: unknown[]; y: unknown[]; name?: string };
const drawn = (figure: Figure, columns: 1 | 2 = 1) => paperFigure(figure, seriesStyles([figure]), columns);
const columns = fc.constantFrom(1 as const, 2 as const);

law(
  "on paper stand the estimates and bands of the screen, and no single seed",
  [anySeriesFigure, columns],
  (given, over) => {
    const { data, width } = drawn(given, over);
    assert.is(width, over === 1 ? 85 : 178);
    const traces = data as unknown as Trace[];
    assert.ok(traces.every(({ meta }) => meta?.role === "estimate" || meta?.role === "band"));
    assert.equal(
      traces.filter(({ meta }) => meta?.role === "estimate").map(({ x, y }) => [x, y]),
      given.series.map(({ points }) => [points.map(({ x }) => x), points.map(({ y }) => y)]),
    );
  },
);

law("a heat map on paper is one rectangle for each cell with a colour", [heatMap, columns], (given, over) => {
  const { data, layout } = drawn(given, over);
  assert.ok(data.every(({ type }) => type === "scatter"));
  const { level, ends } = matrixColours(given.matrix);
  const levels = given.matrix.values
    .flat()
    .map(level)
    .filter((height) => height !== null);
  const shapes = layout.shapes as { type: string; x0: number; x1: number; y0: number; y1: number; fillcolor: string }[];
  assert.is(shapes.length, levels.length);
  for (const { type, x0, x1, y0, y1, fillcolor } of shapes) {
    assert.is(type, "rect");
    assert.ok(x0 < x1 && y0 < y1);
    assert.match(fillcolor, /^#[0-9a-f]{6}$/);
  }
  const dots = (data[1] as unknown as Trace).x.length;
  const below = levels.filter((height) => (height - ends[0]) / (ends[1] - ends[0]) < 0.5).length;
  assert.is(dots, given.matrix.colours === "diverging" ? below : 0); // the sides of a diverging scale, told apart in grey
});

test("the colour bar says what dots mean, where there are any", () => {
  const bar = (matrix: Partial<typeof sampleHeatMap.matrix>) =>
    JSON.stringify(drawn({ ...sampleHeatMap, matrix: { ...sampleHeatMap.matrix, ...matrix } }).data[0]);
  assert.match(bar({ colours: "diverging", scale: "log" }), "below 1)");
  assert.not.match(bar({ colours: "sequential" }), "below");
});

test("axes of many categories keep the names of their groups, and so many numbers as fit", () => {
  const ticks = (over: 1 | 2) => (drawn(sampleFigures[0]!, over).layout.xaxis as { ticktext: string[] }).ticktext;
  for (const over of [1, 2] as const)
    assert.equal(
      ticks(over).flatMap((text) => text.split("<br>").slice(1)),
      ["stage1", "stage2", "stage3"],
    );
  const numbers = (over: 1 | 2) => ticks(over).filter((text) => /^\d/.test(text)).length;
  assert.ok(numbers(1) < 20);
  assert.is(numbers(2), 30);
});

law(
  "text is broken between words, and no line is too long but of a single word",
  [fc.stringMatching(/^[a-z()]+( [a-z()]+){0,12}$/), fc.integer({ min: 1, max: 40 })],
  (text, letters) => {
    const wrapped = wrapText(text, letters);
    assert.is(wrapped.replaceAll("\n", " "), text);
    for (const line of wrapped.split("\n")) assert.ok(line.length <= letters || !line.includes(" "));
  },
);

test("a label longer than the plot beside it is broken, and its series keeps its style", () => {
  const name = "a very long name of a series that says everything there is to be said about it";
  const [first] = sampleFigures;
  const figure = { ...first!, series: [{ ...first!.series[0]!, name }] };
  const [trace] = drawn(figure).data as unknown as (Trace & { line: { color: string } })[];
  assert.match(trace!.name ?? "", "<br>");
  assert.is(trace!.line.color, seriesStyles([figure]).get(name)?.colour);
});

test.run();
