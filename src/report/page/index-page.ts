import { capitalised } from "../../base";
import { seedCount } from "../../statistics";
import { isThumbnail } from "../figure/thumbnail";
import { type Html, html, trusted } from "../html";
import { effectTexts, verdictMarks } from "../tables/verdicts";
import { shortSource } from "./citations";
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
  standings,
  tally,
} from "./index-findings";
import { renderPage, section } from "./page-frame";
import { badge, postHocBadge, scaleBadge, shortData, turnsOf, verdictBadge } from "./verdict-cards";

/**
 * What people come for, each by the claim that says it best and those that belong to it. Shown in its order where a run has
 * judged the first.
 */
const headlines: readonly { readonly title: string; readonly claims: readonly [string, ...string[]] }[] = [
  { title: "Block deletion", claims: ["E1", "E2", "E3", "E4"] },
  { title: "Short paths carry the gradient", claims: ["E8", "E5", "E6", "E7", "E9"] },
  { title: "Degradation and gradients", claims: ["C5", "C1", "C3", "C8"] },
  { title: "Stochastic depth", claims: ["D3", "D1", "D2", "D4"] },
  { title: "A block as an Euler step", claims: ["F2", "F1", "F3", "F5"] },
];

/**
 * The front page of the reports: the findings that people come for, one table of all claims with what each run found on them,
 * and the audit as an appendix. It stands alone, opens from disk, can be read without its script (which searches, filters and
 * sorts), and reaches for no network.
 *
 * A claim counts once, under the verdict of its first run (`groupFindings`).
 *
 * @throws RangeError for a thumbnail that `figureThumbnail` did not write
 */
export function renderIndex(content: IndexContent): string {
  const groups = groupFindings(content);
  const all = allFindings(groups);
  const findings = all.filter(({ kind }) => kind !== "audit");
  const withFindings = findings.filter(({ words }) => words !== undefined);
  const audit = all.filter(({ id, kind }) => kind === "audit" && withFindings.every(({ words }) => words?.id !== id));
  const found = headlines.flatMap(({ title, claims: [first, ...others] }) => {
    const lead = all.find(({ id }) => id === first);
    return lead === undefined || lead.verdicts.length === 0
      ? []
      : [
          headline(
            title,
            lead,
            others.flatMap((id) => all.find((one) => one.id === id) ?? []),
          ),
        ];
  });
  return renderPage("index", {
    title: "Claims and verdicts",
    header: html`<p class="question">Which documented findings about convolutional networks hold when they are measured again?</p>
  ${content.faults.length > 0 && html`<p class="interim"><a href="#faults">Some files of runs are missing or damaged.</a></p>`}`,
    nav: html`<nav aria-label="On this page and beside it">${[
      ...(found.length > 0 ? [{ label: "Findings", href: "#headlines" }] : []),
      { label: "All claims", href: "#claims" },
      ...(audit.length > 0 ? [{ label: "The audit", href: "#audit" }] : []),
      ...(content.beside ?? []),
    ].map(({ label, href }) => html`<a href="${href}">${label}</a> `)}</nav>
`,
    main: html`${found.length > 0 && section("headlines", "What was found", html`${found}`)}${section(
      "claims",
      "All claims",
      html`${summary(groups, content)}${filters(groups, findings)}${claimTable("findings", "All claims", findings)}`,
    )}${audit.length > 0 && auditAppendix(groups, audit, withFindings)}${faultSection(content.faults)}`,
  });
}

