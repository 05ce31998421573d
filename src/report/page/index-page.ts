import { seedCount } from "../../statistics";
import { isThumbnail } from "../figure/thumbnail";
import { type Html, html, trusted } from "../html";
import { effectTexts, rangeText, verdictMarks } from "../tables/verdicts";
import {
  allFindings,
  disputed,
  type Finding,
  type FindingGroup,
  groupFindings,
  type IndexContent,
  type Kind,
  kinds,
  type RunVerdict,
  type Standing,
  tally,
} from "./index-findings";
import { renderPage, section } from "./page-frame";
import { badge, postHocBadge, verdictBadge } from "./verdict-cards";

/**
 * The page of all claims: every claim of the registry by groups, with what each run found on it. It stands alone, opens from
 * disk, works without its script (which filters and orders), and reaches for no network.
 *
 * A claim counts once, under the verdict of its first run (`groupFindings`).
 *
 * @throws RangeError for a thumbnail that `figureThumbnail` did not write
 */
export function renderIndex(content: IndexContent): string {
  const groups = groupFindings(content);
  return renderPage("index", {
    title: "Claims and verdicts",
    header: html`<p class="question">Which documented findings about convolutional networks hold when they are measured again?</p>
  ${summary(groups, content)}`,
    nav: html`<nav aria-label="Groups">${groups.map(({ letter, title }) => html`<a href="#${groupAnchor(letter)}">${groupName(letter, title)}</a> `)}</nav>
`,
    main: html`${groups.map(groupSection)}${faultSection(content.faults)}`,
  });
}

function summary(groups: readonly FindingGroup[], { runs, faults }: IndexContent): Html {
  const claims = allFindings(groups).length;
  const divided = disputed(groups);
  return html`
  ${kinds.map((kind) => tallyOf(kind, tally(groups, kind)))}
  <p class="muted">${claims} ${claims === 1 ? "claim" : "claims"}, ${runs.length} ${runs.length === 1 ? "run" : "runs"}. A claim
    judged by several runs counts under the first: complete runs come before interim ones, and among these the run with the
    experiment's default settings.${divided.length > 0 && html` Runs disagree on ${divided.map((id, i) => html`${i > 0 && ", "}<a href="#claim-${id}">${id}</a>`)}.`}
    Acceptance rules were fixed before the runs; where a threshold was settled after trials, the report says so. Brackets are
    Student's 95 % intervals over seeds.</p>
  ${faults.length > 0 && html`<p class="interim"><a href="#faults">Some files of runs are missing or damaged.</a></p>`}
  <p class="actions" data-needs-script>
    <label>Order <select id="order"><option value="claim">by claim</option><option value="verdict">by verdict</option></select></label>
    <span id="shown" role="status"></span>
  </p>`;
}

/** Findings have every standing, so that each can be filtered by; the others those alone that occur. */
function tallyOf(kind: Kind, counts: ReadonlyMap<Standing, number>): Html | null {
  const shown = [...counts].filter(([, count]) => kind === "findings" || count > 0);
  if (shown.length === 0) return null;
  const [title, label] = {
    findings: ["Findings", "Findings by verdict"],
    "post hoc": ["Post hoc", "Post hoc claims by verdict"],
    audit: ["The words of the 2019 lecture", "The audit by verdict"],
  }[kind] as [string, string];
  return html`
  <p class="small"><strong>${title}</strong></p>
  <ul class="tally" aria-label="${label}">${shown.map(
    ([standing, count]) => html`
    <li data-filter="${kind}: ${standing}" data-standing="${standing}">${standingBadge(standing, count)}</li>`,
  )}
  </ul>`;
}

function groupSection({ letter, title, findings }: FindingGroup): Html {
  const anchor = groupAnchor(letter);
  return html`
<section class="group" id="${anchor}" aria-labelledby="${anchor}-heading">
  <h2 id="${anchor}-heading">${groupName(letter, title)}</h2>
  ${findings.map(findingArticle)}
</section>`;
}

