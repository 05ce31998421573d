/** Named, seeded streams: every random draw of the project comes from one. */
export { type RandomStream, randomStream } from "./stream";
