import fc from "fast-check";

/**
 * One of the values, each as likely as the others.
 *
 * A failing case is tried again with every earlier value: what fails on odd sides alone would not get small by halving.
 *
 * @param values the simplest first; at least one
 */
export function listed<Item>(values: readonly Item[]): fc.Arbitrary<Item> {
  return new Listed(values);
}

class Listed<Item> extends fc.Arbitrary<Item> {
  readonly #values: readonly Item[];

  constructor(values: readonly Item[]) {
    super();
    this.#values = values;
  }

  override generate(random: fc.Random): fc.Value<Item> {
    return this.#at(random.nextInt(0, this.#values.length - 1));
  }

  override canShrinkWithoutContext(value: unknown): value is Item {
    return this.#values.some((item) => Object.is(item, value));
  }

  override shrink(value: Item, place: unknown): fc.Stream<fc.Value<Item>> {
    const end = typeof place === "number" ? place : this.#values.indexOf(value);
    return fc.Stream.of(...Array.from({ length: Math.max(0, end) }, (_, earlier) => this.#at(earlier)));
  }

  /** A value with its place, by which it is made smaller. */
  #at(place: number): fc.Value<Item> {
    return new fc.Value(this.#values[place]!, place);
  }
}
