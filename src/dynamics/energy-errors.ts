/** How far a method's energy is from its first value, as time goes by. */
import { type EnergyMethod, energies, type Oscillation } from "./energy";

/** The largest relative error of the energy in a stretch of time. */
export interface EnergyError {
  /** End of the stretch. */
  readonly time: number;
  readonly error: number;
}

/**
 * The errors in so many equal stretches of time, one after the other.
 *
 * @param start first place and velocity, of an energy above 0
 * @param steps at least one for each stretch
 */
export function energyErrors(
  method: EnergyMethod,
  oscillation: Oscillation,
  start: { readonly y: number; readonly z: number },
  h: number,
  steps: number,
  stretches: number,
): EnergyError[] {
  const found = energies(method, oscillation, start, h, steps);
  return Array.from({ length: stretches }, (_, i) => {
    const [from, to] = [Math.floor((i * steps) / stretches), Math.floor(((i + 1) * steps) / stretches)];
    const own = found.slice(from + 1, to + 1);
    return { time: h * to, error: own.reduce((most, energy) => Math.max(most, Math.abs(energy / found[0]! - 1)), 0) };
  });
}
