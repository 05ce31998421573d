import { intervalNumbers, seedCount } from "../../statistics";
import { trainingFigureTitles } from "../figure/training-figures";
import { type Html, html, trusted } from "../page/html";
import type { IndexedVerdict } from "../page/index-findings";
import { pageFile, pageHead, pagePolicy, plotlyAssetPath } from "../page/page-files";
import { verdictBadge } from "../page/sections";
import type { LiveCell, LiveContent, LiveRun, LiveState, LiveWork } from "./live-content";

/** What of the page changes while it is open: the markup within the elements of these identifiers. */
export type LiveParts = Readonly<Record<LivePart, string>>;

const livePartNames = ["runs", "about", "state", "under-way", "failures", "cells", "verdicts", "cell-table"] as const;
type LivePart = (typeof livePartNames)[number];

/** Where the page asks its server for what is new, as server-sent events: relative to the page, with its query. */
export const liveEventsPath = "events";

const drawing = { plotly: true, live: true } as const;

/**
 * The page of a run under way. It shows what there is when it is asked for, also without its script; with it, the server tells
 * it of news (`liveEventsPath`): `parts`, the title and the markup that changed, and `figures`, the curves.
 */
export function renderLivePage(content: LiveContent): string {
  const parts = liveParts(content);
  const part = (name: LivePart) => html`<div id="part-${name}">${trusted(parts[name])}</div>`;
  const script = liveScript();
  return html`${pageHead(liveTitle(content), script, drawing)}
<body>
<a class="skip" href="#progress">Skip to the progress</a>
<p class="interim" id="lost" role="status" hidden><strong>No connection.</strong> What is shown is old:
  <code>npm run watch</code> has ended. The run may go on.</p>
<header>
  <div class="title-line">
    <div class="kicker">A run, live</div>
    <button type="button" id="theme" data-needs-script>Dark</button>
  </div>
  ${part("about")}
  ${part("runs")}
</header>
<main>
<section id="progress" aria-labelledby="progress-heading">
  <h2 id="progress-heading">Progress</h2>
  ${part("state")}
  ${part("under-way")}
  ${part("failures")}
  ${part("cells")}
  <details><summary>All cells</summary>${part("cell-table")}</details>
</section>
<section id="verdicts" aria-labelledby="verdicts-heading">
  <h2 id="verdicts-heading">Verdicts so far</h2>
  ${part("verdicts")}
</section>
<section id="curves" aria-labelledby="curves-heading">
  <h2 id="curves-heading">Training curves</h2>
  <p class="muted" id="no-curves">No network of this run has been trained for long enough yet.</p>
  <noscript><p class="no-plot">Curves are drawn by a script.</p></noscript>
  <div class="pair">${Object.entries(trainingFigureTitles).map(
    ([id, title]) => html`
    <figure hidden>
      <h3>${title}</h3>
      <div class="plot" data-figure="${id}" role="img" aria-label="${title} by step, a line for each training"></div>
    </figure>`,
  )}
  </div>
  <p class="muted small">One line a training: means over the mini-batches between two points, as far as the last checkpoint.
    A line's network and seed are told beside the pointer.</p>
</section>
</main>
<script src="${plotlyAssetPath}"></script>
<script>${trusted(script)}</script>
</body>
</html>
`.markup;
}

/** The page's security policy, for the header of its server: the same as in the page, and that nobody may frame it. */
export function livePagePolicy(): string {
  return `${pagePolicy(liveScript(), drawing)}; frame-ancestors 'none'`;
}

function liveScript(): string {
  return pageFile("theme.js") + pageFile("live.js");
}

/** The page's title: how far the run is, for the tab of a browser. */
export function liveTitle({ shown }: LiveContent): string {
  if (shown === null) return "No run";
  return shown.state === "under way"
    ? `${percent(shown.fraction)} ${shown.name}`
    : `${shown.name}: ${stateWords[shown.state]}`;
}

/** The markup of everything on the page that changes. */
export function liveParts(content: LiveContent): LiveParts {
  const { shown } = content;
  const none = html``;
  const made: Readonly<Record<LivePart, Html>> = {
    runs: runLinks(content),
    about: shown === null ? noRun(content) : about(shown),
    state: shown === null ? none : state(shown),
    "under-way": shown === null ? none : lanes(shown.underWay),
    failures: shown === null ? none : failures(shown.cells),
    cells: shown === null ? none : squares(shown.cells),
    verdicts: shown === null ? none : verdicts(shown),
    "cell-table": shown === null ? none : cellTable(shown.cells),
  };
  return Object.fromEntries(livePartNames.map((name) => [name, made[name].markup])) as LiveParts;
}

function noRun({ folder }: LiveContent): Html {
  return html`<h1>No run</h1>
  <p class="question">None has been started in <code>${folder}</code>. This page shows the next one as soon as it begins.</p>`;
}

function about({ name, title, question, scale, data, started, command }: LiveRun): Html {
  return html`<h1>${title}</h1>
  <p class="question">${question}</p>
  <p class="facts"><span>run <strong>${name}</strong></span> <span>scale <strong>${scale}</strong></span>
    <span>data <strong>${data}</strong></span> <span>since <time datetime="${started}">${started.replace("T", " ").replace(/(:\d\d)(\.\d+)?Z$/, "$1 UTC")}</time></span></p>
  <p class="facts"><code>${command}</code></p>`;
}

/** Other runs to show; none where there is no choice. */
function runLinks({ runs, shown }: LiveContent): Html {
  if (runs.length < 2) return html``;
  return html`<nav aria-label="Runs">${runs.map(
    ({ name, goesOn }) =>
      html`<a href="?run=${encodeURIComponent(name)}"${name === shown?.name && html` aria-current="page"`}>${name}${goesOn && " (under way)"}</a> `,
  )}</nav>`;
}

