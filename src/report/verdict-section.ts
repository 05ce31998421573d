import type { Condition, Judgement, Verdict } from "../claims";
import { intervalNumbers, quantity, seedCount } from "../statistics";
import { type Html, html } from "./html";
import type { PageTable } from "./table";
import { outcomeMarks, verdictMarks } from "./verdict-mark";

const outcomeWords: Readonly<Record<Condition["outcome"], string>> = {
  holds: "holds",
  fails: "fails",
  undecided: "undecided",
};

/** One card a claim: the verdict, the effect with its interval, the paper's figure beside it, the rule and its parts. */
export function verdictCards(judgements: readonly Judgement[]): Html {
  return html`<div class="cards">${judgements.map(verdictCard)}</div>`;
}

function verdictCard({ claim, verdict, effect, conditions, reason }: Judgement): Html {
  const [estimate, interval] = effectTexts(effect, claim.unit);
  return html`
<article class="card" id="claim-${claim.id}" aria-labelledby="claim-${claim.id}-statement">
  <p class="card-head"><span class="claim-id">${claim.id}</span> ${verdictBadge(verdict)}</p>
  <h3 id="claim-${claim.id}-statement">${claim.statement}</h3>
  <dl class="figures">
    <div>
      <dt>This run</dt>
      <dd><span class="estimate">${estimate}</span> <span class="muted">${interval}</span></dd>
    </div>
    <div>
      <dt>The paper</dt>
      <dd>${claim.paperValue}</dd>
    </div>
  </dl>
  <ul class="conditions">${conditions.map(
    ({ text, found, outcome }) => html`
    <li class="${outcome}"><span class="mark" aria-hidden="true">${outcomeMarks[outcome]}</span>
      <span>${text}: <strong>${found}</strong> <span class="muted">(${outcomeWords[outcome]})</span></span></li>`,
  )}
  </ul>
  <p class="reason">${reason}</p>
  <p class="muted small"><strong>Rule.</strong> ${claim.rule}<br><strong>Measured by.</strong> ${claim.measuredBy}<br><strong>Source.</strong> ${claim.source}</p>
</article>`;
}

/** Sign, word and colour of a verdict: any two of them suffice. */
export function verdictBadge(verdict: Verdict): Html {
  const kind = verdict.replace(" ", "-");
  return html`<span class="badge ${kind}"><span aria-hidden="true">${verdictMarks[verdict]}</span> ${verdict}</span>`;
}

/** The verdicts as one table, to sort and to copy. */
export function verdictTable(judgements: readonly Judgement[]): PageTable {
  return {
    id: "table-verdicts",
    caption: "Every claim of this report with its rule, effect and verdict",
    headings: ["claim", "statement", "rule", "effect [interval]", "seeds", "the paper's figure", "verdict"],
    rows: judgements.map(({ claim, verdict, effect }) => [
      claim.id,
      claim.statement,
      claim.rule,
      { text: intervalNumbers(effect, claim.unit), sort: effect.estimate },
      effect.count,
      claim.paperValue,
      { text: verdict, shown: verdictBadge(verdict) },
    ]),
  };
}

/** The estimate with its unit, and the interval with what it is; both with the same decimals. */
function effectTexts(effect: Judgement["effect"], unit: string): [string, string] {
  const [estimate = "", borders] = intervalNumbers(effect, unit).split(" [");
  if (borders === undefined) return [estimate, "one seed: no interval"];
  return [
    estimate,
    `[${borders}, ${quantity(100 * effect.confidence)} % bootstrap interval over ${seedCount(effect.count)}`,
  ];
}
