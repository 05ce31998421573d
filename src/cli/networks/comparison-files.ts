/** How networks stand beside each other, for people: as lines of a terminal, as CSV and as a page with figures. */
import { existsSync } from "node:fs";
import path from "node:path";
import { alignedLines, hashOf, listed, writeFileAtomically } from "../../base";
import { defaultScale } from "../../experiment";
import {
  type Column,
  type CsvRow,
  ensurePlotlyAsset,
  html,
  intervalSeries,
  linesOverSeeds,
  type PageTable,
  renderPlainPage,
  type SeriesFigure,
  writeColumns,
  writeCsv,
} from "../../report";
import { surroundings } from "../../run";
import { intervalNumbers, quantity } from "../../statistics";
import { type ComparedNetwork, type MeasuredRow, type NetworksAsked, runsIn } from "./network-runs";
import { measures, notesOf, type Standing, sizesOf, where, worstOf } from "./network-standing";

/** The first rows of both tables: a column for each network. */
function sizeRows<Cell>(standings: readonly Standing[], cell: (value: number) => Cell): [string, ...Cell[]][] {
  const sizes = standings.map(({ network }) => sizesOf(network));
  return [
    ["parameters", ...sizes.map(({ parameters }) => cell(parameters))],
    ["multiply-accumulates", ...sizes.map((one) => cell(one.multiply_accumulates))],
    ["blocks", ...sizes.map(({ blocks }) => cell(blocks))],
  ];
}

/** The comparison for a terminal: a line for each measure, a column for each network. */
export function tableLines(standings: readonly Standing[]): string[] {
  const rows = [
    ["", ...standings.map(({ network }) => network.label)],
    ...sizeRows(standings, (value) => value.toLocaleString("en-US")),
    ...measures.map(({ name, label, unit }) => [
      `${label} (${unit.split(" ")[0]})`,
      ...standings.map(({ measured }) => (measured[name] ? quantity(measured[name].estimate) : "–")),
    ]),
    ["worst block", ...standings.map(({ blocks }) => worstOf(blocks)?.name ?? "–")],
  ];
  return alignedLines(
    rows,
    standings.map((_, i) => i + 1),
  );
}

const columns: readonly Column[] = [
  { name: "network", type: "string", unit: "", description: "its file" },
  {
    name: "seeds",
    type: "integer",
    unit: "",
    description: "networks that the values are means over; 1 for given weights",
  },
  { name: "images", type: "integer", unit: "", description: "test images of the intact error and of single deletions" },
  { name: "parameters", type: "integer", unit: "", description: "trainable parameters; of an ONNX file all" },
  { name: "multiply_accumulates", type: "integer", unit: "", description: "of one image" },
  { name: "blocks", type: "integer", unit: "", description: "blocks, those that change the shape included" },
  ...measures.map(({ name, unit, description }): Column => ({ name, type: "number", unit, description })),
  {
    name: "worst_block",
    type: "string",
    unit: "",
    description: "block that keeps its shape whose deletion costs most",
  },
];

export function csvRow({ network, measured, blocks, images, seeds }: Standing): CsvRow {
  return {
    ...{ network: network.label, seeds, images, ...sizesOf(network) },
    ...Object.fromEntries(measures.map(({ name }) => [name, measured[name]?.estimate ?? null])),
    worst_block: worstOf(blocks)?.name ?? null,
  };
}

const blockColumns: readonly Column[] = [
  { name: "network", type: "string", unit: "", description: "its file" },
  { name: "block", type: "string", unit: "", description: "deleted block" },
  { name: "place", type: "integer", unit: "", description: "place of the block, the first being 1" },
  { name: "keeps_shape", type: "boolean", unit: "", description: "whether its output has its input's shape" },
  {
    name: "parameters",
    type: "integer",
    unit: "",
    description: "trainable parameters of the block; of an ONNX file all",
  },
  { name: "error_percent", type: "number", unit: "%", description: "top-1 test error without it, mean over seeds" },
  { name: "rise_points", type: "number", unit: "points", description: "rise of the test error, mean over seeds" },
];

