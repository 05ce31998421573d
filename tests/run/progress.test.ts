import { test } from "uvu";
import * as assert from "uvu/assert";
import { terminal } from "../../src/base/terminal";
import { boardLines, progressBoard, progressTeller } from "../../src/run/progress";

const jobs = [1, 2, 3, 4].map((seed, index) => ({ id: String(seed), index, cell: { seed, network: "resnet20" } }));

/** A board of four equal cells, 10 s each by what is known before, and a clock set by hand. */
const boardOfFour = () => {
  const time = { now: 0 };
  const clock = () => time.now;
  return { time, clock, board: progressBoard({ cells: 4, jobs, expected: () => 10, workers: 2, clock }) };
};

test("time left falls as cells are measured, and learns from how long they took", () => {
  const { board, time } = boardOfFour();
  assert.is(board.secondsLeft(), 20);
  board.started(jobs[0]!, 0);
  board.started(jobs[1]!, 1);
  time.now = 5;
  assert.is(board.secondsLeft(), 15);
  time.now = 20;
  board.ended(0, 20);
  board.ended(1, 20);
  assert.is(board.settled(), 2);
  assert.is(Math.round(board.secondsLeft()!), 17); // (20 + 20 + 10 known before) / 3 a cell
  assert.is(board.fraction(), 0.5);
});

test("a cell that goes back into the queue is still to do", () => {
  const { board } = boardOfFour();
  board.started(jobs[0]!, 0);
  board.returned(0);
  assert.is(board.secondsLeft(), 20);
  assert.is(board.settled(), 0);
});

test("the bars name each cell, its phase and the whole, and fit the screen", () => {
  const { board, time } = boardOfFour();
  board.started(jobs[0]!, 0);
  board.started(jobs[1]!, 1);
  board.progress(1, { phase: "training resnet20", done: 30, total: 60, note: "loss 0.310" });
  time.now = 6;
  const lines = boardLines(board, 4, 100);
  assert.is(lines.length, 3);
  assert.match(lines[0]!, "network resnet20, seed 1");
  assert.match(lines[1]!, /network resnet20, seed 2 .* 50 % {2}training resnet20 {2}loss 0.310/);
  assert.match(lines[2]!, "0 of 4 cells");
  for (const width of [100, 40, 10]) assert.ok(boardLines(board, 4, width).every((line) => line.length <= width));
});

test("where lines cannot be redrawn, a cell is told of when it begins, every quarter of a minute, and when it ends", () => {
  const { board, time, clock } = boardOfFour();
  let told = "";
  const error = { write: (text: string) => (told += text), isTTY: false };
  const screen = terminal({ quiet: false, colour: true, environment: {}, out: error, error });
  const teller = progressTeller({ screen, board, cells: 4, clock });
  board.started(jobs[0]!, 0);
  teller.started(jobs[0]!);
  for (; time.now < 40; time.now++) {
    const progress = { phase: "training", done: time.now, total: 40 };
    board.progress(0, progress);
    teller.progress(jobs[0]!, progress);
  }
  board.ended(0, 40);
  teller.measured(jobs[0]!, 40);
  const lines = told.trimEnd().split("\n");
  assert.is(lines.length, 4);
  assert.match(lines[0]!, "[1/4] network resnet20, seed 1: begun");
  assert.match(lines[1]!, /training 37 %; 0 of 4 done, .* left/);
  assert.match(lines[3]!, "measured in 40 s; 1 of 4 done");
});

test("of a run that is one of many, what is left of the whole stands below its bars and in its lines", () => {
  const { board, time, clock } = boardOfFour();
  const whole = (secondsLeft: number | null) => `experiment 2 of 5, ${secondsLeft! + 100} s left in all`;
  board.started(jobs[0]!, 0);
  time.now = 4;
  const lines = boardLines(board, 4, 60, [whole(board.secondsLeft())]);
  assert.is(lines.length, 3);
  assert.is(lines[2], "  experiment 2 of 5, 120 s left in all"); // the second worker has two cells of 10 s before it
  let told = "";
  const error = { write: (text: string) => (told += text), isTTY: false };
  const screen = terminal({ quiet: false, colour: false, environment: {}, out: error, error });
  const teller = progressTeller({ screen, board, cells: 4, clock, whole });
  board.ended(0, 10);
  teller.measured(jobs[0]!, 10);
  assert.match(told, /1 of 4 done, 20 s left; experiment 2 of 5, 120 s left in all\n$/);
});

test("on a screen the bars stay below what is said, and leave no trace at the end", () => {
  let written = "";
  const error = { write: (text: string) => (written += text), isTTY: true, columns: 80 };
  const screen = terminal({ quiet: false, colour: false, environment: { TERM: "xterm" }, out: error, error });
  screen.draw(["bar one", "bar two"]);
  screen.say("a cell is done");
  screen.draw([]);
  assert.is(written, "bar one\nbar two\n\u001b[2A\u001b[0Ja cell is done\nbar one\nbar two\n\u001b[2A\u001b[0J");
  assert.not.ok(terminal({ quiet: false, colour: true, environment: { TERM: "dumb" }, out: error, error }).isLive);
});

test.run();
