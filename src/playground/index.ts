/** A page on which a person cuts trained networks: this project's own forward pass, in the browser. */
export { bundledFile, bundleScripts, pageScripts } from "./bundle";
export { renderPlayground } from "./page";
export { cutRun } from "./stored-networks";
