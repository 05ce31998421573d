import { createHash } from "node:crypto";

/** What JSON can hold. */
export type Json = string | number | boolean | null | readonly Json[] | { readonly [key: string]: Json | undefined };

/**
 * JSON with sorted keys and no white space: equal for equal values, whatever the order in which keys were set.
 *
 * @throws TypeError for what JSON would change or drop in silence (NaN, Infinity, functions): two different values must
 *   not share a text
 */
export function canonicalJson(value: Json): string {
  return write(value, "value");
}

/** SHA-256 over the canonical JSON, in hexadecimal. */
export function hashOf(value: Json): string {
  return createHash("sha256").update(canonicalJson(value)).digest("hex");
}

function write(value: unknown, path: string): string {
  if (value === null || typeof value === "boolean" || typeof value === "string") return JSON.stringify(value);
  if (typeof value === "number") {
    if (!Number.isFinite(value)) throw new TypeError(`JSON cannot hold ${value}, found at ${path}`);
    return JSON.stringify(value);
  }
  if (Array.isArray(value)) return `[${value.map((element, index) => write(element, `${path}[${index}]`)).join(",")}]`;
  if (typeof value === "object" && isPlain(value)) {
    const entries = Object.entries(value)
      .filter(([, entry]) => entry !== undefined)
      .sort(([left], [right]) => (left < right ? -1 : 1)) // by code unit: independent of the locale
      .map(([key, entry]) => `${JSON.stringify(key)}:${write(entry, `${path}.${key}`)}`);
    return `{${entries.join(",")}}`;
  }
  throw new TypeError(`JSON cannot hold a ${typeof value}, found at ${path}`);
}

function isPlain(value: object): boolean {
  const prototype = Object.getPrototypeOf(value);
  return prototype === null || Object.getPrototypeOf(prototype) === null;
}