/** @returns paths of what was written */
export async function writeComparison(standings: readonly Standing[], options: NetworksAsked["options"]) {
  const scale = options.scale === defaultScale ? "" : `-${options.scale}`;
  const key = hashOf(standings.map(({ network }) => runsIn(network).map(({ plan }) => plan.name))).slice(0, 6);
  const name = `compare-networks${scale}-${key}`;
  const folder = path.join(options.results, name);
  const files = {
    table: path.join(folder, "networks.csv"),
    blocks: path.join(folder, "blocks.csv"),
    page: path.join(options.reports, `${name}.html`),
  };
  const names = (all: readonly Column[]) => all.map((column) => column.name);
  await writeCsv(files.table, standings.map(csvRow), names(columns));
  const blocks = standings.flatMap(({ network, blocks: own }) =>
    own.map(({ name: block, place, keepsShape: keeps_shape, parameters, error, rise }) => ({
      ...{ network: network.label, block, place, keeps_shape, parameters },
      ...{ error_percent: error.estimate, rise_points: rise.estimate },
    })),
  );
  await writeCsv(files.blocks, blocks, names(blockColumns));
  await writeColumns(path.join(folder, "columns.json"), { "networks.csv": columns, "blocks.csv": blockColumns });
  await ensurePlotlyAsset(options.reports);
  writeFileAtomically(files.page, pageOf(name, standings, options));
  return files;
}

function pageOf(name: string, standings: readonly Standing[], options: NetworksAsked["options"]): string {
  const labels = standings.map(({ network }) => network.label);
  const { data } = standings[0]!.network.runs["block-deletion"]!.plan;
  const { code, machine } = surroundings();
  return renderPlainPage({
    name,
    title: `How ${labels.length} networks stand being cut`,
    question: `What do ${listed(labels)} lose when blocks are deleted, run in another order or count more or less?`,
    command: options.command,
    date: new Date().toISOString(),
    tables: [networkTable(standings, options), blockTable(standings)],
    figures: figuresOf(standings),
    notes: notesOf(standings),
    provenance: {
      networks: Object.fromEntries(
        standings.map(({ network: { label, plan, runs } }) => [
          label,
          {
            sha256: plan.files[0]!.fileChecksum,
            weights: plan.isGiven ? "given" : "trained here",
            runs: Object.values(runs).map((run) => run.plan.name),
          },
        ]),
      ),
      scale: options.scale,
      data: data === null ? null : { name: data.name, checksum: data.checksum, origin: data.origin },
      code: { ...code },
      machine: { ...machine },
    },
  });
}

/** As in the terminal: a row for each measure, a column for each network. */
function networkTable(standings: readonly Standing[], { reports }: NetworksAsked["options"]): PageTable {
  const whole = (value: number) => ({ text: value.toLocaleString("en-US"), sort: value });
  return {
    id: "table-networks",
    caption: "The networks, and what each loses",
    headings: ["", ...standings.map(({ network }) => network.label)],
    rows: [
      ["seeds", ...standings.map(({ seeds }) => whole(seeds))],
      ...sizeRows(standings, whole),
      ...measures.map(({ name, label, unit }) => [
        `${label} (${unit})`,
        ...standings.map(({ measured }) => {
          const value = measured[name];
          return value ? { text: intervalNumbers(value), sort: value.estimate } : { text: "–" };
        }),
      ]),
      ["worst block", ...standings.map(({ blocks }) => worstOf(blocks)?.name ?? "–")],
      ["reports", ...standings.map(({ network }) => reportsOf(network, reports))],
    ],
  };
}

/** Links to the pages of a network's runs; a run that trains networks leaves none. */
function reportsOf(network: ComparedNetwork, reports: string) {
  const pages = runsIn(network).filter(({ plan }) => existsSync(plan.folders.reportFile));
  const links = pages.map(({ plan }) => {
    const href = path.relative(reports, plan.folders.reportFile).split(path.sep).join("/");
    return html`<a href="${href}">${plan.definition.name}</a> `;
  });
  return { text: pages.map(({ plan }) => plan.name).join(", "), shown: html`${links}` };
}

