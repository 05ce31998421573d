/** What `../ode-stability.ts` consists of: its parts, methods, networks and rules for the step size. */
import type { BlockKind, Method } from "../../src/dynamics";

/** Parts of the experiment, each with cells of its own. */
export const parts = ["growth on the plane", "border of stability", "perturbations", "energy", "signals"] as const;

/** Methods whose region is drawn. Verlet has but a stretch of the imaginary axis. */
export const drawnMethods: readonly Method[] = ["forward Euler", "explicit midpoint", "RK4", "leapfrog"];

export const methods: readonly Method[] = [...drawnMethods, "Verlet"];

export interface NetworkKind {
  readonly name: string;
  readonly kind: BlockKind;
  readonly damped: boolean;
}

export const free: NetworkKind = { name: "free", kind: "free", damped: false };

export const damped: NetworkKind = { name: "damped antisymmetric", kind: "antisymmetric", damped: true };

export const undamped: NetworkKind = { name: "antisymmetric", kind: "antisymmetric", damped: false };

export const hamiltonian: NetworkKind = { name: "Hamiltonian", kind: "Hamiltonian", damped: false };

export const networkKinds = [free, damped, undamped, hamiltonian];

export const systems = ["dense", "dense, changing weights", "convolution"] as const;

/** Step sizes by depth N, with the growth of a mean square that theory has for ReLU under He's initialisation. */
export const stepRules = [
  { name: "step 1", stepSize: () => 1 },
  { name: "step 1/√N", stepSize: (depth: number) => 1 / Math.sqrt(depth) },
  { name: "step 1/N", stepSize: (depth: number) => 1 / depth },
] as const;

/** Growth of the mean square in N blocks of step size h: each branch has h² of its input's, and is not correlated with it. */
export function meanSquareTheory(stepSize: number, depth: number): number {
  return (1 + stepSize ** 2) ** depth;
}
