import { capitalised } from "../../base";
import { asOnFinding, type Condition, type Judgement, type Verdict } from "../../claims";
import { quantity, seedCount } from "../../statistics";
import { type Html, html } from "../html";
import { mapAnchor, type VerdictMap, variedNames, whereItTurns } from "../tables/verdict-map";
import { type Effect, effectTexts, outcomeMarks, rangeText, verdictMarks } from "../tables/verdicts";

/** Sign, word and colour of a verdict: any two of them suffice. */
export function verdictBadge(verdict: Verdict): Html {
  return badge(verdict, verdictMarks[verdict], verdict);
}

/** A claim that was put beside another one after results had been seen. */
export function postHocBadge(): Html {
  return html`<span class="badge inconclusive">post hoc</span>`;
}

/** Of a run on the sources' kind of data that is smaller than theirs: in networks, images or length of training. */
export function scaleBadge({ scale, data }: { readonly scale: string; readonly data: string }): Html | null {
  if (scale === "paper" || data === generatedData) return null;
  return html` <span class="badge reduced" title="Smaller than the sources' in networks, images or training">reduced scale: ${scale}, ${data}</span>`;
}

/** What is said of a run's data where it reads none. */
const generatedData = "made by the experiment";

/** A data set as papers write it; the name itself of any other. */
export function datasetTitle(name: string): string {
  return Object.hasOwn(datasetTitles, name) ? datasetTitles[name]! : name;
}

const datasetTitles: Readonly<Record<string, string>> = { mnist: "MNIST", cifar10: "CIFAR-10" };

/** A run's data in few words, for tables. */
export function shortData(data: string): string {
  return data === generatedData ? "generated" : data;
}

/** @param kind names its colours in the style sheet */
export function badge(kind: string, mark: string, words: string): Html {
  return html`<span class="badge ${asOnFinding(kind).replaceAll(" ", "-")}"><span aria-hidden="true">${mark}</span> ${words}</span>`;
}

/** Of the run that a card belongs to. */
interface CardRun {
  readonly scale: string;
  readonly data: string;
  /** As `ReportContent.contrasts`. */
  readonly contrasts?: readonly string[];
  /** The data that the sources' figures are of, where a claim's own does not say. */
  readonly published?: readonly string[];
}

/**
 * One card a claim: the verdict, what was found, the effect with its interval beside the paper's value, in what the run departs
 * from the source, the parts of the rule, and where a map says that the verdict turns.
 */
export function verdictCards(judgements: readonly Judgement[], run: CardRun, maps: readonly VerdictMap[] = []): Html {
  const published = publishedData(judgements.map(({ claim }) => claim.paperValue).join(" "));
  return html`<div class="cards">${judgements.map((judgement) =>
    verdictCard(
      judgement,
      { ...run, published },
      maps.find(({ claim }) => claim.id === judgement.claim.id),
    ),
  )}</div>`;
}

function verdictCard(judgement: Judgement, run: CardRun, map: VerdictMap | undefined): Html {
  const { claim, conditions, preconditions } = judgement;
  return claimCard(
    { ...judgement, ...claim, claim: claim.id },
    {
      run,
      below: html`${departuresOf(claim.paperValue, run)}${conditionLists([...preconditions, ...conditions])}`,
      end: html`${map !== undefined && turnsOf(map)}
  <details class="small"><summary>Rule and measurement</summary>
    <p><strong>Rule.</strong> ${claim.rule}</p><p><strong>Measured by.</strong> ${claim.measuredBy}</p></details>`,
    },
  );
}

/** What every card tells of a claim. */
interface CardFacts {
  readonly claim: string;
  readonly verdict: Verdict;
  readonly statement: string;
  readonly effect: (NonNullable<Effect> & { readonly confidence?: number }) | null;
  readonly effectName?: string;
  readonly unit: string;
  readonly paperValue: string;
  readonly source: string;
  readonly sentence: string;
  readonly reason: string;
  readonly range: string;
  readonly postHoc?: boolean | undefined;
}