function blockTable(standings: readonly Standing[]): PageTable {
  return {
    id: "table-blocks",
    caption: "Every block that was deleted: the cheapest first",
    headings: ["block", "network", "place", "parameters", "rise without it (points)", "error without it (%)", "shape"],
    rows: standings
      .flatMap(({ network, blocks }) => blocks.map((block) => ({ network, block })))
      .sort((one, other) => one.block.rise.estimate - other.block.rise.estimate)
      .map(({ network, block: { name, place, parameters, rise, error, keepsShape } }) => [
        ...[name, network.label, place, parameters],
        { text: intervalNumbers(rise), sort: rise.estimate },
        { text: intervalNumbers(error), sort: error.estimate },
        keepsShape ? "kept" : "changed",
      ]),
  };
}

/** What is drawn; a figure that no network has values for is left out. */
function figuresOf(standings: readonly Standing[]): SeriesFigure[] {
  const yAxis = { label: "test error (%)", range: [0, 100] as const };
  const series = (
    rows: (standing: Standing) => readonly MeasuredRow[],
    x: (row: MeasuredRow, of: Standing) => number,
  ) =>
    standings.flatMap((standing) => {
      const own = rows(standing).filter((row) => typeof row.error_percent === "number");
      if (own.length === 0) return [];
      return [
        intervalSeries({
          name: standing.network.label,
          kind: "line",
          rows: own,
          x: (row) => x(row, standing),
          y: ({ error_percent }) => Number(error_percent),
          note: ({ keeps_shape }) => (keeps_shape === false ? "changes the shape: its shortcut remains" : undefined),
        }),
      ];
    });
  const places = ({ network }: Standing) =>
    new Map(network.plan.architecture.blocks.map(({ name }, i, { length }) => [name, (100 * (i + 1)) / length]));
  const most = ({ rows }: Standing) => Math.max(...rows["block-deletion"].map((row) => Number(row.deleted_blocks)));
  const said = standings.some(({ seeds }) => seeds > 1) ? ` ${linesOverSeeds}` : "";
  const figures: SeriesFigure[] = [
    {
      id: "error-by-deleted-block",
      title: "Test error with one block deleted, from the input to the output",
      caption: `Hollow marks are blocks that change the shape, of which the shortcut remains.${said}`,
      xAxis: { label: "place of the deleted block (% of the blocks)" },
      yAxis,
      series: series(
        ({ rows }) => where(rows["block-deletion"], { measurement: "one deleted" }),
        ({ block }, standing) => places(standing).get(String(block)) ?? Number.NaN,
      ),
    },
    {
      id: "error-by-share-deleted",
      title: "Test error with random blocks deleted",
      caption: `Means over random sets of blocks; at 0 nothing is deleted.${said}`,
      xAxis: { label: "deleted blocks (% of those that can be)" },
      yAxis,
      series: series(
        ({ rows }) => where(rows["block-deletion"], { measurement: "several deleted" }),
        ({ deleted_blocks }, standing) => (100 * Number(deleted_blocks)) / most(standing),
      ),
    },
    {
      id: "error-by-tau",
      title: "Test error with the blocks in another order",
      caption: `At 1 the blocks run in the network's own order; to the left they are exchanged within stages.${said}`,
      xAxis: { label: "Kendall's tau of the new order and the network's own" },
      yAxis,
      series: series(
        ({ rows }) => [...rows["block-reordering"]].sort((one, other) => Number(one.tau) - Number(other.tau)),
        ({ tau }) => Number(tau),
      ),
    },
    {
      id: "error-by-step-size",
      title: "Test error where every residual branch counts more, or less",
      caption: `At 1 the network is as it was trained; the branches of all blocks are multiplied by one factor.${said}`,
      xAxis: { label: "factor of the branches", scale: "log" },
      yAxis,
      series: series(
        ({ rows }) =>
          rows["ode-learning"]
            .filter(({ measurement }) => measurement === "as trained" || measurement === "step size")
            .sort((one, other) => Number(one.step_factor) - Number(other.step_factor)),
        ({ step_factor }) => Number(step_factor),
      ),
    },
  ];
  return figures.filter(({ series: drawn }) => drawn.length > 0);
}
