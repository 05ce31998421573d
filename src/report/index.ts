export { findChromium } from "./chromium";
export { type ClaimsRun, claimsColumns, claimsRows, writeClaimsCsv } from "./claims-csv";
export { type Column, describeColumns, writeColumns } from "./columns";
export { type CsvRow, type CsvValue, csvText, parseCsv, readCsv, writeCsv } from "./csv";
export { type DrawnFigure, drawFigures } from "./draw-figures";
export {
  type EventValue,
  eventFileHead,
  eventRecord,
  type TrainingEvent,
  type WholeEvents,
  wholeEvents,
} from "./event-file";
export type { Axis, Figure, Frames, HeatMap, Matrix, OverlaidLine, Point, Series, SeriesFigure } from "./figure";
export { figureCsv, figureRows } from "./figure-csv";
export type { IndexContent, IndexedRun, IndexedVerdict } from "./index-content";
export { renderIndex } from "./index-page";
export { type IntervalSeriesOptions, intervalSeries } from "./interval-series";
export { latexTable } from "./latex";
export type { LiveCell, LiveContent, LiveRun, LiveState, LiveTraining, LiveWork } from "./live-content";
export { type LiveParts, liveEventsPath, livePagePolicy, liveParts, liveTitle, renderLivePage } from "./live-page";
export { indexFile } from "./page-files";
export { type PaperColumns, paperFigure } from "./paper-figure";
export { paperFiles } from "./paper-files";
export { type PlainPage, renderPlainPage } from "./plain-page";
export { ensurePlotlyAsset, plotlyAssetPath } from "./plotly-asset";
export { type PlotlyFigure, plotlyFigure } from "./plotly-figure";
export { publishedSeries } from "./published-series";
export type { Json, PaperContent, ReportContent, ReportParameter } from "./report-content";
export { renderReport } from "./report-page";
export { captioned, linesOverSeeds, marksOverSeeds } from "./seed-captions";
export { seriesStyles } from "./series-style";
export type { Cell, PageTable } from "./table";
export { renderVerdicts, type TerminalOptions } from "./terminal";
export { figureThumbnail, isThumbnail } from "./thumbnail";
export { trainingFigures } from "./training-figures";
