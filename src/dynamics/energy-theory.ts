/**
 * What theory says of the oscillator's energy, exactly and for all time.
 *
 * A symplectic method keeps a quadratic form beside the energy, its shadow: with y'' = -y, (y² + z²)/2 - h y z / 2 with
 * Verlet, and (1 - h²/4) y²/2 + z²/2 with leapfrog. The energy lies within a factor of it, so it stays near its first value.
 *
 * Source: Hairer, Lubich & Wanner 2006, Geometric Numerical Integration, ch. I and IX.
 */

/**
 * Bound of the relative error of the energy, |E_n / E_0 - 1|, for any start and number of steps: h / (1 - h/2) with Verlet,
 * h²/4 / (1 - h²/4) with leapfrog.
 *
 * @param h step size, above 0 and below 2, where both cease to be stable
 * @throws RangeError for other step sizes
 */
export function energyErrorBound(method: "Verlet" | "leapfrog", h: number): number {
  if (!(h > 0 && h < 2)) throw new RangeError(`need a step size above 0 and below 2, got ${h}`);
  return method === "Verlet" ? h / (1 - h / 2) : (h * h) / 4 / (1 - (h * h) / 4);
}

/** Natural logarithm of the growth of the energy in so many steps of forward Euler: N log(1 + h²). */
export function eulerEnergyGrowth(h: number, steps: number): number {
  return steps * Math.log1p(h * h);
}
