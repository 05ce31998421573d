import { test } from "uvu";
import * as assert from "uvu/assert";
import { renderPlainPage } from "../../../src/report";
import type { PlainPage } from "../../../src/report/page/plain-page";

const page: PlainPage = {
  name: "benchmarks",
  title: "A <title> & more",
  question: "How fast?",
  command: "npm run bench",
  date: "2026-01-02T03:04:05.678Z",
  tables: [{ id: "table-a", caption: "Times", headings: ["work", "s"], rows: [["one", 1.5], ["</script>", 2]] }], // biome-ignore format: one list
  figures: [
    {
      id: "times",
      title: "Times",
      caption: "Marks are medians.",
      xAxis: { label: "work", categories: ["one"] },
      yAxis: { label: "time (s)" },
      series: [{ name: "ours", kind: "points", points: [{ x: "one", y: 1.5, low: 1, high: 2 }] }],
    },
  ],
  notes: ["A note."],
  provenance: { machine: { cores: 2 } },
};

test("a page shows its tables, figures, notes and where it comes from, and escapes what it is given", () => {
  const markup = renderPlainPage(page);
  for (const part of [
    "A &#60;title&#62; &#38; more",
    'id="table-a"',
    'data-figure="times"',
    "A note.",
    "machine.cores",
  ]) {
    assert.ok(markup.includes(part), `${part} is missing`);
  }
  assert.match(markup, "2026-01-02 03:04:05 UTC");
  assert.is(markup.split("</script>").length - 1, 3); // of the data, Plotly and the script: none of a table's text
});

test("its data hold each figure and a copy of each table", () => {
  const [, json] = /<script type="application\/json" id="page-data">(.*?)<\/script>/s.exec(renderPlainPage(page))!;
  const data = JSON.parse(json!);
  assert.equal(Object.keys(data.figures), ["times"]);
  assert.equal(Object.keys(data.tables), ["table-a", "table-provenance"]);
  assert.match(data.tables["table-a"].csv, "one,1.5");
});

test("two figures of one name are refused", () => {
  assert.throws(() => renderPlainPage({ ...page, figures: [page.figures[0]!, page.figures[0]!] }), RangeError);
});

test.run();
