import { quantity } from "../statistics";
import { type Html, html } from "./html";
import type { Json, PaperContent, ReportContent } from "./report-content";
import type { PageTable } from "./table";

/** The parameters of the run; those set otherwise than the scale has them are marked by a word. */
export function parameterTable({ parameters, run }: Pick<PaperContent, "parameters" | "run">): PageTable {
  return {
    id: "table-parameters",
    caption: `Parameters of the run, beside those of the scale "${run.scale}"`,
    headings: ["parameter", "value", "default of the scale", "unit", "description"],
    rows: parameters.map(({ name, value, default: usual, unit, description }) => {
      const changed = JSON.stringify(value) !== JSON.stringify(usual);
      const text = jsonText(value);
      return [
        name,
        changed ? { text, shown: html`<strong>${text}</strong> <span class="muted">(changed)</span>` } : text,
        jsonText(usual),
        unit,
        description,
      ];
    }),
  };
}

/** What the run's rows hold. */
export function columnTable({ columns }: Pick<PaperContent, "columns">): PageTable {
  return {
    id: "table-columns",
    caption: "Columns of rows.csv",
    headings: ["column", "type", "unit", "description"],
    rows: columns.map(({ name, type, unit, description }) => [name, type, unit, description]),
  };
}

/** Where the figures come from: nested values by their path, `tensorflow.version`. */
export function provenanceTable({ provenance }: Pick<PaperContent, "provenance">): PageTable {
  return {
    id: "table-provenance",
    caption: "What determined the results",
    headings: ["what", "value"],
    rows: flattened(provenance).map(([path, value]) => [path, value]),
  };
}

export function departureList({ departures }: ReportContent): Html {
  if (departures.length === 0) return html`<p>None known.</p>`;
  return html`<ul>${departures.map((departure) => html`<li>${departure}</li>`)}</ul>`;
}

/** How many rows, cells and seeds there are, and the files that hold them. */
export function rowsSummary({ rows, links }: ReportContent): Html {
  const { count, seeds, cells } = rows;
  const missing = cells.total - cells.done;
  return html`
<p>${quantity(count)} rows of ${cells.done} ${cells.done === 1 ? "cell" : "cells"}; seeds ${seeds.join(", ")}.${
    missing > 0 && html` <strong>${missing} of ${cells.total} cells are missing.</strong>`
  }</p>
${links.length > 0 && html`<ul class="links">${links.map(({ label, href }) => html`<li><a href="${relativePath(href)}">${label}</a></li>`)}</ul>`}`;
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

/** Links of a report are relative, so that the folder can be moved, and lead nowhere but to files. */
function relativePath(href: string): string {
  if (/^([a-z][a-z0-9+.-]*:|[\\/])/i.test(href.trim())) throw new RangeError(`need a relative link, got "${href}"`);
  return href;
}
