import type { Setting } from "../experiment/experiment";

/** A cell in words, its seed last: "network resnet20, seed 1". */
export function cellName({ seed, ...setting }: Setting): string {
  return [...Object.entries(setting).map(([name, value]) => `${name} ${value}`), `seed ${seed}`].join(", ");
}
