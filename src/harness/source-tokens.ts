import type * as TypeScript from "typescript";

/** What of a source file can change what it does, and what it loads. */
export interface SourceReading {
  /** Its tokens as JavaScript: without types, comments, white space and trailing commas. */
  readonly tokens: readonly string[];
  /** What it requires when it runs, type-only imports left out, in order of appearance. */
  readonly imports: readonly string[];
}

/** Reads TypeScript source down to what matters at run time, so that a new comment or line break changes nothing. */
export function readSource(source: string): SourceReading {
  // Loaded at first use; under ts-node it is in memory already.
  const ts = require("typescript") as typeof TypeScript;
  const { outputText } = ts.transpileModule(source, {
    compilerOptions: {
      target: ts.ScriptTarget.ES2022,
      module: ts.ModuleKind.CommonJS,
      esModuleInterop: true,
      removeComments: true,
    },
  });
  const file = ts.createSourceFile("source.js", outputText, ts.ScriptTarget.ES2022, false, ts.ScriptKind.JS);
  const tokens: string[] = [];
  const imports: string[] = [];
  const visit = (node: TypeScript.Node) => {
    const children = node.getChildren(file);
    if (children.length === 0) {
      const token = node.getText(file);
      if (/^[)\]}]$/.test(token) && tokens.at(-1) === ",") tokens.pop();
      if (token !== "") tokens.push(token);
    }
    if (ts.isCallExpression(node) && ["require", "import"].includes(node.expression.getText(file))) {
      const [required] = node.arguments;
      if (required && ts.isStringLiteralLike(required)) imports.push(required.text);
    }
    for (const child of children) visit(child);
  };
  visit(file);
  return { tokens, imports };
}
