/** A reader of event files that shares nothing with their writer: by the wire format of protocol buffers alone. */
import { crc32c } from "../../src/report/live/event-file";

export interface ReadEvent {
  readonly wallTime: number;
  readonly step: number;
  readonly fileVersion: string | null;
  /** A number, or the first string of a tensor. */
  readonly values: readonly { readonly tag: string; readonly value: number | string; readonly description: string }[];
}

/** @throws RangeError where a checksum or a length does not hold */
export function readEvents(bytes: Uint8Array): ReadEvent[] {
  const file = Uint8Array.from(bytes); // a Buffer's `slice` would copy nothing
  const view = new DataView(file.buffer);
  const events: ReadEvent[] = [];
  let place = 0;
  const checked = (length: number): Uint8Array => {
    const content = file.subarray(place, place + length);
    if (content.length < length) throw new RangeError(`cut short at ${place}`);
    const rotated = (view.getUint32(place + length, true) - 0xa282ead8) >>> 0;
    const checksum = ((rotated >>> 17) | (rotated << 15)) >>> 0;
    if (checksum !== crc32c(content)) throw new RangeError(`the checksum at ${place + length} does not hold`);
    place += length + 4;
    return content;
  };
  while (place < file.length) {
    const length = Number(new DataView(checked(8).slice().buffer).getBigUint64(0, true));
    events.push(eventOf(checked(length)));
  }
  return events;
}

type Field = { readonly number: number; readonly value: bigint | Uint8Array };

function fieldsOf(message: Uint8Array): Field[] {
  const found: Field[] = [];
  let place = 0;
  const varint = (): bigint => {
    let value = 0n;
    for (let shift = 0n; ; shift += 7n) {
      const byte = message[place++];
      if (byte === undefined) throw new RangeError("a message is cut short");
      value |= BigInt(byte & 127) << shift;
      if (byte < 128) return value;
    }
  };
  const taken = (length: number): Uint8Array => {
    place += length;
    if (place > message.length) throw new RangeError("a field is cut short");
    return message.subarray(place - length, place);
  };
  while (place < message.length) {
    const key = Number(varint());
    const layout = key % 8;
    const value = layout === 0 ? varint() : taken(layout === 1 ? 8 : layout === 5 ? 4 : Number(varint()));
    found.push({ number: Math.floor(key / 8), value });
  }
  return found;
}

const nothing = new Uint8Array();
const bytesOf = (fields: readonly Field[], number: number): Uint8Array =>
  (fields.find((field) => field.number === number)?.value ?? nothing) as Uint8Array;
const textOf = (fields: readonly Field[], number: number): string =>
  new TextDecoder("utf-8", { fatal: true }).decode(bytesOf(fields, number));

function eventOf(message: Uint8Array): ReadEvent {
  const fields = fieldsOf(message);
  const version = textOf(fields, 3);
  return {
    wallTime: new DataView(bytesOf(fields, 1).slice().buffer).getFloat64(0, true),
    step: Number(fields.find(({ number }) => number === 2)?.value ?? 0n),
    fileVersion: version === "" ? null : version,
    values: fieldsOf(bytesOf(fields, 5))
      .filter(({ number }) => number === 1)
      .map(({ value }) => {
        const parts = fieldsOf(value as Uint8Array);
        const number = bytesOf(parts, 2);
        return {
          tag: textOf(parts, 1),
          value:
            number.length === 4
              ? new DataView(number.slice().buffer).getFloat32(0, true)
              : textOf(fieldsOf(bytesOf(parts, 8)), 8),
          description: textOf(fieldsOf(bytesOf(parts, 9)), 3),
        };
      }),
  };
}
