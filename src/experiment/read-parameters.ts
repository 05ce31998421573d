/**
 * Which parameters a computation depends on: those that it reads. A cell is then measured again when one of these changes, and
 * only then, without the experiment having to say which they are.
 */

/** Parameters that take note of what is read of them. */
export interface ObservedParameters<Values extends object> {
  /** In place of the values: equal to them, and read-only. */
  readonly values: Values;
  /** Names that were read so far, sorted. Whoever lists the names has read them all. */
  read(): string[];
}

/**
 * Observes what is read of parameters.
 *
 * That is enough to know what a result depends on: a computation that is given the same values of what it read goes the same
 * way, and reads the same. The build systems that trace dependencies so prove it for theirs: Mokhov, Mitchell & Peyton Jones
 * 2018, Build systems à la carte, sec. 4.2 (constructive traces).
 */
export function observeParameters<Values extends object>(values: Values): ObservedParameters<Values> {
  const read = new Set<string>();
  const observed = new Proxy(values, {
    get(target, name, receiver) {
      if (typeof name === "string" && name in target) read.add(name);
      return Reflect.get(target, name, receiver);
    },
    has(target, name) {
      if (typeof name === "string" && name in target) read.add(name);
      return Reflect.has(target, name);
    },
    ownKeys(target) {
      for (const name of Object.keys(target)) read.add(name);
      return Reflect.ownKeys(target);
    },
    set(_, name) {
      throw new TypeError(`a cell must not change the parameter ${String(name)}`);
    },
  });
  return { values: observed, read: () => [...read].sort() };
}
