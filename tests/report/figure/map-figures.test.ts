import { test } from "uvu";
import * as assert from "uvu/assert";
import { type Figure, figureCsv, figureThumbnail, isThumbnail, paperFigure, seriesStyles } from "../../../src/report";
import { checkFigures } from "../../../src/report/figure/check-figures";
import { mapFigures } from "../../../src/report/figure/map-figures";
import { plotlyFigure } from "../../../src/report/figure/plotly-figure";
import { mapAxes, type VerdictMap } from "../../../src/report/tables/verdict-map";
import { law } from "../../property";
import { verdictMap } from "../maps";
import { sampleMaps } from "../sample";

interface Written {
  readonly x: readonly (number | string)[];
  readonly y: readonly (number | string)[];
  readonly text: readonly string[];
  readonly textfont: { readonly color: readonly string[] };
}

const drawn = (figure: Figure) => plotlyFigure(figure, seriesStyles([figure]));

law("every point whose effect can be told is plotted once: a mark of its verdict, or a cell", [verdictMap], (map) => {
  const figures = mapFigures(map);
  const places = (axis: number) => mapAxes(map)[axis]?.values.length ?? 1;
  assert.is(figures.length, places(2) * places(3));
  const plotted = figures.flatMap((figure) =>
    figure.matrix
      ? figure.matrix.values.flatMap((row, i) =>
          row.flatMap((value, j) => (value === null ? [] : [`${value} ${figure.matrix.texts![i]![j]!.slice(2)}`])),
        )
      : figure.series.flatMap(({ name, points }) => points.map(({ y }) => `${y} ${name}`)),
  );
  const told = map.points.flatMap(({ effect, verdict }) => (effect === null ? [] : [`${effect.estimate} ${verdict}`]));
  assert.equal(plotted.sort(), told.sort());
});

law("a page and a paper can hold the figures of every map", [verdictMap], (map) => {
  const figures = mapFigures(map);
  checkFigures(figures);
  for (const figure of figures) {
    assert.ok(isThumbnail(figureThumbnail(figure)));
    assert.ok(JSON.stringify(drawn(figure)).length > 0);
    assert.is(paperFigure(figure, seriesStyles([figure]), 1).width, 85);
    assert.is(figureCsv(figure).split("\r\n")[0], figure.matrix ? "x,y,value,text" : "series,published,seed,x,y,low,high,note"); // biome-ignore format: one line
  }
});

law("the verdict of a cell stands within it, in an ink that is read on its colour", [verdictMap], (map) => {
  for (const figure of mapFigures(map)) {
    if (!figure.matrix) continue;
    const { x, y, texts } = figure.matrix;
    const [cells, written] = drawn(figure).data as unknown as [Record<"x" | "y", (number | string)[]>, Written];
    assert.is(cells.x.length, figure.xAxis.categories ? x.length : x.length + 1);
    const within = (edges: readonly (number | string)[], i: number, at: number | string) =>
      typeof at === "string" ? edges[i] === at : Number(edges[i]) <= at && at <= Number(edges[i + 1]);
    const expected = texts!.flatMap((row, i) => row.flatMap((text, j) => (text === undefined ? [] : [{ text, i, j }])));
    assert.equal(
      written.text,
      expected.map(({ text }) => text),
    );
    expected.forEach(({ i, j }, at) => {
      assert.ok(within(cells.x, j, written.x[at]!) && within(cells.y, i, written.y[at]!), `${at}`);
    });
    assert.is(y.length, texts!.length);
    for (const ink of written.textfont.color) assert.match(ink, /^#(000000|ffffff)$/);
  }
});

law("heat maps of one claim share their colour scale", [verdictMap], (map) => {
  const ends = mapFigures(map).map((figure) => {
    const { zmin, zmax } = drawn(figure).data[0]! as { zmin?: number; zmax?: number };
    return `${zmin} ${zmax}`;
  });
  assert.is(new Set(ends).size, 1);
});

test("along one parameter numbers lie on an axis, logarithmic over a factor of 20; in a heat map all values have equal room", () => {
  const [one, two, three] = sampleMaps.map((map) => mapFigures(map)[0]!);
  assert.is(one!.xAxis.scale, "log"); // 100 to 3200
  assert.is(one!.xAxis.label, "steps (mini-batches)");
  assert.equal(two!.xAxis.categories, ["100", "400", "1600"]);
  assert.equal(two!.yAxis.categories, ["1000", "5000", "50000"]);
  assert.equal(three!.xAxis.categories, ["resnet20", "resnet32", "plain20"]);
  assert.equal(three!.yAxis.categories, ["false", "true"]);
  assert.is(mapFigures(sampleMaps[2]!).length, 2); // one for each width
});

test("verdicts look the same in every figure of a page, apart by colour and by marker, and leave others their own", () => {
  const [figure] = mapFigures(sampleMaps[0]!);
  const other: Figure = { ...figure!, series: [{ name: "resnet20", kind: "line", points: [] }] } as Figure;
  const styles = seriesStyles([figure!, other]);
  assert.equal(styles.get("reproduced"), seriesStyles([other, figure!]).get("reproduced"));
  assert.equal(styles.get("resnet20"), seriesStyles([other]).get("resnet20"));
  const found = figure!.series!.map(({ name }) => styles.get(name)!);
  assert.is(new Set(found.map(({ colour }) => colour)).size, found.length);
  assert.is(new Set(found.map(({ marker }) => marker)).size, found.length);
  assert.is(drawn(figure!).layout.showlegend, true);
});

test("the threshold of the rule is a reference line, and the middle of a heat map's colours", () => {
  const [one, two] = [mapFigures(sampleMaps[0]!)[0]!, mapFigures(sampleMaps[1]!)[0]!];
  assert.equal(one.references, [{ y: 5, label: "threshold (5 points)" }]);
  assert.equal([two.matrix?.colours, two.matrix?.middle], ["diverging", 4]);
  const { threshold: _, ...without } = sampleMaps[1]!;
  assert.is(mapFigures(without)[0]!.matrix?.colours, undefined);
});

test("marks over categories stand at their names, for no two verdicts share one", () => {
  const map: VerdictMap = {
    ...sampleMaps[0]!,
    parameters: [{ name: "network", unit: "" }],
    points: sampleMaps[0]!.points.map((point, i) => ({ ...point, values: { network: `resnet${i}` } })),
  };
  assert.is(drawn(mapFigures(map)[0]!).layout.scattermode, undefined);
});

test("one seed has no whiskers, and the caption speaks of none", () => {
  const [map] = sampleMaps;
  const points = map!.points.map((point) => ({ ...point, effect: { ...point.effect!, count: 1 } }));
  const [figure] = mapFigures({ ...map!, points });
  assert.not.match(figure!.caption, "Whiskers");
  for (const { low } of figure!.series!.flatMap((series) => series.points)) assert.is(low, undefined);
});

test.run();
