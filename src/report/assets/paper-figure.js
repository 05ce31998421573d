/*
 * Draws a figure for paper in a page that holds Plotly and an element "figure"; run by draw-figures.ts, not by readers.
 */
window.drawPaperFigure = async ({ data, layout, width, plotHeight }) => {
  const box = document.getElementById("figure");
  Math.random = numbersFrom(JSON.stringify(data));
  await window.Plotly.newPlot(box, data, { ...layout, width, height: 1.6 * plotHeight }, { staticPlot: true });
  // Legend, ticks and labels take what they need of the height, and the plot keeps its own: both follow from each other.
  for (let attempt = 0; attempt < 5; attempt++) {
    const missing = plotHeight - box._fullLayout._size.h;
    if (Math.abs(missing) < 0.5) break;
    await window.Plotly.relayout(box, { height: Math.round(box._fullLayout.height + missing) });
  }
  const { height } = box._fullLayout;
  const svg = await window.Plotly.toImage(box, { format: "svg", imageDataOnly: true, width, height });
  window.Plotly.purge(box);
  return { svg, height };
};

/** Plotly names the parts of a drawing by random numbers: drawn from its data, equal figures are equal files. */
function numbersFrom(text) {
  let state = [...text].reduce((hash, character) => (Math.imul(hash, 31) + character.codePointAt(0)) >>> 0, 7);
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0; // Numerical Recipes, sec. 7.1
    return state / 2 ** 32;
  };
}