function headline(title: string, lead: Finding, others: readonly Finding[]): Html {
  const { run, judged } = lead.verdicts[0]!;
  const { estimate, interval } = effectTexts(judged.effect, judged.unit);
  const drawing = judged.thumbnail === null ? null : thumbnailMarkup(judged.thumbnail);
  const href = reportOf(run, lead.id);
  return html`
<article class="headline" aria-labelledby="headline-${lead.id}">
  ${drawing !== null && (href === null ? html`<div class="thumbnail">${drawing}</div>` : html`<a class="thumbnail" href="${href}">${drawing}</a>`)}
  <div>
    <p class="kicker">${title}</p>
    <h3 id="headline-${lead.id}">${lead.wording.statement}</h3>
    <p class="card-head">${verdictBadge(judged.verdict)}${scaleBadge(run)}</p>
    <p class="sentence">${judged.sentence}${judged.verdict === "not testable here" && ` ${judged.reason}`}</p>
    <dl class="facts">
      <div><dt>${lead.effectName ?? "Effect"}</dt> <dd><strong>${estimate}</strong> ${interval}</dd></div>
      <div><dt>The paper</dt> <dd>${lead.wording.paperValue} (${shortSource(lead.wording.source)})</dd></div>
    </dl>${mapsOf(lead)}
    <p class="small">${href !== null && html`<a href="${href}">Report</a>`}${
      others.length > 0 &&
      html` See also ${others.map(
        ({ id, standing }, i) => html`${i > 0 && ", "}<a href="#claim-${id}">${id}</a> ${standingText(standing)}`,
      )}.`
    }</p>
  </div>
</article>`;
}

function summary(groups: readonly FindingGroup[], { runs }: IndexContent): Html {
  const divided = disputed(groups);
  return html`
  ${kinds.filter((kind) => kind !== "audit").map((kind) => tallyOf(kind, groups))}
  <p class="muted small">${runs.length} ${runs.length === 1 ? "run" : "runs"}. A claim judged by several counts under the
    first: complete runs come before interim ones, and among these the run with the experiment's default settings.${
      divided.length > 0 &&
      html` Runs disagree on ${divided.map((id, i) => html`${i > 0 && ", "}<a href="#claim-${id}">${id}</a>`)}.`
    } Acceptance rules were fixed before the runs; claims that were put beside them after results had been seen are tagged
    post hoc and counted apart. Brackets are Student's 95 % intervals over seeds.</p>`;
}

const kindTitles: Readonly<Record<Kind, string>> = {
  findings: "Findings of the sources",
  "post hoc": "Post hoc",
  audit: "Sentences of the 2019 lecture",
};

/** How many claims of a kind count under each verdict. */
function tallyOf(kind: Kind, groups: readonly FindingGroup[]): Html | null {
  const shown = [...tally(groups, kind)].filter(([, count]) => count > 0);
  if (shown.length === 0) return null;
  const total = shown.reduce((sum, [, count]) => sum + count, 0);
  return html`
  <p class="tally" data-kind="${kind}"><strong>${kindTitles[kind]}: ${total}</strong> ${shown.map(
    ([standing, count]) =>
      html` <span data-standing="${standing}" data-count="${count}">${standingBadge(standing, `${count} ${standingWords(standing)}`)}</span>`,
  )}</p>`;
}

/** Hidden without the script that makes them work; it counts, too. */
function filters(groups: readonly FindingGroup[], findings: readonly Finding[]): Html {
  const occurring = new Set(findings.map(({ standing }) => standing));
  const scales = [...new Set(findings.flatMap(({ verdicts }) => verdicts[0]?.run.scale ?? []))];
  const own = groups.filter((group) => group.findings.some(({ kind }) => kind !== "audit"));
  const option = (value: string, words: string) => html`<option value="${value}">${words}</option>`;
  return html`
  <div class="filters" role="search" aria-label="Filter the claims" data-needs-script>
    <label class="search">Search <input type="search" id="search" placeholder="gradient, 1605.06431, mnist" autocomplete="off"></label>
    <label>Group <select id="filter-group">${option("", "all groups")}${own.map(({ letter, title }) => option(letter, letter === "" ? title : `${letter}. ${title}`))}</select></label>
    <label>Scale <select id="filter-scale">${option("", "all scales")}${scales.map((scale) => option(scale, scale))}</select></label>
    <label>Kind <select id="filter-kind">${option("", "findings and post hoc")}${option("findings", "findings only")}${option("post hoc", "post hoc only")}</select></label>
    <fieldset><legend>Verdict</legend>${standings.findings
      .filter((standing) => occurring.has(standing))
      .map(
        (standing) =>
          html` <button type="button" class="chip" aria-pressed="false" data-verdict="${standing}"><span aria-hidden="true">${markOf(standing)}</span> ${standingWords(standing)} <span class="count"></span></button>`,
      )}</fieldset>
    <p><span id="shown" role="status"></span> <button type="button" id="reset" hidden>Show all</button></p>
  </div>`;
}

