/**
 * The claims that experiments judge: statement, source, rule. The rules were fixed before any run, but for what the comments
 * beside them say (see F2 and F3), and none is tuned to a result.
 */
import { architectureClaims } from "./architectures";
import { auditClaims } from "./audit";
import type { Claim } from "./claim";
import { depthClaims } from "./depth";
import { differentialEquationClaims } from "./differential-equations";
import { layerClaims } from "./layers";
import { pathClaims } from "./paths";
import { stochasticDepthClaims } from "./stochastic-depth";
import { techniqueClaims } from "./techniques";

/** Every claim of the registry, in the order in which reports show them. */
export const claims = [
  ...layerClaims,
  ...techniqueClaims,
  ...depthClaims,
  ...stochasticDepthClaims,
  ...pathClaims,
  ...differentialEquationClaims,
  ...architectureClaims,
  ...auditClaims,
] as const satisfies readonly Claim[];

/** Identifier of a registered claim: "E1". */
export type ClaimId = (typeof claims)[number]["id"];

const byId: ReadonlyMap<string, Claim> = new Map(claims.map((claim) => [claim.id, claim]));

/** The claim of an identifier. @throws RangeError when there is none */
export function claimOf(id: ClaimId): Claim {
  const found = byId.get(id);
  if (found === undefined) throw new RangeError(`there is no claim ${id}`);
  return found;
}
