/**
 * What is put under the laws, and how its members are generated.
 */
import fc from "fast-check";
import { type Architecture, type Family, type FamilyOptions, sameShape } from "../networks";
import { shapeText } from "./architecture-text";
import { Fault } from "./broken-law";

/** A network for images and classes that are not fixed yet. */
export type ArchitectureFunction = (options: Pick<FamilyOptions, "inputShape" | "classes">) => Architecture;

/** A family as those of `families`: networks by depth and width. */
export type SubjectFamily = Pick<Family, "prefix" | "exampleDepths" | "build">;

export type SingleSubject = Architecture | ArchitectureFunction | SubjectFamily;

/**
 * An architecture, which is tried on images of other sizes, too; a function that makes one for given images; a family;
 * several of these, each case being one of them; or an arbitrary of fast-check that generates architectures.
 */
export type Subject = SingleSubject | readonly SingleSubject[] | fc.Arbitrary<Architecture>;

/** Which members of a subject are generated: what it is claimed to be built for. The first values of each list count as the smallest. */
export interface SubjectOptions {
  /** Depths of a family; the two smallest of its `exampleDepths` by default. */
  readonly depths?: readonly number[];
  /** Filters of a family's first stage; 1 to 4 by default. */
  readonly widths?: readonly number[];
  /**
   * Heights and widths of the images, in pixels: 8 to 18 by default; of an architecture its own, and up to nine pixels
   * more.
   */
  readonly sides?: readonly number[];
  /** Channels of the images: 1 to 3 by default; of an architecture its own. */
  readonly channels?: readonly number[];
}

/** A member that was generated and not built yet, so that a failing builder breaks the law and not the generation. */
export interface Draft {
  /** What it is built from: "depth 8, width 1, images of 8x9x1, 2 classes". */
  readonly description: string;
  /** @throws Fault when what is built takes other images, or has other classes, than it was built for */
  readonly build: () => Architecture;
}

/** Members of a subject; shrinking leads to those with the first values of the options. */
export function drafts(subject: Subject, options: SubjectOptions): fc.Arbitrary<Draft> {
  checkLists(options);
  if (isArbitrary(subject)) {
    return subject.map((architecture) => ({ description: architecture.name, build: () => architecture }));
  }
  if (!isSeveral(subject)) return draftsOfOne(subject, options);
  if (subject.length === 0) throw new RangeError("need something to put under the laws, got an empty list");
  return fc.oneof(...subject.map((one) => draftsOfOne(one, options)));
}

/**
 * Architectures of a subject, for a property of one's own.
 *
 * @throws what the subject's builder throws, as soon as such a member is generated
 * @example fc.property(architectures(families), (architecture) => { ... })
 */
export function architectures(subject: Subject, options: SubjectOptions = {}): fc.Arbitrary<Architecture> {
  return drafts(subject, options).map((draft) => draft.build());
}

/** A subject in a word or two. */
export function subjectName(subject: Subject): string {
  if (isArbitrary(subject)) return "generated networks";
  if (!isSeveral(subject)) return nameOfOne(subject);
  return subject.length === 1 ? nameOfOne(subject[0]!) : `${subject.length} networks`;
}

/** Whether it is several. */
export function isSeveral(subject: Subject): subject is readonly SingleSubject[] {
  return Array.isArray(subject);
}

/** Whether it is an arbitrary. The methods tell, as a caller's fast-check may be another copy than ours. */
export function isArbitrary(subject: Subject): subject is fc.Arbitrary<Architecture> {
  return typeof subject === "object" && "generate" in subject && "shrink" in subject;
}

/** Whether it is a family. */
export function isFamily(subject: SingleSubject): subject is SubjectFamily {
  return typeof subject === "object" && "build" in subject;
}

function nameOfOne(subject: SingleSubject): string {
  if (typeof subject === "function") return subject.name || "a function";
  return isFamily(subject) ? subject.prefix : subject.name;
}

const upTo = (first: number, last: number): number[] => Array.from({ length: last - first + 1 }, (_, i) => first + i);

function draftsOfOne(subject: SingleSubject, options: SubjectOptions): fc.Arbitrary<Draft> {
  const { sides = upTo(8, 18), channels = upTo(1, 3), widths = upTo(1, 4) } = options;
  if (typeof subject !== "function" && !isFamily(subject)) return resized(subject, options);
  const images = {
    height: listed(sides),
    width: listed(sides),
    channels: listed(channels),
    classes: fc.integer({ min: 2, max: 11 }),
  };
  if (typeof subject === "function") {
    return fc.record(images).map(({ height, width, channels: depth, classes }) => {
      const asked = { inputShape: [height, width, depth] as const, classes };
      return { description: described(asked), build: () => asAsked(subject(asked), asked) };
    });
  }
  const { depths = subject.exampleDepths.slice(0, 2) } = options;
  const member = { depth: listed(depths), filters: listed(widths), ...images };
  return fc.record(member).map(({ depth, filters, height, width, channels: planes, classes }) => {
    const asked = { inputShape: [height, width, planes] as const, classes };
    return {
      description: `depth ${depth}, width ${filters}, ${described(asked)}`,
      build: () => asAsked(subject.build({ depth, width: filters, ...asked }), asked),
    };
  });
}

/** An architecture as data takes images of any size: its layers have none. */
function resized(architecture: Architecture, { sides, channels }: SubjectOptions): fc.Arbitrary<Draft> {
  const [ownHeight, ownWidth, ownChannels] = architecture.inputShape;
  const heights = sides ?? upTo(ownHeight, ownHeight + 9);
  const widths = sides ?? upTo(ownWidth, ownWidth + 9);
  return fc.tuple(listed(heights), listed(widths), listed(channels ?? [ownChannels])).map((inputShape) => ({
    description: described({ inputShape, classes: architecture.classes }),
    build: () => ({ ...architecture, inputShape }),
  }));
}

function described({ inputShape, classes }: Pick<FamilyOptions, "inputShape" | "classes">): string {
  return `images of ${shapeText(inputShape)}, ${classes} classes`;
}

function asAsked(built: Architecture, asked: Pick<FamilyOptions, "inputShape" | "classes">): Architecture {
  if (sameShape(built.inputShape, asked.inputShape) && built.classes === asked.classes) return built;
  throw new Fault(`it was asked for ${described(asked)}, but what is built takes ${described(built)}`);
}

function checkLists({ depths, widths, sides, channels }: SubjectOptions): void {
  for (const [name, list] of Object.entries({ depths, widths, sides, channels })) {
    if (list === undefined) continue;
    if (list.length === 0) throw new RangeError(`need at least one value in ${name}, got none`);
    const odd = list.find((value) => !Number.isInteger(value) || value < 1);
    if (odd !== undefined) throw new RangeError(`need whole numbers above 0 in ${name}, got ${odd}`);
  }
}

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
