import { readFileSync } from "node:fs";
import path from "node:path";
import fc from "fast-check";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { eventFileHead, eventRecord, type TrainingEvent, wholeEvents } from "../../../src/report";
import { crc32c } from "../../../src/report/live/event-file";
import { law } from "../../property";
import { readEvents } from "../event-reader";

interface Reference {
  readonly head: number;
  readonly events: readonly TrainingEvent[];
  readonly file: string;
  readonly "masked checksums": Readonly<Record<string, number>>;
}

const reference = JSON.parse(
  readFileSync(path.join(__dirname, "references", "tensorboard-events.json"), "utf8"),
) as Reference;

const fileOf = (head: number, events: readonly TrainingEvent[]) =>
  Buffer.concat([eventFileHead(head), ...events.map(eventRecord)]);

const time = fc.double({ min: 1, max: 4e9, noNaN: true });
const value = fc.oneof(
  fc.record({ tag: fc.string({ unit: "grapheme" }), scalar: fc.float({ noNaN: true }) }),
  fc.record({
    tag: fc.string(),
    scalar: fc.double({ noNaN: true, min: -1e38, max: 1e38 }),
    description: fc.string({ unit: "grapheme", minLength: 1 }),
  }),
  fc.record({ tag: fc.string(), text: fc.string({ unit: "grapheme" }) }),
);
const event = fc.record({ wallTime: time, step: fc.maxSafeNat(), values: fc.array(value, { maxLength: 6 }) });
const events = fc.array(event, { maxLength: 8 });

test("CRC32C gives the checksums of RFC 3720, appendix B.4", () => {
  const bytes = (of: (i: number) => number, length = 32) => Uint8Array.from({ length }, (_, i) => of(i));
  assert.is(crc32c(bytes(() => 0)), 0x8a9136aa);
  assert.is(crc32c(bytes(() => 0xff)), 0x62a8ab43);
  assert.is(crc32c(bytes((i) => i)), 0x46dd794e);
  assert.is(crc32c(bytes((i) => 31 - i)), 0x113fdb5c);
  assert.is(crc32c(Buffer.from("123456789")), 0xe3069283); // the usual check of such sums
  assert.is(crc32c(new Uint8Array()), 0);
});

law("a changed bit changes the CRC32C", [fc.uint8Array({ minLength: 1 }), fc.nat()], (bytes, at) => {
  const changed = Uint8Array.from(bytes);
  changed[at % bytes.length]! ^= 1 << (at % 8);
  assert.is.not(crc32c(changed), crc32c(bytes));
});

test("the checksums of records are those that TensorFlow writes", () => {
  for (const [content, masked] of Object.entries(reference["masked checksums"])) {
    const checksum = crc32c(Buffer.from(content));
    assert.is((((checksum >>> 15) | (checksum << 17)) + 0xa282ead8) >>> 0, masked, content);
  }
});

test("a file is, byte for byte, the one that TensorFlow writes for the same events", () => {
  assert.is(fileOf(reference.head, reference.events).toString("base64"), reference.file);
});

law("what is written is read back, every value of every event", [time, events], (head, written) => {
  const [first, ...read] = readEvents(fileOf(head, written));
  assert.equal([first!.wallTime, first!.fileVersion, first!.values], [head, "brain.Event:2", []]);
  assert.equal(
    read.map(({ wallTime, step, values }) => ({ wallTime, step, values })),
    written.map(({ wallTime, step, values }) => ({
      wallTime,
      step,
      values: values.map((given) =>
        "text" in given
          ? { tag: given.tag, value: given.text, description: "" }
          : {
              tag: given.tag,
              value: Math.fround(given.scalar),
              description: "description" in given ? given.description : "",
            },
      ),
    })),
  );
});

law(
  "of a file that is cut short the whole records are known, and one can go on behind them",
  [time, events, fc.nat()],
  (head, written, at) => {
    const file = fileOf(head, written);
    const cut = at % (file.length + 1);
    const { length, lastStep } = wholeEvents(file.subarray(0, cut));
    assert.ok(length <= cut);
    const whole = readEvents(file.subarray(0, length));
    const steps = whole.slice(1).map(({ step }) => step);
    assert.is(lastStep, steps.length === 0 ? null : Math.max(...steps));
    if (length < file.length) assert.ok(recordEnd(file, length) > cut, "a whole record was given up");
    const more = { wallTime: head, step: 7, values: [{ tag: "more", scalar: 1 }] };
    assert.is(readEvents(Buffer.concat([file.subarray(0, length), eventRecord(more)])).length, whole.length + 1);
  },
);

/** Where the record that begins at a place ends. */
function recordEnd(file: Buffer, start: number): number {
  return start + 16 + Number(file.readBigUInt64LE(start));
}

law(
  "a damaged record ends what is whole, at its beginning",
  [time, fc.array(event, { minLength: 1, maxLength: 5 }), fc.nat(), fc.integer({ min: 1, max: 255 })],
  (head, written, at, change) => {
    const file = fileOf(head, written);
    const starts = [0, ...readStarts(file)];
    const place = at % file.length;
    file[place]! ^= change;
    const damaged = starts.filter((start) => start <= place).at(-1)!;
    assert.is(wholeEvents(file).length, damaged);
  },
);

function readStarts(file: Buffer): number[] {
  const starts: number[] = [];
  for (let start = recordEnd(file, 0); start < file.length; start = recordEnd(file, start)) starts.push(start);
  return starts;
}

test("a step that is none is refused", () => {
  for (const step of [-1, 0.5, Number.NaN, 2 ** 53]) {
    assert.throws(() => eventRecord({ wallTime: 1, step, values: [] }), RangeError);
  }
});

test.run();
