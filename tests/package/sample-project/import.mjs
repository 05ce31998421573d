/** The package as an ES module and as CommonJS: the same functions, so that what one made the other knows. */
import { createRequire } from "node:module";
import * as imported from "cnn-findings";
import { buildCifarResNet, parameterCounts } from "cnn-findings";

const required = createRequire(import.meta.url)("cnn-findings");
const resnet20 = required.buildCifarResNet({ depth: 20, inputShape: [32, 32, 3], classes: 10 });

console.log(`trainable parameters: ${parameterCounts(resnet20).trainable}`);
console.log(`names: ${Object.keys(required).length}`);
const differing = Object.entries(imported).filter(([name, value]) => name in required && required[name] !== value);
console.log(`the same: ${differing.length === 0 && Object.keys(required).every((name) => name in imported)}`);
console.log(`and by name: ${buildCifarResNet === required.buildCifarResNet}`);
