import fc from "fast-check";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { figureCsv, figureThumbnail, type SeriesFigure, seriesStyles } from "../../../src/report";
import { plotlyFigure } from "../../../src/report/figure/plotly-figure";
import { law } from "../../property";

const areas = fc.array(fc.double({ min: 1, max: 100, noNaN: true }), { minLength: 2, maxLength: 6 });

/** Two series of marks with areas and labels. */
function bubbles(first: readonly number[], second: readonly number[]): SeriesFigure {
  const points = (own: readonly number[]) => own.map((area, i) => ({ x: i, y: i, area, label: `net${i}` }));
  return {
    id: "bubbles",
    title: "Bubbles",
    caption: "Areas.",
    xAxis: { label: "x" },
    yAxis: { label: "y" },
    areaLabel: "parameters (millions)",
    series: [
      { name: "one", kind: "points", points: points(first) },
      { name: "other", kind: "points", points: points(second) },
    ],
  };
}

interface Trace {
  marker: { size: number | number[] };
  mode: string;
  text: string[];
  texttemplate?: string[];
}

const tracesOf = (figure: SeriesFigure) => plotlyFigure(figure, seriesStyles([figure])).data as unknown as Trace[];

law("areas of marks are in proportion to what they stand for, across series", [areas, areas], (first, second) => {
  const sizes = tracesOf(bubbles(first, second)).flatMap(({ marker }) => marker.size);
  const given = [...first, ...second];
  const largest = Math.max(...given);
  given.forEach((area, i) => {
    assert.ok(Math.abs((sizes[i]! / Math.max(...sizes)) ** 2 - area / largest) < 1e-9 || sizes[i] === 4);
  });
});

test("labels stand beside the marks, the area is said on hover, and both are in the table", () => {
  const figure = bubbles([1, 4], [9]);
  const [one] = tracesOf(figure);
  assert.is(one!.mode, "markers+text");
  assert.equal(one!.texttemplate, ["net0", "net1"]);
  assert.match(one!.text[1]!, /^<b>net1<\/b>.*parameters \(millions\): 4$/);
  assert.is(figureCsv(figure).split("\r\n")[2], "one,false,,1,1,,,,4,net1");
});

test("marks without an area are of one size, and a table without areas has no column for them", () => {
  const { areaLabel, ...plain } = bubbles([1], [2]);
  const figure = {
    ...plain,
    series: plain.series.map((series) => ({ ...series, points: [{ x: 1, y: 2 }] })),
  };
  assert.ok(tracesOf(figure).every(({ marker, mode }) => typeof marker.size === "number" && mode === "markers"));
  assert.is(figureCsv(figure).split("\r\n")[0], "series,published,seed,x,y,low,high,note");
});

test("a thumbnail draws them, too", () => {
  const figure = bubbles([1, 4], [16]);
  const radii = [...figureThumbnail(figure).matchAll(/ r="([\d.]+)"/g)].map(([, r]) => Number(r));
  assert.equal(radii, [2, 4, 8]);
});

test.run();
