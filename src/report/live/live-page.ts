import { type Html, html, trusted } from "../html";
import { withCitations } from "../page/citations";
import { pagePolicy, renderPage, section, timeMarkup } from "../page/page-frame";
import { claimCard } from "../page/verdict-cards";
import { scrollingTable } from "../tables/table";
import type { LiveCell, LiveContent, LiveRun, LiveState, LiveWork } from "./live-content";
import { trainingFigureTitles } from "./training-figures";

/** The parts that change while the page is open: the markup within the elements of these identifiers. */
type LiveParts = Readonly<Record<LivePart, string>>;

const livePartNames = ["runs", "about", "state", "under-way", "failures", "cells", "verdicts", "cell-table"] as const;
type LivePart = (typeof livePartNames)[number];

/** Where the page asks its server for news, as server-sent events: relative to the page, with its query. */
export const liveEventsPath = "events";

/** Where the server has the report of the run that the query names: relative to the page. */
export const liveReportPath = "report";

/**
 * The page of a run in progress. Without its script it shows the state at the time of loading; with it, the server sends
 * news (`liveEventsPath`): `parts`, the title and the markup that changed, and `figures`, the curves.
 */
export function renderLivePage(content: LiveContent): string {
  const parts = liveParts(content);
  const part = (name: LivePart) => html`<div id="part-${name}">${trusted(parts[name])}</div>`;
  return renderPage("live", {
    title: liveTitle(content),
    heading: html`<div class="kicker">Live view of a run</div>`,
    banner: html`<p class="interim" id="lost" role="status" hidden><strong>Connection lost.</strong> This page is out of date:
  <code>npx cnn-findings watch</code> has ended. The run itself may still be going.</p>
`,
    header: html`${part("about")}
  ${part("runs")}`,
    main: html`${section(
      "progress",
      "Progress",
      html`${part("state")}
  ${part("under-way")}
  ${part("failures")}
  ${part("cells")}
  <details><summary>All cells</summary>${part("cell-table")}</details>`,
    )}${section("verdicts", "Verdicts", part("verdicts"))}${section(
      "curves",
      "Training curves",
      html`<p class="muted" id="no-curves">No curves yet: they appear with the first checkpoint of a training run.</p>
  <noscript><p class="no-plot">Curves need JavaScript.</p></noscript>
  <div class="pair">${Object.entries(trainingFigureTitles).map(
    ([id, title]) => html`
    <figure hidden>
      <h3>${title}</h3>
      <div class="plot" data-figure="${id}" role="group" aria-label="${title} by step, one line per training run"></div>
    </figure>`,
  )}
  </div>
  <p class="muted small">One line per training run, up to its last checkpoint. Each point is a mean over the mini-batches since
    the previous one. Hover over a line for its network and seed.</p>`,
    )}`,
  });
}

/** The page's security policy, for the header of its server: the same as in the page, and that nobody may frame it. */
export function livePagePolicy(): string {
  return `${pagePolicy("live")}; frame-ancestors 'none'`;
}

/** The page's title, for the tab of the browser: how far the run is. */
export function liveTitle({ shown }: LiveContent): string {
  if (shown === null) return "No run";
  return shown.state === "under way"
    ? `${percent(shown.fraction)} ${shown.name}`
    : `${shown.name} ${stateWords[shown.state]}`;
}

/** The markup of all parts that change. */
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
  return Object.fromEntries(livePartNames.map((name) => [name, withCitations(made[name].markup)])) as LiveParts;
}

function noRun({ folder }: LiveContent): Html {
  return html`<h1>No run</h1>
  <p class="question">No run has been started in <code>${folder}</code>. This page shows the next one as soon as it starts.</p>`;
}

function about({ name, title, question, scale, data, started, command }: LiveRun): Html {
  return html`<h1>${title}</h1>
  <p class="question">${question}</p>
  <p class="facts"><span>run <strong>${name}</strong></span> <span>scale <strong>${scale}</strong></span>
    <span>data <strong>${data}</strong></span> <span>since ${timeMarkup(started)}</span></p>
  <p class="facts"><code>${command}</code></p>`;
}

/** Other runs to show; none where there is no choice. */
function runLinks({ runs, shown }: LiveContent): Html {
  if (runs.length < 2) return html``;
  return html`<nav aria-label="Runs">${runs.map(
    ({ name, goesOn }) =>
      html`<a href="?run=${encodeURIComponent(name)}"${name === shown?.name && html` aria-current="page"`}>${name}${goesOn && " (running)"}</a> `,
  )}</nav>`;
}

/** What the page says of a run: "This run was interrupted." */
const stateWords: Readonly<Record<LiveState, string>> = {
  "under way": "is running",
  measured: "is complete",
  interrupted: "was interrupted",
  "broken off": "was stopped by an error",
  gone: "ended unexpectedly",
};

function state({ name, state: how, fraction, timeLeft, whole, cells, report }: LiveRun): Html {
  const settled = cells.filter(({ state: one }) => ["cached", "measured", "failed"].includes(one)).length;
  const goesOn = how === "under way";
  return html`
  ${!goesOn && html`<p class="${how === "measured" ? "finished" : "interim"}"><strong>This run ${stateWords[how]}.</strong>${advice(how)}</p>`}
  <p class="whole"><progress max="1" value="${fraction}" aria-label="Work done">${percent(fraction)}</progress>
    <strong class="effect">${percent(fraction)}</strong></p>
  <p>${settled} of ${cells.length} cells done${goesOn && `, ${timeLeft}`}${whole !== null && goesOn && `; ${whole}`}.</p>
  ${report !== null && html`<p>Report: <a href="${liveReportPath}?run=${encodeURIComponent(name)}"><code>${report}</code></a></p>`}`;
}

function advice(how: LiveState): string | false {
  if (how === "gone") return " Its process was killed, or the machine went down. The same command resumes the run.";
  return how !== "measured" && " Measurements and trained networks are kept; the same command resumes the run.";
}

function lanes(underWay: readonly LiveWork[]): Html {
  if (underWay.length === 0) return html``;
  return html`<ul class="lanes" aria-label="Running cells">${underWay.map(
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
    <li><strong>${name}</strong>: ${message}<br><span class="muted small">Log: <code>${log}</code>. To run this cell alone: <code>--only ${id}</code></span></li>`,
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
  cached: "cached",
  "under way": "running",
  failed: "failed",
  waiting: "waiting",
  "left out": "left out",
};

/** A square for each cell, with a legend that counts them. */
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
  return scrollingTable({
    label: "All cells",
    headings: ["cell", "state", "time"],
    rows: cells.map(
      ({ name, state, took }) =>
        html`<th scope="row">${name}</th><td>${square(state)} ${stateTexts[state]}</td><td>${took}</td>`,
    ),
    tall: true,
    sortable: false,
  });
}

function verdicts(run: LiveRun): Html {
  const { verdicts: found, interim } = run;
  if (found.length === 0) {
    return html`<p class="muted">None yet: claims are judged once all cells of a seed are measured.</p>`;
  }
  return html`
  ${interim && html`<p class="interim"><strong>Interim.</strong> More seeds are still to come; verdicts may change.</p>`}
  <div class="cards">${found.map((verdict) => claimCard(verdict, { run }))}</div>`;
}

function percent(fraction: number): string {
  return `${Math.floor(100 * fraction)} %`;
}
