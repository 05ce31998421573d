import path from "node:path";
import { writeFileAtomically } from "../base";
import type { Judgement } from "../claims";
import { type Figure, figureThumbnail } from "../report";

/** Where a run keeps a claim's thumbnail, relative to its results folder. */
export function thumbnailPath(claim: string): string {
  return `thumbnails/${claim}.svg`;
}

/**
 * Writes a small image for each judged claim, whole or not at all: of the first figure that names the claim, else of the
 * run's first. A run without figures has none.
 *
 * @param folder the run's results folder
 * @returns paths of what was written, relative to that folder
 */
export function writeThumbnails(
  folder: string,
  judgements: readonly Judgement[],
  figures: readonly Figure[],
): string[] {
  return judgements.flatMap(({ claim }) => {
    const figure = figures.find(({ claims = [] }) => claims.includes(claim.id)) ?? figures[0];
    if (figure === undefined) return [];
    writeFileAtomically(path.join(folder, thumbnailPath(claim.id)), figureThumbnail(figure));
    return [thumbnailPath(claim.id)];
  });
}
