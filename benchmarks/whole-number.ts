import { InvalidArgumentError } from "commander";

/** Reads an option that counts something. @throws InvalidArgumentError for anything but 1, 2, 3, ... */
export function wholeNumber(text: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1) throw new InvalidArgumentError("need a whole number, at least 1.");
  return value;
}
