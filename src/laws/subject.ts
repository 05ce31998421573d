/**
 * What is put under the laws, and how its members are drawn.
 */
import fc from "fast-check";
import { type Architecture, type Family, type FamilyOptions, sameShape } from "../networks";
import { shapeText } from "./architecture-text";
import { Fault } from "./broken-law";
import { listed } from "./listed";

/** A network for images and classes that are not fixed yet. */
export type ArchitectureFunction = (options: Pick<FamilyOptions, "inputShape" | "classes">) => Architecture;

/** A family as those of `families`: networks by depth and width. */
export type SubjectFamily = Pick<Family, "prefix" | "exampleDepths" | "build">;

export type SingleSubject = Architecture | ArchitectureFunction | SubjectFamily;

/**
 * An architecture, which is tried on images of other sizes, too; a function that makes one for given images; a family;
 * several of these, each case being one of them; or an arbitrary of fast-check that draws architectures.
 */
export type Subject = SingleSubject | readonly SingleSubject[] | fc.Arbitrary<Architecture>;

/** Which members of a subject are drawn: what it is claimed to be built for. Each list's first values are the smallest. */
export interface DrawingOptions {
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

/** A member that was drawn and not built yet, so that a builder's failure is one of the law and not of the drawing. */
export interface Draft {
  /** What it is built from: "depth 8, width 1, images of 8x9x1, 2 classes". */
  readonly description: string;
  /** @throws Fault when what is built takes other images, or has other classes, than it was built for */
  readonly build: () => Architecture;
}

/** Members of a subject, those first that are small. */
export function drafts(subject: Subject, options: DrawingOptions): fc.Arbitrary<Draft> {
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
 * @throws what the subject's builder throws, as soon as such a member is drawn
 * @example fc.property(architectures(families), (architecture) => { ... })
 */
export function architectures(subject: Subject, options: DrawingOptions = {}): fc.Arbitrary<Architecture> {
  return drafts(subject, options).map((draft) => draft.build());
}

/** A subject in a word or two. */
export function subjectName(subject: Subject): string {
  if (isArbitrary(subject)) return "drawn networks";
  if (!isSeveral(subject)) return nameOfOne(subject);
  return subject.length === 1 ? nameOfOne(subject[0]!) : `${subject.length} networks`;
}

/** Whether it is several. */
export function isSeveral(subject: Subject): subject is readonly SingleSubject[] {
  return Array.isArray(subject);
}

/** Whether it draws by itself. The methods tell, as a caller's fast-check may be another copy than ours. */
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

function draftsOfOne(subject: SingleSubject, options: DrawingOptions): fc.Arbitrary<Draft> {
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
  const drawn = { depth: listed(depths), filters: listed(widths), ...images };
  return fc.record(drawn).map(({ depth, filters, height, width, channels: planes, classes }) => {
    const asked = { inputShape: [height, width, planes] as const, classes };
    return {
      description: `depth ${depth}, width ${filters}, ${described(asked)}`,
      build: () => asAsked(subject.build({ depth, width: filters, ...asked }), asked),
    };
  });
}

/** An architecture as data takes images of any size: its layers have none. */
function resized(architecture: Architecture, { sides, channels }: DrawingOptions): fc.Arbitrary<Draft> {
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

function checkLists({ depths, widths, sides, channels }: DrawingOptions): void {
  for (const [name, list] of Object.entries({ depths, widths, sides, channels })) {
    if (list === undefined) continue;
    if (list.length === 0) throw new RangeError(`need at least one value in ${name}, got none`);
    const odd = list.find((value) => !Number.isInteger(value) || value < 1);
    if (odd !== undefined) throw new RangeError(`need whole numbers above 0 in ${name}, got ${odd}`);
  }
}
