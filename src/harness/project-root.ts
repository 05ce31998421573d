import path from "node:path";

/** The folder that holds src/, experiments/ and package.json. */
export const projectRoot = path.resolve(__dirname, "..", "..");