/** @param parts what stands below the figures, and at the end */
export function claimCard(
  facts: CardFacts,
  parts: { readonly run: CardRun; readonly below?: Html; readonly end?: Html },
): Html {
  const { claim, verdict, statement, effect, effectName, unit, paperValue, source, sentence, reason, range } = facts;
  const { estimate, interval } = effectTexts(effect, unit);
  const name = effectName === undefined ? "This run" : capitalised(effectName);
  // Where nothing more is known than the effect, its sentence is the line below it once more.
  const told = sentence !== "" && !sentence.startsWith(`${name}: `);
  const holds = asOnFinding(verdict) === "reproduced";
  return html`
<article class="card" id="claim-${claim}" aria-labelledby="claim-${claim}-statement">
  <p class="card-head"><span class="claim-id">${claim}</span> ${verdictBadge(verdict)}${scaleBadge(parts.run)}${facts.postHoc && html` ${postHocBadge()}`}</p>
  <h3 id="claim-${claim}-statement">${statement}</h3>
  ${told && html`<p class="sentence">${sentence}</p>`}
  <dl class="figures">
    <div>
      <dt>${name}</dt>
      <dd><span class="estimate">${estimate}</span> ${effect !== null && html`<span class="muted">${aboutInterval(effect, interval)}</span>`}</dd>
    </div>
    <div>
      <dt>The paper</dt>
      <dd>${paperValue}</dd>
    </div>
  </dl>${parts.below}
  ${(!holds || range !== "") && html`<p class="reason">${!holds && reason} ${rangeText(verdict, range)}</p>`}${parts.end}
  <p class="small muted"><strong>Source.</strong> ${source}</p>
</article>`;
}

function aboutInterval(
  { confidence = 0.95, count }: NonNullable<CardFacts["effect"]>,
  interval: string | null,
): string {
  if (interval === null) return "one seed: no interval";
  return `${interval}, ${quantity(100 * confidence)} % interval over ${seedCount(count)}`;
}

/** In what the run differs from the source, where that can be told in few words. */
function departuresOf(paperValue: string, { data, contrasts = [], published: others = [] }: CardRun): Html | null {
  const named = publishedData(paperValue);
  const published = named.length > 0 ? named : others;
  const own = datasetTitle(data);
  const differs = published.length > 0 && own !== data && !published.includes(own);
  const all = [...(differs ? [`${own} (source: ${published.join(", ")})`] : []), ...contrasts];
  if (all.length === 0) return null;
  return html`
  <p class="small departures"><strong>Departs from the source:</strong> ${all.join("; ")}.</p>`;
}

/** The data sets that a text names. */
function publishedData(text: string): string[] {
  return [...new Set([...text.matchAll(/CIFAR-10\b|MNIST|ImageNet/g)].map(([name]) => name))];
}

/** All parts of a rule where they are few; else those that do not hold, if these are few, and the others folded. */
function conditionLists(conditions: readonly Condition[]): Html {
  const failing = conditions.filter(({ outcome }) => outcome !== "holds");
  const open = conditions.length <= 3 ? conditions : failing.length <= 3 ? failing : [];
  const folded = conditions.filter((one) => !open.includes(one));
  const holding = conditions.length - failing.length;
  return html`${open.length > 0 && conditionList(open)}${
    folded.length > 0 &&
    html`
  <details class="small"><summary>${failing.length === 0 ? "All" : `${holding} of`} ${conditions.length} conditions hold</summary>${conditionList(folded)}</details>`
  }`;
}

function conditionList(conditions: readonly Condition[]): Html {
  return html`
  <ul class="conditions">${conditions.map(
    ({ text, found, outcome }) => html`
    <li class="${outcome}"><span class="mark" aria-hidden="true">${outcomeMarks[outcome]}</span>
      <span>${text}: <strong>${found}</strong> <span class="muted">(${outcome})</span></span></li>`,
  )}
  </ul>`;
}

/**
 * Where the verdict turns, with a link to the map; only the link where that takes more than three lines.
 *
 * @param report address of the report that has the map, where that is another page
 */
export function turnsOf(map: VerdictMap, report = ""): Html {
  const lines = whereItTurns(map);
  return html`
  <p class="${report === "" ? "reason" : "small"}"><a href="${report}#${mapAnchor(map)}">Map of verdicts</a> over ${variedNames(map)}${
    lines.length > 3
      ? "."
      : html`: ${lines.map((line, i) => html`${lines.length > 1 && html`<br>`}${line}${i < lines.length - 1 ? ";" : "."}`)}`
  }</p>`;
}
