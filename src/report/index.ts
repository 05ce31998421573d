export type { Axis, Figure, Frames, HeatMap, Matrix, OverlaidLine, Point, Series, SeriesFigure } from "./figure/figure";
export { figureCsv, figureRows } from "./figure/figure-csv";
export {
  captioned,
  type IntervalSeriesOptions,
  intervalSeries,
  linesOverSeeds,
  marksOverSeeds,
  publishedSeries,
} from "./figure/interval-series";
export { type PlotlyFigure, plotlyFigure } from "./figure/plotly-figure";
export { seriesStyles } from "./figure/series-style";
export { figureThumbnail, isThumbnail } from "./figure/thumbnail";
export { trainingFigures } from "./figure/training-figures";
export {
  type EventValue,
  eventFileHead,
  eventRecord,
  type TrainingEvent,
  type WholeEvents,
  wholeEvents,
} from "./live/event-file";
export type { LiveCell, LiveContent, LiveRun, LiveState, LiveTraining, LiveWork } from "./live/live-content";
export { type LiveParts, liveEventsPath, livePagePolicy, liveParts, liveTitle, renderLivePage } from "./live/live-page";
export type { IndexContent, IndexedRun, IndexedVerdict } from "./page/index-findings";
export { renderIndex } from "./page/index-page";
export { ensurePlotlyAsset, indexFile, plotlyAssetPath } from "./page/page-files";
export { type PlainPage, renderPlainPage } from "./page/plain-page";
export type { Json, PaperContent, ReportContent, ReportParameter } from "./page/report-content";
export { renderReport } from "./page/report-page";
export { type DrawnFigure, drawFigures, findChromium } from "./paper/draw-figures";
export { latexTable } from "./paper/latex";
export { type PaperColumns, paperFigure } from "./paper/paper-figure";
export { paperFiles } from "./paper/paper-files";
export { type ClaimsRun, claimsColumns, claimsRows, writeClaimsCsv } from "./tables/claims-csv";
export { type Column, describeColumns, writeColumns } from "./tables/columns";
export { type CsvRow, type CsvValue, csvText, parseCsv, readCsv, writeCsv } from "./tables/csv";
export type { Cell, PageTable } from "./tables/table";
export { renderVerdicts, type TerminalOptions } from "./tables/terminal";
