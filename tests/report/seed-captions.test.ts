import { test } from "uvu";
import * as assert from "uvu/assert";
import { captioned, marksOverSeeds, publishedSeries } from "../../src/report";

test("a caption says what is drawn, what the marks are, and what else there is", () => {
  assert.is(captioned("Error by depth"), `Error by depth. ${marksOverSeeds}`);
  assert.is(
    captioned("Error by depth", "Hollow: downsampling."),
    `Error by depth. ${marksOverSeeds} Hollow: downsampling.`,
  );
});

test("published figures are marked as such, in their order, and have no seeds", () => {
  const line = publishedSeries("He et al. 2015", [
    [56, 6.97],
    [20, 8.75],
  ]);
  assert.equal(line, {
    ...{ name: "He et al. 2015", kind: "line", published: true },
    points: [
      { x: 56, y: 6.97 },
      { x: 20, y: 8.75 },
    ],
  });
  assert.is(publishedSeries("Veit et al. 2016", [["all blocks", 6.1]], "points").kind, "points");
});

test.run();