function findingArticle(finding: Finding): Html {
  const { id, wording, registered, kind, standing, verdicts, command, words } = finding;
  const counted = [finding, words].flatMap((one) => (one === undefined ? [] : `${one.kind}: ${one.standing}`));
  return html`
<article class="card finding" id="claim-${id}" data-standing="${standing}" data-counted="${counted.join("; ")}" aria-labelledby="claim-${id}-statement">
  <p class="card-head"><span class="claim-id">${id}</span> ${standingBadge(standing)}${kind === "post hoc" && html` ${postHocBadge()}`}</p>
  <h3 id="claim-${id}-statement">${wording.statement}</h3>
  <p class="small"><strong>In the paper:</strong> ${wording.paperValue} <span class="muted">(${wording.source})</span></p>
  ${!registered && html`<p class="small muted">Judged by a run, but no longer in the registry of claims.</p>`}
  ${command !== null && html`<p class="small">Run it: <code>${command}</code></p>`}
  ${verdicts.length > 0 && html`<ul class="runs">${verdicts.map((verdict) => runItem(verdict, id, wording.rule))}</ul>`}
  <details class="small"><summary>Rule</summary><p>${wording.rule}</p></details>${words !== undefined && wordsOf(words)}
</article>`;
}

/** What the lecture says of a finding, on that finding's card. */
function wordsOf({ id, wording, standing, verdicts, command }: Finding): Html {
  return html`
  <section id="claim-${id}" aria-labelledby="claim-${id}-statement">
    <p class="card-head"><span class="claim-id">${id}</span> ${standingBadge(standing)}</p>
    <p id="claim-${id}-statement"><strong>The lecture's words:</strong> ${wording.statement}</p>
    <p class="small"><strong>So is:</strong> ${wording.paperValue} <span class="muted">(${wording.source})</span></p>
    ${command !== null && html`<p class="small">Run it: <code>${command}</code></p>`}
    ${verdicts.length > 0 && html`<ul class="runs">${verdicts.map((verdict) => runItem(verdict, id, wording.rule))}</ul>`}
    <details class="small"><summary>Rule</summary><p>${wording.rule}</p></details>
  </section>`;
}

/** One line: the verdict of a run on a claim. */
function runItem({ run, judged }: RunVerdict, id: string, rule: string): Html {
  const { effect, unit, verdict, reason, sentence, range, thumbnail } = judged;
  const { estimate, interval } = effectTexts(effect, unit);
  const facts = [
    effect !== null && seedCount(effect.count),
    `scale ${run.scale}`,
    `data ${run.data}`,
    run.ended?.slice(0, 10),
  ];
  return html`
    <li class="run" data-run="${run.name}">
      ${thumbnail !== null && html`<div class="thumbnail">${thumbnailMarkup(thumbnail)}</div>`}
      <div>
        <p class="card-head">${verdictBadge(verdict)}${run.interim && html` <span class="badge partly">interim</span>`}</p>
        <p><strong class="effect">${estimate}</strong>${interval !== null && html` <span class="muted">${interval}</span>`}</p>
        ${sentence !== "" && html`<p class="sentence">${sentence}</p>`}
        <p class="small muted">${facts.filter(Boolean).join(", ")}. ${reason} ${rangeText(verdict, range)}${
          judged.rule !== rule && " Judged by an earlier wording of the rule."
        }</p>
        <p class="small">${run.report === null ? run.name : html`<a href="${run.report}#claim-${id}">${run.isReference ? "Reference report" : "Report"} of ${run.name}</a>`}${
          run.command !== null && html`<br><code>${run.command}</code>`
        }</p>
      </div>
    </li>`;
}

function thumbnailMarkup(thumbnail: string): Html {
  if (!isThumbnail(thumbnail))
    throw new RangeError("need a thumbnail as `figureThumbnail` writes it, got other markup");
  return trusted(thumbnail);
}

/** The badge of a claim, or that of a number of claims. */
function standingBadge(standing: Standing, count?: number): Html {
  const [mark, words] = standing === "not run" ? ["–", "not run here yet"] : [verdictMarks[standing], standing];
  return badge(standing, mark, count === undefined ? words : `${count} ${words}`);
}

function faultSection(faults: readonly string[]): Html | null {
  if (faults.length === 0) return null;
  return section(
    "faults",
    "Missing or damaged files",
    html`<p>What these files hold is left out above. Running the experiment again rewrites them; measurements are kept.</p>
  <ul>${faults.map((fault) => html`<li>${fault}</li>`)}</ul>`,
  );
}

function groupAnchor(letter: string): string {
  return letter === "" ? "group-others" : `group-${letter}`;
}

function groupName(letter: string, title: string): string {
  return letter === "" ? title : `${letter}. ${title}`;
}
