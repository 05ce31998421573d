/**
 * Routes that take a residual network for the Euler method x + h F(x) and change its step: h is 1 as trained.
 */
import { type Architecture, fullRoute, keepsShape, type Route, type Step } from "../networks";

/** Every residual branch times a factor: as many steps, each of another size, hence another time in all. */
export function routeWithStepSize(architecture: Architecture, factor: number): Route {
  return fullRoute(architecture).map((step) => ({ ...step, scale: factor }));
}

/**
 * Each block that keeps its shape is run `parts` times in a row with 1 / parts of its branch: more and smaller steps, the
 * same time in all. Blocks that change the shape run once, as trained.
 *
 * @throws RangeError when parts is not a whole number >= 1
 */
export function refinedRoute(architecture: Architecture, parts: number): Route {
  requireWhole(parts);
  const keeps = keepsShape(architecture);
  return fullRoute(architecture).flatMap((step): Step[] =>
    keeps[step.block] ? Array.from({ length: parts }, () => ({ ...step, scale: 1 / parts })) : [step],
  );
}

/**
 * Of each `span` neighbours that keep their shape the first is run alone, with its branch times the number of blocks it
 * stands for: fewer and larger steps, the same time in all. Fewer are left at the end of a stage: there it stands for those.
 *
 * @throws RangeError when span is not a whole number >= 1
 */
export function coarsenedRoute(architecture: Architecture, span: number): Route {
  requireWhole(span);
  const keeps = keepsShape(architecture);
  const route: Step[] = [];
  let stoodFor = span; // blocks that the last step stands for; as many as it may: the next block makes a step of its own
  for (const step of fullRoute(architecture)) {
    const last = route[route.length - 1];
    if (keeps[step.block] && stoodFor < span) {
      stoodFor++;
      route[route.length - 1] = { ...last!, scale: stoodFor };
    } else {
      route.push({ ...step, scale: 1 });
      stoodFor = keeps[step.block] ? 1 : span;
    }
  }
  return route;
}

function requireWhole(count: number): void {
  if (!Number.isInteger(count) || count < 1) throw new RangeError(`need a whole number >= 1 of steps, got ${count}`);
}