const headings = {
  findings: ["Claim", "Verdict", "Ours", "The paper's", "Data, scale, range", "Source"],
  audit: ["The lecture says", "Verdict", "Ours", "What is so", "Data, scale, range", "Source"],
} as const;

/**
 * A table with a row a claim. Its roles are written out, as the cells stand below each other on a phone, which would take them
 * from the table.
 */
function claimTable(kind: keyof typeof headings, label: string, findings: readonly Finding[]): Html {
  return html`
  <table class="claims sortable" id="table-${kind}" role="table" aria-label="${label}">
    <thead role="rowgroup"><tr role="row">${headings[kind].map((heading) => html`<th scope="col" role="columnheader">${heading}</th>`)}</tr></thead>
    <tbody role="rowgroup">${findings.map((finding, place) => claimRow(finding, place, headings[kind]))}
    </tbody>
  </table>`;
}

function claimRow(finding: Finding, place: number, labels: readonly string[]): Html {
  const { id, wording, kind, standing, group, verdicts, effectName, words } = finding;
  const [first] = verdicts;
  const { effect = null, unit = "", range = "" } = first?.judged ?? {};
  const { estimate, interval } = effectTexts(effect, unit);
  const scale = first?.run.scale ?? "";
  // Each with the key that it sorts by, where that is not its text.
  const cells: readonly (readonly [content: Html, key?: string | number])[] = [
    [
      html`${standingBadge(standing)}${first?.run.interim && html` ${badge("partly", "…", "interim")}`}${otherRuns(finding)}`,
      standings[kind === "audit" ? "audit" : "findings"].indexOf(standing),
    ],
    [
      first === undefined
        ? html`–`
        : html`<strong>${estimate}</strong> ${interval}${effectName !== null && html` <span class="muted">${effectName}</span>`}`,
      effect?.estimate ?? "",
    ],
    [html`${wording.paperValue}`],
    [
      first === undefined
        ? html`–`
        : html`${dataOf(first, id)}, ${scale}${range !== "" && html`; ${range.replace(`; ${first.run.data}, `, "; ")}`}`,
    ],
    [shortSource(wording.source)],
  ];
  return html`
      <tr role="row" id="claim-${id}" data-standing="${standing}" data-group="${group}" data-scale="${scale}" data-kind="${kind}"><th scope="row" role="rowheader" data-sort="${place}"><details><summary><span class="claim-id">${id}</span>${
        kind === "post hoc" && html` ${postHocBadge()}`
      } ${wording.statement}</summary>${rowDetails(finding)}</details>${mapsOf(finding)}${words !== undefined && lectureWords(words)}</th>${cells.map(
        ([content, key], column) =>
          html`<td role="cell" data-label="${labels[column + 1]}"${key !== undefined && html` data-sort="${key}"`}><div>${content}</div></td>`,
      )}</tr>`;
}

/** What the audit says of a finding's sentence, below the finding. */
function lectureWords(finding: Finding): Html {
  const { id, wording, standing } = finding;
  return html`<details class="words" id="claim-${id}" data-standing="${standing}" data-kind="audit"><summary>The lecture's words (${id}): ${standingText(standing)}</summary><div class="more"><p><strong>The lecture.</strong> ${wording.statement}</p><p><strong>What is so.</strong> ${capitalised(wording.paperValue)}.</p></div>${rowDetails(finding)}</details>`;
}

/** The data of a run, leading to its report. */
function dataOf({ run }: RunVerdict, claim: string): Html {
  const href = reportOf(run, claim);
  const data = shortData(run.data);
  return href === null
    ? html`${data}`
    : html`<a href="${href}" aria-label="${data}: report of ${run.name}">${data}</a>`;
}

