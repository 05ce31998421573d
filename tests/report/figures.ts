/** Figures as they may come, for laws that hold for every figure. */
import fc from "fast-check";
import type { Axis, HeatMap, Point, SeriesFigure } from "../../src/report";

const number = fc.double({ min: -1e6, max: 1e6, noNaN: true });
const point: fc.Arbitrary<Point> = fc.record(
  { x: number, y: number, low: number, high: number, note: fc.string() },
  { requiredKeys: ["x", "y"] },
);
const frame = { id: "generated", title: "", caption: "" };

/** Lines and marks with seeds, over two linear axes. */
export const seriesFigure: fc.Arbitrary<SeriesFigure> = fc
  .array(fc.record({ kind: fc.constantFrom("line" as const, "points" as const), points: fc.array(point) }), {
    minLength: 1,
    maxLength: 9,
  })
  .map((series) => ({
    ...frame,
    xAxis: { label: "x" },
    yAxis: { label: "y" },
    series: series.map((one, i) => ({ ...one, name: `series ${i}`, seeds: [{ seed: 3, points: one.points }] })),
  }));

const names = ["a", "b/block1", "<c>", "d & e"];
const axis = (label: string): fc.Arbitrary<Axis> =>
  fc.oneof(
    fc.record({ label: fc.constant(label), scale: fc.constantFrom("linear" as const, "log" as const) }),
    fc.record({ label: fc.constant(label), integers: fc.boolean() }),
    fc.constant({ label, range: [0, 10] as const }),
    fc.constant({ label, categories: names }),
  );

/** Places on an axis, ascending, at most eight. */
function places({ categories, scale }: Axis): fc.Arbitrary<(number | string)[]> {
  if (categories) return fc.subarray([...categories], { minLength: 1 });
  const numbers = scale === "log" ? fc.double({ min: 1e-6, max: 1e6, noNaN: true }) : number;
  // Not as close to 0 as to leave no number between two neighbours, where their cells meet.
  const round = numbers.map((value) => (Math.abs(value) < 1e-9 ? 0 : Number(value.toPrecision(3))));
  return fc.uniqueArray(round, { minLength: 1, maxLength: 8 }).map((all) => all.sort((one, other) => one - other));
}

/** Heat maps over axes of every kind; their logarithmic scales of colours meet values without a logarithm. */
export const heatMap: fc.Arbitrary<HeatMap> = fc
  .tuple(axis("x"), axis("y"))
  .chain(([xAxis, yAxis]) => fc.tuple(fc.constant({ xAxis, yAxis }), places(xAxis), places(yAxis)))
  .chain(([axes, x, y]) =>
    fc
      .record(
        {
          values: fc.array(fc.array(fc.option(number), { minLength: x.length, maxLength: x.length }), {
            minLength: y.length,
            maxLength: y.length,
          }),
          scale: fc.constantFrom("linear" as const, "log" as const),
          colours: fc.constantFrom("sequential" as const, "diverging" as const),
        },
        { requiredKeys: ["values"] },
      )
      .map((matrix) => ({ ...frame, ...axes, matrix: { ...matrix, x, y, label: "z" } })),
  );

/** Such heat maps with lines over them, some of no points. */
export const overlaidHeatMap: fc.Arbitrary<HeatMap> = heatMap.chain((given) => {
  const point = fc.record({ x: fc.constantFrom(...given.matrix.x), y: fc.constantFrom(...given.matrix.y) });
  return fc.array(fc.array(point, { maxLength: 5 }), { maxLength: 8 }).map((lines) => ({
    ...given,
    lines: lines.map((points, i) => ({ name: `line ${i} & <b>`, points })),
  }));
});

/** Series over axes of every kind, with values that some of the axes cannot show. */
export const anySeriesFigure: fc.Arbitrary<SeriesFigure> = fc
  .tuple(
    axis("x"),
    axis("y").filter(({ categories }) => categories === undefined),
    seriesFigure,
  )
  .map(([xAxis, yAxis, figure]) => ({
    ...figure,
    xAxis,
    yAxis,
    series: figure.series.map((series, i) => ({
      ...series,
      points: series.points.map((one, j) => (xAxis.categories ? { ...one, x: names[j % names.length]! } : one)),
      ...(i % 3 === 2 ? { published: true as const, seeds: [] } : {}),
    })),
    references: [{ y: 1, label: "one" }],
  }));
