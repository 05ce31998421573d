/** How large a run is. `smoke`: seconds, for tests; `quick`: minutes, real data; `paper`: the source's own protocol. */
export const scales = ["smoke", "quick", "paper"] as const;
export type Scale = (typeof scales)[number];

/** The scale of a run that names none. */
export const defaultScale: Scale = "quick";
