import type { Judgement } from "../../claims";
import { html } from "../html";
import type { PageTable } from "../tables/table";
import { effectText } from "../tables/verdicts";
import type { Json, PaperContent } from "./report-content";
import { verdictBadge } from "./verdict-cards";

/** The tables of a report, on its page and in a paper. */
export function reportTables(
  content: PaperContent,
): Record<"verdicts" | "parameters" | "columns" | "provenance", PageTable> {
  return {
    verdicts: verdictTable(content.judgements),
    parameters: parameterTable(content),
    columns: columnTable(content),
    provenance: provenanceTable(content.provenance),
  };
}

function verdictTable(judgements: readonly Judgement[]): PageTable {
  return {
    id: "table-verdicts",
    caption: "Claims with their acceptance rules, measured effects and verdicts",
    headings: ["claim", "statement", "found", "rule", "effect [interval]", "seeds", "value in the paper", "verdict"],
    rows: judgements.map(({ claim, verdict, effect, sentence }) => [
      claim.postHoc ? `${claim.id} (post hoc)` : claim.id,
      claim.statement,
      sentence,
      claim.rule,
      effect === null ? effectText(effect) : { text: effectText(effect, claim.unit), sort: effect.estimate },
      effect?.count ?? 0,
      claim.paperValue,
      { text: verdict, shown: verdictBadge(verdict) },
    ]),
  };
}

/** Parameters that differ from the default of the scale are marked by a word. */
function parameterTable({ parameters, run }: PaperContent): PageTable {
  return {
    id: "table-parameters",
    caption: `Parameters of the run and the defaults of the scale "${run.scale}"`,
    headings: ["parameter", "value", "default", "unit", "description"],
    rows: parameters.map(({ name, value, default: usual, unit, description }) => {
      const changed = JSON.stringify(value) !== JSON.stringify(usual);
      const text = jsonText(value);
      return [
        name,
        changed ? { text, shown: html`<strong>${text}</strong> <span class="muted">(changed)</span>` } : text,
        changed ? jsonText(usual) : { text, shown: html`the same` },
        unit,
        description,
      ];
    }),
  };
}

function columnTable({ columns }: PaperContent): PageTable {
  return {
    id: "table-columns",
    caption: "Columns of rows.csv",
    headings: ["column", "type", "unit", "description"],
    rows: columns.map(({ name, type, unit, description }) => [name, type, unit, description]),
  };
}

/** What the results depend on: nested values by their path, `tensorflow.version`. */
export function provenanceTable(provenance: PaperContent["provenance"]): PageTable {
  return {
    id: "table-provenance",
    caption: "What the results depend on",
    headings: ["item", "value"],
    rows: flattened(provenance),
  };
}

function flattened(value: Json, path = ""): [string, string][] {
  if (typeof value !== "object" || value === null || isPlainList(value)) return [[path, jsonText(value)]];
  const entries = Object.entries(value as { readonly [name: string]: Json });
  if (entries.length === 0) return path === "" ? [] : [[path, "none"]];
  return entries.flatMap(([name, inner]) => flattened(inner, path === "" ? name : `${path}.${name}`));
}

function isPlainList(value: Json): boolean {
  return Array.isArray(value) && value.every((item) => typeof item !== "object" || item === null);
}

function jsonText(value: Json): string {
  if (typeof value === "string") return value;
  if (Array.isArray(value) && isPlainList(value)) return value.length === 0 ? "none" : value.map(jsonText).join(", ");
  return JSON.stringify(value);
}
