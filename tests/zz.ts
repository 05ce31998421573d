import { measuringCode } from "../src/identity";
import { projectRoot } from "../src/base";
void projectRoot; void measuringCode;
const f=process.cwd()+"/experiments/block-deletion.ts";
const t=performance.now(); measuringCode(f); console.log((performance.now()-t).toFixed(0));
