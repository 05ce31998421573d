import fc from "fast-check";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { type SeriesFigure, seriesStyles } from "../../../src/report";
import { plotlyFigure } from "../../../src/report/figure/plotly-figure";
import { law } from "../../property";

type Mark = readonly [x: number, y: number, label: string];

function marked(series: readonly (readonly Mark[])[], scale: "linear" | "log" = "linear"): SeriesFigure {
  return {
    id: "networks",
    title: "Networks",
    caption: "Names.",
    xAxis: { label: "operations", scale },
    yAxis: { label: "accuracy (%)" },
    series: series.map((marks, i) => ({
      name: `series ${i}`,
      kind: "points",
      points: marks.map(([x, y, label]) => ({ x, y, label })),
    })),
  };
}

function positionsOf(figure: SeriesFigure): string[][] {
  const { data } = plotlyFigure(figure, seriesStyles([figure]));
  return data.map(({ textposition }) => textposition as string[]);
}

/** Share of the plot that a label covers together with another, by a reckoning of its own: pixels of a plot of 800 x 290. */
function pairsOnEachOther(marks: readonly Mark[], positions: readonly string[]): number {
  const xs = marks.map(([x]) => x);
  const ys = marks.map(([, y]) => y);
  const along = (value: number, all: readonly number[], pixels: number) => {
    const [least, most] = [Math.min(...all), Math.max(...all)];
    return most > least ? (0.06 + (0.88 * (value - least)) / (most - least)) * pixels : pixels / 2;
  };
  const boxes = marks.map(([x, y, label], i) => {
    const [vertical, horizontal] = positions[i]!.split(" ");
    const width = label.length * 7.4;
    const down = { top: -11, middle: 0, bottom: 11 }[vertical as "top"];
    const right = { left: -4 - width / 2, center: 0, right: 4 + width / 2 }[horizontal as "left"];
    return { x: along(x, xs, 800) + right, y: -along(y, ys, 290) + down, width };
  });
  let pairs = 0;
  boxes.forEach((one, i) => {
    for (const other of boxes.slice(i + 1)) {
      const apart = Math.abs(one.x - other.x) >= (one.width + other.width) / 2 || Math.abs(one.y - other.y) >= 12;
      if (!apart) pairs++;
    }
  });
  return pairs;
}

test("names of marks that lie far apart stand above them", () => {
  const figure = marked([
    [
      [1, 1, "vgg16"],
      [2, 2, "resnet18"],
    ],
    [[3, 1, "googlenet"]],
  ]);
  assert.equal(positionsOf(figure), [["top center", "top center"], ["top center"]]);
});

test("two marks side by side get names that do not lie on each other, on a logarithmic axis, too", () => {
  const marks: Mark[] = [
    [11.5, 77.8, "resnet152"],
    [12.2, 78.0, "inception-v4"],
    [0.7, 54.5, "one-tower-alexnet"],
    [19.6, 70.7, "vgg19"],
  ];
  for (const scale of ["linear", "log"] as const) {
    const [found] = positionsOf(marked([marks], scale));
    const logarithms = marks.map(([x, y, label]): Mark => [scale === "log" ? Math.log10(x) : x, y, label]);
    assert.is(pairsOnEachOther(logarithms, found!), 0, `${scale}: ${found}`);
  }
});

const mark = fc.tuple(
  fc.integer({ min: 0, max: 800 }),
  fc.integer({ min: 0, max: 290 }),
  fc.string({ minLength: 3, maxLength: 14, unit: fc.constantFrom("a", "b", "c") }),
);

law(
  "every mark has a place for its name, and hardly ever more names lie on each other than if all stood above",
  [fc.array(mark, { minLength: 1, maxLength: 14 })],
  (marks) => {
    const [found] = positionsOf(marked([marks]));
    assert.is(found!.length, marks.length);
    for (const position of found!) assert.match(position, /^(top|middle|bottom) (left|center|right)$/);
    const above = marks.map(() => "top center");
    assert.ok(pairsOnEachOther(marks, found!) <= pairsOnEachOther(marks, above) + 1);
  },
);

law(
  "a logarithmic axis over few decades has ticks written out, over many it is Plotly's",
  [fc.double({ min: 0.002, max: 1000, noNaN: true }), fc.double({ min: 1.1, max: 1e6, noNaN: true })],
  (least, factor) => {
    const figure = marked(
      [
        [
          [least, 1, "one"],
          [least * factor, 2, "other"],
        ],
      ],
      "log",
    );
    const { layout } = plotlyFigure(figure, seriesStyles([figure]));
    const { tickvals, ticktext } = layout.xaxis as { tickvals?: number[]; ticktext?: string[] };
    if (factor > 2001 || least * factor > 1e6) return assert.is(tickvals, undefined);
    if (factor > 1999) return;
    assert.ok(tickvals![0]! <= least * (1 + 1e-12) && tickvals!.at(-1)! >= least * factor * (1 - 1e-12));
    assert.equal(
      ticktext!.map((text) => Number(text.replaceAll(",", ""))),
      tickvals,
    );
    for (const [i, tick] of tickvals!.slice(1).entries()) assert.ok(tick / tickvals![i]! < 2.6);
  },
);

test.run();
