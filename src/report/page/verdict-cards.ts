import { asOnFinding, type Judgement, type Verdict } from "../../claims";
import { type Interval, quantity, seedCount } from "../../statistics";
import { type Html, html } from "../html";
import { mapAnchor, type VerdictMap, variedNames, whereItTurns } from "../tables/verdict-map";
import { effectTexts, outcomeMarks, rangeText, verdictMarks } from "../tables/verdicts";

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

/** A run's data in few words, for tables. */
export function shortData(data: string): string {
  return data === generatedData ? "generated" : data;
}

/** @param kind names its colours in the style sheet */
export function badge(kind: string, mark: string, words: string): Html {
  return html`<span class="badge ${asOnFinding(kind).replaceAll(" ", "-")}"><span aria-hidden="true">${mark}</span> ${words}</span>`;
}

/**
 * One card a claim: the verdict, the effect with its interval, the paper's value beside it, the rule and its parts, and where a
 * map says that the verdict turns.
 */
export function verdictCards(judgements: readonly Judgement[], maps: readonly VerdictMap[] = []): Html {
  return html`<div class="cards">${judgements.map((judgement) =>
    verdictCard(
      judgement,
      maps.find(({ claim }) => claim.id === judgement.claim.id),
    ),
  )}</div>`;
}

function verdictCard(
  { claim, verdict, effect, conditions, preconditions, sentence, range, reason }: Judgement,
  map: VerdictMap | undefined,
): Html {
  const { estimate, interval } = effectTexts(effect, claim.unit);
  const about = (found: Interval) =>
    interval === null
      ? "one seed: no interval"
      : `${interval}, ${quantity(100 * found.confidence)} % interval over ${seedCount(found.count)}`;
  return html`
<article class="card" id="claim-${claim.id}" aria-labelledby="claim-${claim.id}-statement">
  <p class="card-head"><span class="claim-id">${claim.id}</span> ${verdictBadge(verdict)}${claim.postHoc && html` ${postHocBadge()}`}</p>
  <h3 id="claim-${claim.id}-statement">${claim.statement}</h3>
  <p class="sentence">${sentence}</p>
  <dl class="figures">
    <div>
      <dt>This run</dt>
      <dd><span class="estimate">${estimate}</span> ${effect !== null && html`<span class="muted">${about(effect)}</span>`}</dd>
    </div>
    <div>
      <dt>The paper</dt>
      <dd>${claim.paperValue}</dd>
    </div>
  </dl>
  <ul class="conditions">${[...preconditions, ...conditions].map(
    ({ text, found, outcome }) => html`
    <li class="${outcome}"><span class="mark" aria-hidden="true">${outcomeMarks[outcome]}</span>
      <span>${text}: <strong>${found}</strong> <span class="muted">(${outcome})</span></span></li>`,
  )}
  </ul>
  <p class="reason">${reason} ${rangeText(verdict, range)}</p>${map !== undefined && turnsOf(map)}
  <p class="muted small"><strong>Rule.</strong> ${claim.rule}<br><strong>Measured by.</strong> ${claim.measuredBy}<br><strong>Source.</strong> ${claim.source}</p>
</article>`;
}

/** Where the verdict turns, with a link to the map; only the link where that takes more than three lines. */
function turnsOf(map: VerdictMap): Html {
  const lines = whereItTurns(map);
  return html`
  <p class="reason"><a href="#${mapAnchor(map)}">Map of verdicts</a> over ${variedNames(map)}${
    lines.length > 3
      ? "."
      : html`: ${lines.map((line, i) => html`${lines.length > 1 && html`<br>`}${line}${i < lines.length - 1 ? ";" : "."}`)}`
  }</p>`;
}
