import fc from "fast-check";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { type Figure, figureDrawing, figureLegend, figureThumbnail, isThumbnail } from "../../../src/report";
import { axisShares } from "../../../src/report/figure/axis-shares";
import { divergingColours } from "../../../src/report/figure/colours";
import { law } from "../../property";
import { anySeriesFigure, heatMap, overlaidHeatMap } from "../figures";
import { sampleFigures, sampleHeatMap } from "../sample";

const anyFigure: fc.Arbitrary<Figure> = fc.oneof(anySeriesFigure, heatMap, overlaidHeatMap);
const count = (text: string, part: RegExp) => [...text.matchAll(part)].length;

law(
  "every figure has a thumbnail, of finite numbers and without anything that runs, styles or loads",
  [anyFigure],
  (figure) => {
    const thumbnail = figureThumbnail(figure);
    assert.ok(isThumbnail(thumbnail), thumbnail);
    assert.not.match(thumbnail.replace(/<(title|text)[^>]*>[^<]*/g, ""), /NaN|Infinity|undefined|null/);
    assert.not.match(thumbnail, /<(script|style|image|a|use|foreignObject)\b|href| id=| on[a-z]+=/i);
  },
);

law("every figure has drawings that stand alone, and a legend that names all of its series", [anyFigure], (figure) => {
  for (const page of ["wide", "narrow"] as const) {
    const drawn = figureDrawing(figure, page);
    assert.ok(isThumbnail(drawn), drawn);
    assert.not.match(drawn.replace(/<(title|text)[^>]*>[^<]*/g, ""), /NaN|Infinity|undefined|null/);
  }
  const legend = figureLegend(figure);
  for (const { swatch } of legend) assert.ok(isThumbnail(swatch), swatch);
  for (const { name } of figure.series ?? figure.lines ?? []) assert.ok(legend.some((entry) => entry.name === name));
});

law("no text of a figure adds an element to its thumbnail", [fc.string({ unit: "binary" })], (text) => {
  const skeleton = (words: string) => {
    const figure = { ...sampleFigures[1]!, title: words, yAxis: { label: words }, xAxis: { label: words } };
    return figureThumbnail(figure).replace(/(<(?:title|text)[^>]*>)[^<]*/g, "$1");
  };
  assert.is(skeleton(text), skeleton("harmless"));
});

const hostile = [
  "<script>alert(1)</script>",
  '<path d="M0 0" onclick="x"/>',
  '<g style="x">',
  "</svg>",
  "</g>",
  "<title><g>",
  '<path fill="url(#x)"/>',
  "<!-- -->",
  "<",
  "<image/>",
  '<a href="x"></a>',
];

law(
  "markup put anywhere into a thumbnail makes it none",
  [fc.constantFrom(...hostile), fc.double({ min: 0, max: 1, noNaN: true })],
  (markup, share) => {
    const thumbnail = figureThumbnail(sampleFigures[0]!);
    const place = Math.floor(share * (thumbnail.length + 1));
    assert.not(isThumbnail(thumbnail.slice(0, place) + markup + thumbnail.slice(place)), `${place}`);
  },
  { numRuns: 500 },
);

test("a thumbnail that was cut short, doubled or left empty is none", () => {
  const thumbnail = figureThumbnail(sampleFigures[0]!);
  for (const text of ["", thumbnail.slice(0, -20), thumbnail + thumbnail, `x${thumbnail}`, "<svg />\n"])
    assert.not(isThumbnail(text));
});

