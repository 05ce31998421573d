import { test } from "uvu";
import * as assert from "uvu/assert";
import {
  type LiveContent,
  livePagePolicy,
  liveParts,
  liveTitle,
  renderLivePage,
  trainingFigures,
} from "../../../src/report";
import { sampleLive, sampleRun, sampleTrainings } from "../live-sample";

const withRun = (change: Partial<typeof sampleRun>): LiveContent => ({
  ...sampleLive,
  shown: { ...sampleRun, ...change },
});

test("the page shows how far a run is, without its script too", () => {
  const page = renderLivePage(sampleLive);
  for (const part of [
    "<title>43 % block-deletion</title>",
    "3 of 6 cells done, 4 min 10 s left; experiment 3 of 20, about 1 h 10 min left in all.",
    'aria-label="training plain32">35 %</progress>',
    "the loss is NaN at step 41",
    "--only 0123456789abcde2",
    '>1.4 points</span> <span class="muted">[0.9, 2.2], 95 % interval over ',
    "Interim.",
    "reports/block-deletion.html",
    'href="?run=degradation-smoke"',
    "2 running",
  ]) {
    assert.ok(page.includes(part), `${part} is missing`);
  }
});

test("before there is a run the page says so", () => {
  const page = renderLivePage({ runs: [], shown: null, folder: "trial/results" });
  assert.match(page, "<title>No run</title>");
  assert.match(page, "No run has been started in <code>trial/results</code>");
  assert.not.match(page, "<nav");
});

test("a run that has ended says how, and what to do", () => {
  const advice = {
    gone: "the machine went down",
    interrupted: "the same command resumes",
    "broken off": "by an error",
  };
  for (const [state, said] of Object.entries(advice)) {
    const content = withRun({ state: state as keyof typeof advice });
    assert.match(liveParts(content).state, said);
    assert.match(liveParts(content).state, '<p class="interim">');
    assert.not.match(liveParts(content).state, "left");
    assert.match(liveTitle(content), /^block-deletion (was|ended) /);
  }
});

test("a finished run is called finished, without a warning, and leads to its report", () => {
  const { state } = liveParts(withRun({ state: "measured", report: "reports/a b.html", name: "a b" }));
  assert.match(state, '<p class="finished"><strong>This run is complete.</strong></p>');
  assert.match(state, 'Report: <a href="report?run=a%20b"><code>reports/a b.html</code></a>');
});

/** A page all of whose texts are the same one. */
function pageOf(text: string): string {
  const [cell] = sampleRun.cells;
  const [verdict] = sampleRun.verdicts;
  const content = withRun({
    ...{ name: text, title: text, question: text, scale: text, data: text, command: text, started: text },
    ...{ timeLeft: text, whole: text, report: text },
    cells: [{ ...cell!, id: text, name: text, took: text, failure: { message: text, log: text } }],
    underWay: [{ cell: text, phase: text, fraction: 0.5, note: text }],
    verdicts: [{ ...verdict!, claim: text, statement: text, unit: text, paperValue: text, reason: text }],
  });
  const runs = [text, "other"].map((name) => ({ name, goesOn: true }));
  return renderLivePage({ ...content, runs, folder: text });
}

test("whatever a run's texts hold, no markup of theirs reaches the page", () => {
  const tagsIn = (page: string) => page.split(/<[a-z]/i).length;
  const plain = tagsIn(pageOf("a"));
  for (const text of [
    "<img src=x onerror=alert(1)>",
    "</script><script>alert(1)</script>",
    '"><b>',
    "'><b>",
    "<!--",
    "&lt;b&gt;",
    "\u0000<b>",
  ]) {
    const page = pageOf(text);
    assert.is(tagsIn(page), plain, text);
    assert.not(page.includes(text), text);
  }
});

test("the policy of the server is that of the page, and forbids frames besides", () => {
  const inPage = /http-equiv="Content-Security-Policy" content="([^"]*)"/.exec(renderLivePage(sampleLive))![1]!;
  assert.is(inPage.replaceAll("&#39;", "'"), livePagePolicy().replace("; frame-ancestors 'none'", ""));
});

test("a network looks the same in both figures whatever has begun, and stands in the legend once", () => {
  const [early, late] = [20, 700].map((steps) => trainingFigures(sampleTrainings(steps)));
  assert.is(early!.loss.data.length, 1);
  assert.is(late!.loss.data.length, 6);
  const colour = (trace: ReturnType<typeof trainingFigures>["loss"]["data"][number]) =>
    (trace.line as { color: string }).color;
  for (const { loss, error } of [early!, late!]) assert.equal(loss.data.map(colour), error.data.map(colour));
  assert.is(colour(early!.loss.data[0]!), colour(late!.loss.data[0]!));
  assert.is(late!.loss.data.filter(({ showlegend }) => showlegend).length, 2);
  assert.equal(
    late!.error.data[0]!.y,
    sampleTrainings(700)[0]!.points.map(({ error }) => 100 * error),
  );
});

test("a curve of one point is a mark, and no training makes no figure", () => {
  assert.is(trainingFigures(sampleTrainings(20)).loss.data[0]!.mode, "markers");
  assert.equal(trainingFigures([]).loss.data, []);
});

test.run();
