/** Tables, figures, pages, and files for a paper: everything that people read of a run. */
export type { Axis, Figure, HeatMap, Point, Series, SeriesFigure } from "./figure/figure";
export { figureCsv } from "./figure/figure-csv";
export {
  captioned,
  intervalSeries,
  isPlace,
  linesOverSeeds,
  marksOverSeeds,
  publishedSeries,
} from "./figure/interval-series";
export { mapFigures } from "./figure/map-figures";
export { seriesStyles } from "./figure/series-style";
export { figureDrawing, figureLegend, figureThumbnail, isThumbnail } from "./figure/thumbnail";
export { type Html, html, trusted } from "./html";
export {
  type EventValue,
  eventFileHead,
  eventRecord,
  type TrainingEvent,
  wholeEvents,
} from "./live/event-file";
export type { LiveContent, LiveRun, LiveTraining } from "./live/live-content";
export { liveEventsPath, livePagePolicy, liveParts, liveReportPath, liveTitle, renderLivePage } from "./live/live-page";
export { trainingFigures } from "./live/training-figures";
export { withCitations } from "./page/citations";
export type { IndexContent, IndexedRun } from "./page/index-findings";
export { renderIndex } from "./page/index-page";
export { ensurePlotlyAsset, indexFile, pagePolicy, plotlyAssetPath, renderOwnPage } from "./page/page-frame";
export { renderPlainPage } from "./page/plain-page";
export type { FirstLook, Json, PaperContent, ReportContent } from "./page/report-content";
export { renderReport } from "./page/report-page";
export { datasetTitle } from "./page/verdict-cards";
export { drawFigures, findChromium } from "./paper/draw-figures";
export { type PaperColumns, paperFigure } from "./paper/paper-figure";
export { paperFigures, paperFiles } from "./paper/paper-files";
export { claimsColumns, claimsRows, writeClaimsCsv } from "./tables/claims-csv";
export { type Column, type CsvRow, writeColumns } from "./tables/columns";
export { csvText, parseCsv, readCsv, writeCsv } from "./tables/csv";
export type { PageTable } from "./tables/table";
export { renderVerdicts } from "./tables/terminal";
export {
  type MapValue,
  mapColumns,
  mapRows,
  mapsOf,
  placeText,
  pointAt,
  pointColumns,
  pointRows,
  rowsAt,
  type VerdictMap,
  whereItTurns,
} from "./tables/verdict-map";
export { type Effect, effectText, verdictMarks } from "./tables/verdicts";
