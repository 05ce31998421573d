/** What a figure is drawn for: its sizes against those of the screen, and what fits beside each other along its axes. */
export interface Medium {
  /** Factor on the thickness of lines and the size of marks. */
  readonly strokes: number;
  /** Factor on the size of the texts within the plot. */
  readonly texts: number;
  /** Ticks of an axis of whole numbers, at most. */
  readonly ticks: number;
  /** Letters beside each other under the x axis. */
  readonly letters: number;
}

/** A page of a report in a browser, some 900 pixels wide. */
export const onScreen: Medium = { strokes: 1, texts: 1, ticks: 12, letters: 90 };