test("marks of a thumbnail are those of the figure: hollow with a note, a whisker each, dashed where published", () => {
  const [deletion, many] = sampleFigures.map(figureThumbnail) as [string, string];
  const points = sampleFigures[0]!.series.flatMap((series) => series.points);
  assert.is(count(deletion, /<circle /g), points.length);
  assert.is(count(deletion, /<circle [^>]*fill="none"/g), points.filter(({ note }) => note !== undefined).length);
  assert.is(count(deletion, /<path d="M[\d.-]+ [\d.-]+L[^"]*" fill="none"\/>/g), points.length);
  assert.match(many, /<g stroke="#7F7F7F"[^>]*><path [^>]*stroke-dasharray/);
});

test("a line of y = x over the ranges [0, 10] runs from corner to corner", () => {
  const axis = { label: "", range: [0, 10] as const };
  const points = [0, 10].map((at) => ({ x: at, y: at }));
  const figure = { ...sampleFigures[0]!, xAxis: axis, yAxis: axis, references: [] };
  const thumbnail = figureThumbnail({ ...figure, series: [{ name: "a", kind: "line", points }] });
  assert.match(thumbnail, 'd="M0 100L198 0"');
});

test("a heat map's cells have their colours, and none where nothing was measured", () => {
  const axis = (categories: string[]) => ({ label: "", categories });
  const thumbnail = figureThumbnail({
    ...sampleHeatMap,
    xAxis: axis(["a", "b"]),
    yAxis: axis(["low", "high"]),
    matrix: {
      x: ["a", "b"],
      y: ["low", "high"],
      values: [
        [-1, null],
        [0, 1],
      ],
      label: "",
      colours: "diverging",
    },
  });
  const colour = (place: number) => divergingColours[place]!;
  assert.match(thumbnail, `d="M0 100H99V50H0Z" fill="${colour(0)}"`); // low, a: below, on the left
  assert.match(thumbnail, `d="M0 50H99V0H0Z" fill="${colour(8)}"`);
  assert.match(thumbnail, `d="M99 50H198V0H99Z" fill="${colour(16)}"`);
  assert.is(count(thumbnail, /crispEdges/g), 3);
});

test("a heat map of more cells than pixels stays small", () => {
  const places = Array.from({ length: 1000 }, (_, i) => i + 1);
  const values = places.map((row) => places.map((column) => row * column));
  const matrix = { x: places, y: places, values, label: "" };
  assert.ok(figureThumbnail({ ...sampleHeatMap, yAxis: { label: "" }, matrix }).length < 150_000);
});

law<[number[], "linear" | "log", boolean]>(
  "ticks lie on their axis, ascend, and are few",
  [
    fc.array(fc.double({ min: 1e-9, max: 1e9, noNaN: true }), { minLength: 1, maxLength: 9 }),
    fc.constantFrom("linear", "log"),
    fc.boolean(),
  ],
  (values, scale, integers) => {
    const { ticks, shareOf } = axisShares({ label: "", scale, integers }, values, 0.04);
    assert.ok(ticks.length <= 5);
    ticks.forEach(({ share }, i) => {
      assert.ok(share >= -1e-6 && share <= 1 + 1e-6 && (i === 0 || share > ticks[i - 1]!.share), `${share}`);
    });
    for (const value of values) assert.ok(shareOf(value) >= 0 && shareOf(value) <= 1);
  },
  {
    numRuns: 500,
    examples: [
      [[1e-9, 1.0000000000000003e-9], "linear", false],
      [[1e-9, 1.0000000010000002e-9], "linear", true],
      [[5e-324, 1e-29], "log", false],
    ],
  },
);

test("powers of ten are written as such, other ticks as numbers", () => {
  const texts = (scale: "linear" | "log", ...values: number[]) =>
    axisShares({ label: "", scale }, values, 0).ticks.map(({ text }) => text);
  assert.equal(texts("log", 1e-8, 1), ["10⁻⁸", "10⁻⁶", "10⁻⁴", "0.01", "1"]);
  assert.equal(texts("log", 40, 400), ["50", "100", "200"]);
  assert.equal(texts("linear", 0, 90), ["0", "50"]);
  assert.equal(texts("linear", 0, 1), ["0", "0.5", "1"]);
});

law(
  "several series have a legend of at most six lines that counts the others; one has none",
  [fc.uniqueArray(fc.stringMatching(/^[a-z]{1,30}$/), { minLength: 1, maxLength: 9 })],
  (names) => {
    const [figure] = sampleFigures;
    const drawing = figureThumbnail({
      ...figure!,
      series: names.map((name) => ({ name, kind: "line", points: [{ x: 1, y: 1 }] })),
    });
    assert.ok(isThumbnail(drawing));
    const shown = names.filter((name) => drawing.includes(`>${name}</text>`));
    const expected = names.length === 1 ? 0 : names.length <= 6 ? names.length : 5;
    if (names.length > 1 && names.every((name) => name.length <= 20)) assert.is(shown.length, expected);
    assert.is(drawing.includes(`>and ${names.length - 5} more</text>`), names.length > 6);
    if (names.length === 1) assert.match(drawing, 'height="150"');
  },
);

test.run();