/** What other runs than the first one found, where they found something else. */
function otherRuns({ id, standing, verdicts }: Finding): Html {
  const others = verdicts.slice(1).filter(({ judged }) => judged.verdict !== standing);
  return html`${others.map(
    (one) =>
      html`<br><span class="small">${dataOf(one, id)}, ${one.run.scale}: ${standingText(one.judged.verdict)}</span>`,
  )}`;
}

/** Where the verdict turns, as the runs that varied their parameters found it. */
function mapsOf({ id, verdicts }: Finding): Html {
  return html`${verdicts.flatMap(({ run: { maps, report } }) =>
    report === null ? [] : maps.filter(({ claim }) => claim.id === id).map((map) => turnsOf(map, report)),
  )}`;
}

/** What opens below a statement. */
function rowDetails({ id, wording, registered, verdicts, command }: Finding): Html {
  return html`<div class="more">
        ${!registered && html`<p>Judged by a run, but no longer in the registry of claims.</p>`}
        <p><strong>Rule.</strong> ${wording.rule}</p>
        <p><strong>Source.</strong> ${wording.source}</p>
        ${command !== null && html`<p>Run it: <code>${command}</code></p>`}
        <ul>${verdicts.map((verdict) => runItem(verdict, id, wording.rule))}</ul></div>`;
}

/** The verdict of a run on a claim. */
function runItem({ run, judged }: RunVerdict, id: string, rule: string): Html {
  const { effect, unit, verdict, reason, sentence } = judged;
  const { estimate, interval } = effectTexts(effect, unit);
  const href = reportOf(run, id);
  return html`<li data-run="${run.name}"><strong>${run.name}</strong>: ${standingText(verdict)}${run.interim && " (interim)"}, ${estimate} ${interval}${
    effect !== null && `, ${seedCount(effect.count)}`
  }. ${sentence} ${reason}${judged.rule !== rule && " Judged by an earlier wording of the rule."}
          ${href !== null && html`<a href="${href}">${run.isReference ? "Reference report" : "Report"}</a>`}${
            run.command !== null && html` <code>${run.command}</code>`
          }</li>`;
}

function auditAppendix(
  groups: readonly FindingGroup[],
  audit: readonly Finding[],
  withFindings: readonly Finding[],
): Html {
  return html`<section aria-labelledby="audit-heading">
  <h2 id="audit-heading">Appendix: the audit</h2>
  <p>The claims come from a lecture of 2019. The audit judges the words of its sentences: correct, imprecise or wrong. It says
    nothing about a finding and is counted apart.${
      withFindings.length > 0 &&
      html` What it says of ${withFindings.map(
        ({ id }, i) => html`${i > 0 && (i < withFindings.length - 1 ? ", " : " and ")}<a href="#claim-${id}">${id}</a>`,
      )} stands with them.`
    }</p>
  ${tallyOf("audit", groups)}
  <details id="audit"><summary>${audit.length} ${withFindings.length > 0 && "other "}${audit.length === 1 ? "sentence" : "sentences"}</summary>${claimTable("audit", "The audit", audit)}
  </details>
</section>
`;
}

/** Address of a claim in a run's report; null where there is no report. */
function reportOf({ report }: RunVerdict["run"], claim: string): string | null {
  return report === null ? null : `${report}#claim-${claim}`;
}

function thumbnailMarkup(thumbnail: string): Html {
  if (!isThumbnail(thumbnail))
    throw new RangeError("need a thumbnail as `figureThumbnail` writes it, got other markup");
  return trusted(thumbnail);
}

/** The badge of a claim, or that of a number of claims. */
function standingBadge(standing: Standing, words: string = standingWords(standing)): Html {
  return badge(standing, markOf(standing), words);
}

/** Sign and word, within a text. */
function standingText(standing: Standing): Html {
  return html`<span aria-hidden="true">${markOf(standing)}</span> ${standingWords(standing)}`;
}

function markOf(standing: Standing): string {
  return standing === "not run" ? "–" : verdictMarks[standing];
}

function standingWords(standing: Standing): string {
  return standing === "not run" ? "not run here yet" : standing;
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
