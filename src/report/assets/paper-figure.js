/*
 * Draws a figure for paper, in a page with Plotly and an element "figure" that draw-figures.ts opens.
 */
window.drawPaperFigure = async ({ data, layout, width, plotHeight }) => {
  const box = document.getElementById("figure");
  Math.random = numbersFrom(JSON.stringify(data));
  await window.Plotly.newPlot(box, data, { ...layout, width, height: 1.6 * plotHeight }, { staticPlot: true });
  // Legend, ticks and labels take the height they need, and the plot keeps its own: found by iteration.
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

/** Plotly names the parts of an SVG by random numbers: seeded by the data, equal figures give equal files. */
function numbersFrom(text) {
  let state = [...text].reduce((hash, character) => (Math.imul(hash, 31) + character.codePointAt(0)) >>> 0, 7);
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0; // Numerical Recipes, sec. 7.1
    return state / 2 ** 32;
  };
}
