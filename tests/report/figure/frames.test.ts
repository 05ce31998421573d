/** Figures that move: their specification, what of them stands still, and the page in a headless Chromium. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { parse } from "csv-parse/sync";
import fc from "fast-check";
import { test } from "uvu";
import * as assert from "uvu/assert";
import {
  ensurePlotlyAsset,
  figureCsv,
  figureThumbnail,
  paperFigure,
  renderReport,
  type SeriesFigure,
  seriesStyles,
} from "../../../src/report";
import { plotlyFigure } from "../../../src/report/figure/plotly-figure";
import { law } from "../../property";
import { findChromium, openChromium, until } from "../chromium";
import { sampleContent } from "../sample";

type Place = readonly [x: number, y: number];

/** `places[frame][series][point]` */
function moving(places: readonly (readonly (readonly Place[])[])[]): SeriesFigure {
  const names = places[0]!.map((_, series) => `class ${series}`);
  return {
    id: "features",
    title: "Features",
    caption: "Points on their way.",
    xAxis: { label: "x" },
    yAxis: { label: "y" },
    frames: { label: "after layer", names: places.map((_, frame) => String(frame)) },
    series: names.map((name, series) => ({
      name,
      kind: "points",
      points: places.flatMap((own, frame) => own[series]!.map(([x, y]) => ({ x, y, frame }))),
    })),
  };
}

interface Trace {
  readonly x: readonly number[];
  readonly y: readonly number[];
}

const drawn = (figure: SeriesFigure) => plotlyFigure(figure, seriesStyles([figure]));
const coordinate = fc.double({ min: -5, max: 5, noNaN: true });
const place = fc.tuple(coordinate, coordinate);
const figures = fc
  .tuple(fc.integer({ min: 1, max: 5 }), fc.integer({ min: 1, max: 3 }), fc.integer({ min: 1, max: 4 }))
  .chain(([frames, series, points]) => {
    const list = <T>(of: fc.Arbitrary<T>, length: number) => fc.array(of, { minLength: length, maxLength: length });
    return list(list(list(place, points), series), frames);
  });

law("each frame has its own points, the figure shows the last, and axes hold them all", [figures], (places) => {
  const { data, frames, layout } = drawn(moving(places));
  assert.is(frames!.length, places.length);
  frames!.forEach((frame, i) => {
    assert.is(frame.name, String(i));
    (frame.data as Trace[]).forEach(({ x, y }, series) => {
      assert.equal(
        x.map((value, point): Place => [value, y[point]!]),
        places[i]![series],
      );
    });
  });
  assert.equal(
    (data as unknown as Trace[]).map(({ x }) => x),
    (frames!.at(-1)!.data as Trace[]).map(({ x }) => x),
  );
  for (const [axis, at] of [
    ["xaxis", 0],
    ["yaxis", 1],
  ] as const) {
    const [least, most] = (layout[axis] as { range: [number, number] }).range;
    for (const point of places.flat(2)) assert.ok(point[at] >= least && point[at] <= most);
  }
});

law("its CSV has every point with its frame", [figures], (places) => {
  const rows: Record<string, string>[] = parse(figureCsv(moving(places)), { columns: true });
  assert.is(rows.length, places.flat(2).length);
  places.forEach((own, frame) => {
    const found = rows.filter((row) => row.frame === String(frame)).map(({ x, y }) => [Number(x), Number(y)]);
    assert.equal(found, own.flat());
  });
});

test("on paper and as a thumbnail it stands still, at its last frame", () => {
  const figure = moving([[[[0, 0]]], [[[1, 2]]]]);
  const { data, layout } = paperFigure(figure, seriesStyles([figure]), 1);
  assert.equal([layout.sliders, layout.updatemenus], [undefined, undefined]);
  assert.equal((data[0] as unknown as Trace).x, [1]);
  const { frames, ...still } = moving([[[[1, 2]]]]);
  const asLast = (svg: string) => svg.match(/<circle[^>]*>|<path[^>]*>/g)?.length;
  assert.is(asLast(figureThumbnail(figure)), asLast(figureThumbnail(still)));
});

const chromium = findChromium();
(chromium === undefined ? test.skip : test)("a reader plays it, and moves its slider", async () => {
  const folder = mkdtempSync(join(tmpdir(), "frames-"));
  const figure = moving([[[[0, 0]]], [[[1, 2]]], [[[2, 1]]]]);
  await ensurePlotlyAsset(folder);
  writeFileSync(join(folder, "page.html"), renderReport({ ...sampleContent, figures: [figure] }));
  const { context, close } = await openChromium(chromium!, { viewport: { width: 1200, height: 900 } });
  const complaints: string[] = [];
  try {
    const page = context.pages()[0]!;
    page.on("console", (message) => complaints.push(message.text()));
    page.on("pageerror", (error) => complaints.push(error.message));
    await page.goto(pathToFileURL(join(folder, "page.html")).href);
    const plot = page.locator('[data-figure="features"]');
    const element = "document.querySelector('[data-figure=\"features\"]')";
    const becomes = (x: number) => until(page, `${element}.data[0].x[0] === ${x}`);
    await plot.locator(".slider-container").first().waitFor();
    await becomes(2);
    await plot.locator(".slider-container").first().scrollIntoViewIfNeeded();
    const groove = (await plot.locator(".slider-rail-touch-rect").boundingBox())!;
    await page.mouse.click(groove.x + groove.width / 2, groove.y + groove.height / 2);
    await becomes(1);
    await page.evaluate(
      `window.seen = []; ${element}.on("plotly_animatingframe", ({ name }) => window.seen.push(name));`,
    );
    await plot.getByText("Play", { exact: true }).click();
    await becomes(2);
    assert.equal(await page.evaluate("window.seen"), ["0", "1", "2"]);
    assert.equal(complaints, []);
  } finally {
    await close();
    rmSync(folder, { recursive: true, force: true });
  }
});

test.run();