const stateWords: Readonly<Record<LiveState, string>> = {
  "under way": "under way",
  measured: "measured to its end",
  interrupted: "interrupted",
  "broken off": "broken off by an error",
  gone: "gone",
};

function state({ state: how, fraction, timeLeft, whole, cells, report }: LiveRun): Html {
  const settled = cells.filter(({ state: one }) => ["cached", "measured", "failed"].includes(one)).length;
  const goesOn = how === "under way";
  return html`
  ${!goesOn && html`<p class="interim"><strong>This run is ${stateWords[how]}.</strong>${advice(how)}</p>`}
  <p class="whole"><progress max="1" value="${fraction}" aria-label="Work done">${percent(fraction)}</progress>
    <strong class="effect">${percent(fraction)}</strong></p>
  <p>${settled} of ${cells.length} cells done${goesOn && `, ${timeLeft} left`}${whole !== null && goesOn && `; ${whole}`}.</p>
  ${report !== null && html`<p>Its report: <code>${report}</code></p>`}`;
}

function advice(how: LiveState): string | false {
  if (how === "gone")
    return " Its process ended without a word: killed, or the machine went down. The same command resumes.";
  return how !== "measured" && " What is measured and trained is kept; the same command resumes.";
}

function lanes(underWay: readonly LiveWork[]): Html {
  if (underWay.length === 0) return html``;
  return html`<ul class="lanes" aria-label="Cells under way">${underWay.map(
    ({ cell, phase, fraction, note }) => html`
    <li><span class="lane-name">${cell}</span>
      ${fraction === null ? html`<progress aria-label="${phase}"></progress>` : html`<progress max="1" value="${fraction}" aria-label="${phase}">${percent(fraction)}</progress>`}
      <span class="lane-note">${phase}${fraction !== null && ` ${percent(fraction)}`}<br><span class="muted">${note}</span></span></li>`,
  )}</ul>`;
}

function failures(cells: readonly LiveCell[]): Html {
  const failed = cells.flatMap(({ id, name, failure }) => (failure === null ? [] : [{ id, name, ...failure }]));
  if (failed.length === 0) return html``;
  return html`<h3>Failed</h3>
  <ul class="failures">${failed.map(
    ({ id, name, message, log }) => html`
    <li><strong>${name}</strong>: ${message}<br><span class="muted small">Its log: <code>${log}</code>. Again alone: <code>--only ${id}</code></span></li>`,
  )}</ul>`;
}

/** Sign before each state's word: it says the same as the colour, for those who do not see it. */
const marks: Readonly<Record<LiveCell["state"], string>> = {
  measured: "✓",
  cached: "●",
  "under way": "▶",
  failed: "✗",
  waiting: "·",
  "left out": "–",
};
const stateTexts: Readonly<Record<LiveCell["state"], string>> = {
  measured: "measured",
  cached: "from the store",
  "under way": "under way",
  failed: "failed",
  waiting: "waiting",
  "left out": "left out",
};

/** A square for each cell, with what they mean and how many there are of each. */
function squares(cells: readonly LiveCell[]): Html {
  const states = Object.keys(marks) as LiveCell["state"][];
  const count = (state: LiveCell["state"]) => cells.filter((cell) => cell.state === state).length;
  return html`
  <p class="legend">${states
    .filter((state) => count(state) > 0)
    .map((state) => html`<span>${square(state)} ${count(state)} ${stateTexts[state]}</span> `)}</p>
  <div class="squares" aria-hidden="true">${cells.map(({ name, state }) => square(state, `${name}: ${stateTexts[state]}`))}</div>`;
}

function square(state: LiveCell["state"], title?: string): Html {
  const hint = title !== undefined && html` title="${title}"`;
  return html`<span class="square ${state.replace(" ", "-")}" aria-hidden="true"${hint}>${marks[state]}</span>`;
}

function cellTable(cells: readonly LiveCell[]): Html {
  return html`<div class="scroll tall" tabindex="0" role="region" aria-label="All cells">
    <table>
      <thead><tr><th scope="col">cell</th><th scope="col">state</th><th scope="col">took</th></tr></thead>
      <tbody>${cells.map(
        ({ name, state, took }) => html`
        <tr><th scope="row">${name}</th><td>${square(state)} ${stateTexts[state]}</td><td>${took}</td></tr>`,
      )}
      </tbody>
    </table>
  </div>`;
}

function verdicts({ verdicts: found, interim }: LiveRun): Html {
  if (found.length === 0) {
    return html`<p class="muted">None yet: claims are judged when all cells of a seed are measured.</p>`;
  }
  return html`
  ${interim && html`<p class="interim"><strong>Interim.</strong> More seeds are to come; verdicts may change.</p>`}
  <div class="cards">${found.map(verdictCard)}</div>`;
}

function verdictCard({ claim, verdict, statement, effect, unit, paperValue, reason }: IndexedVerdict): Html {
  return html`
  <article class="card" aria-labelledby="claim-${claim}-statement">
    <p class="card-head"><span class="claim-id">${claim}</span> ${verdictBadge(verdict)}</p>
    <h3 id="claim-${claim}-statement">${statement}</h3>
    <p><strong class="effect">${intervalNumbers(effect, unit)}</strong> <span class="muted">${seedCount(effect.count)}</span></p>
    <p class="reason">${reason}</p>
    <p class="muted small"><strong>The paper:</strong> ${paperValue}</p>
  </article>`;
}

function percent(fraction: number): string {
  return `${Math.floor(100 * fraction)} %`;
}
