import { onScreen } from "./medium";

/** Ticks of an axis of categories: where, with what text, how turned. */
export interface CategoryTicks {
  readonly texts: readonly string[];
  /** Degrees; 0 is level. */
  readonly angle: number;
  /** Places between groups, in categories: 9.5 lies between the tenth and the eleventh. */
  readonly dividers: readonly number[];
}

/**
 * Tick texts that fit under a figure.
 *
 * Blocks ("stage1/block1", "stage1/block2", ...) are written by their number, the stage once under its middle block,
 * with a divider between stages: thirty such names would otherwise stand upright or overlap. Other names stay whole,
 * and are turned where together they are longer than a figure is wide.
 *
 * @param room letters that fit beside each other under the figure
 */
export function categoryTicks(categories: readonly string[], room: number = onScreen.letters): CategoryTicks {
  const groups = numberedGroups(categories);
  if (groups === undefined) {
    const letters = categories.reduce((sum, name) => sum + name.length + 2, 0);
    return { texts: categories, angle: letters <= room ? 0 : -45, dividers: [] };
  }
  const texts = groups.flatMap(({ name, numbers }) => {
    const middle = Math.floor((numbers.length - 1) / 2);
    return numbers.map((number, i) => (i === middle ? `${number}\n${name}` : number));
  });
  let end = 0;
  const ends = groups.map(({ numbers }) => {
    end += numbers.length;
    return end - 0.5;
  });
  return { texts, angle: 0, dividers: ends.slice(0, -1) };
}

/** Names of the form "group/word7", those of a group side by side; undefined where the names are not all so. */
function numberedGroups(categories: readonly string[]): { name: string; numbers: string[] }[] | undefined {
  const groups: { name: string; word: string; numbers: string[] }[] = [];
  for (const category of categories) {
    const [, name, word, number] = /^([^/]+)\/([^/\d]*)(\d+)$/.exec(category) ?? [];
    if (name === undefined || word === undefined || number === undefined) return undefined;
    const last = groups[groups.length - 1];
    if (last?.name === name && last.word === word) last.numbers.push(number);
    else groups.push({ name, word, numbers: [number] });
  }
  const distinct = new Set(groups.map(({ name }) => name)).size === groups.length;
  // A stage's name needs about the room of four numbers, or neighbouring names would meet.
  const roomy = groups.every(({ name, numbers }) => groups.length < 2 || numbers.length * 3 >= name.length);
  return distinct && roomy && new Set(groups.map(({ word }) => word)).size === 1 ? groups : undefined;
}
