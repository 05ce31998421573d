import type { PaperContent } from "./report-content";
import { columnTable, parameterTable, provenanceTable } from "./setup-section";
import type { PageTable } from "./table";
import { verdictTable } from "./verdict-section";

/** The tables of a report, on its page and in a paper. */
export function reportTables(
  content: PaperContent,
): Record<"verdicts" | "parameters" | "columns" | "provenance", PageTable> {
  return {
    verdicts: verdictTable(content.judgements),
    parameters: parameterTable(content),
    columns: columnTable(content),
    provenance: provenanceTable(content),
  };
}
