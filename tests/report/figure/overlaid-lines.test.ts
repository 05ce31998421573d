/** Lines over a heat map: in the page, its table and CSV, and the thumbnail. */
import { test } from "uvu";
import * as assert from "uvu/assert";
import { figureCsv, figureThumbnail, type HeatMap, renderReport } from "../../../src/report";
import type { OverlaidLine } from "../../../src/report/figure/figure";
import { figureRows } from "../../../src/report/figure/figure-csv";
import { plotlyFigure } from "../../../src/report/figure/plotly-figure";
import { law } from "../../property";
import { overlaidHeatMap } from "../figures";
import { sampleContent, sampleHeatMap } from "../sample";

const square: HeatMap = {
  ...sampleHeatMap,
  xAxis: { label: "x" },
  yAxis: { label: "y" },
  matrix: {
    x: [0, 1],
    y: [0, 1],
    values: [
      [1, 2],
      [3, 4],
    ],
    label: "z",
  },
  lines: [
    {
      name: "rising",
      points: [
        { x: 0, y: 0 },
        { x: 1, y: 1 },
      ],
    },
    {
      name: "level",
      points: [
        { x: -9, y: 0.5 },
        { x: 9, y: 0.5 },
      ],
    },
  ],
};

law(
  "a heat map's lines are drawn and listed point by point, and its cells are what they are without them",
  [overlaidHeatMap],
  (given) => {
    const { lines = [] } = given;
    const { lines: _lines, ...bare } = given;
    const [matrix, ...others] = plotlyFigure(given, new Map()).data;
    assert.equal(matrix, plotlyFigure(bare, new Map()).data[0]);
    assert.is(others.length, 3 * lines.length); // casing, line, sample of the legend
    const rows = figureRows(given);
    assert.equal(
      rows.filter(({ line }) => line === null).map(({ line: _, ...row }) => row),
      figureRows(bare),
    );
    assert.equal(
      rows.filter(({ line }) => line !== null),
      lines.flatMap(({ name, points }) => points.map(({ x, y }) => ({ x, y, value: null, line: name }))),
    );
    lines.forEach(({ points }, i) => {
      for (const drawn of [others[3 * i]!, others[3 * i + 1]!]) {
        assert.equal(
          drawn.x,
          points.map(({ x }) => x),
        );
        assert.equal(
          drawn.y,
          points.map(({ y }) => y),
        );
      }
    });
  },
);

test("lines have one entry each in the legend, another dash, and leave the hover to the cells", () => {
  const { data, layout } = plotlyFigure(square, new Map());
  const overlay = data.slice(1) as unknown as {
    name: string;
    showlegend?: boolean;
    hoverinfo: string;
    line: { dash?: string };
  }[];
  const listed = overlay.filter(({ showlegend }) => showlegend !== false);
  assert.equal(
    listed.map(({ name }) => name),
    ["rising", "level"],
  );
  assert.is.not(listed[0]!.line.dash, listed[1]!.line.dash);
  assert.ok(overlay.every(({ hoverinfo }) => hoverinfo === "skip"));
  assert.is(layout.showlegend, true);
  const { lines: _, ...bare } = square;
  assert.is(plotlyFigure(bare, new Map()).layout.showlegend, false);
});

test("a line that reaches beyond the cells does not widen the axes", () => {
  const { xaxis, yaxis } = plotlyFigure(square, new Map()).layout as {
    xaxis: { range: number[] };
    yaxis: { range: number[] };
  };
  assert.equal(
    [xaxis.range, yaxis.range],
    [
      [-0.5, 1.5],
      [-0.5, 1.5],
    ],
  );
});

test("the thumbnail has each line twice, light below dark, where its axes say", () => {
  const thumbnail = figureThumbnail(square);
  const rising = "M49.5 75L148.5 25"; // a quarter and three quarters of 198 by 100 pixels
  const [light, dark] = [
    thumbnail.indexOf(`${rising}" fill="none" stroke="#ffffff"`),
    thumbnail.indexOf(`${rising}" fill="none" stroke="#000000"`),
  ];
  assert.ok(light >= 0 && dark > light);
});

test("CSV and table name the line of each point, and have no such column without lines", () => {
  assert.is(
    figureCsv(square).split("\r\n").slice(0, 6).join("|"),
    "x,y,value,line|0,0,1,|1,0,2,|0,1,3,|1,1,4,|0,0,,rising",
  );
  const page = renderReport({ ...sampleContent, figures: [square] });
  assert.match(page, '<th scope="col">line</th>');
  assert.match(page, "<td>rising</td>");
  const { lines: _, ...bare } = square;
  assert.is(figureCsv(bare).split("\r\n")[0], "x,y,value");
});

test("lines of one name, and points without a place on the axes, are refused", () => {
  const page = (lines: readonly OverlaidLine[], axis: HeatMap["xAxis"] = { label: "x", scale: "log" }) =>
    renderReport({
      ...sampleContent,
      figures: [{ ...square, xAxis: axis, matrix: { ...square.matrix, x: [1, 2] }, lines }],
    });
  assert.ok(page([{ name: "a", points: [{ x: 1, y: 0 }] }]));
  assert.throws(
    () =>
      page([
        { name: "a", points: [] },
        { name: "a", points: [] },
      ]),
    /two lines .* have the name "a"/,
  );
  assert.throws(() => page([{ name: "a", points: [{ x: 0, y: 0 }] }]), /no place at \(0, 0\)/);
  assert.throws(() => page([{ name: "a", points: [{ x: 1, y: Number.NaN }] }]), /no place at/);
});

test.run();
