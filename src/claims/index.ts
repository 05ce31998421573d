export { auditClaims, type CitedCorrection, citedCorrections } from "./audit";
export { addressOf, bibliography, bibtex, citationsIn, publicationsCitedIn } from "./bibliography";
export { historicSteps, publishedTopFiveErrors } from "./cited";
export type { Claim, ClaimGroup, Condition, Judgement, Verdict } from "./claim";
export {
  asOnFinding,
  atLeast,
  atMost,
  cannotTell,
  exactly,
  intervalAbove,
  intervalBelow,
  intervalHolds,
  intervalWithin,
  judge,
  type State,
  type Training,
  underPreconditions,
} from "./judgement";
export { type PreconditionName, preconditions } from "./preconditions";
export { type ClaimId, claimOf, claims } from "./registry";
