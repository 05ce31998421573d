/**
 * TypeScript to JavaScript, remembering what was done: TypeScript itself takes 150 ms to load and 10 to 30 ms a file, which
 * every start of a program and of each worker would pay again for some hundred files.
 *
 * Plain JavaScript, because it must run before any TypeScript can. The cache is in node_modules/.cache: `npm ci` empties it,
 * and it may be deleted at any time. An entry's name is a hash of all that determines its content, so none is ever stale.
 */
const { createHash, randomUUID } = require("node:crypto");
const { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } = require("node:fs");
const path = require("node:path");

const root = path.resolve(__dirname, "..", "..");
const cacheFolder = path.join(root, "node_modules", ".cache", "cnn-findings");
exports.cacheFolder = cacheFolder;
const folder = path.join(cacheFolder, "transpiled");
const configFile = path.join(root, "tsconfig.json");

/** Called by ts-node; see "transpiler" in tsconfig.json. */
exports.create = () => {
  try {
    require.resolve("typescript");
  } catch {
    // `npx ts-node` in a fresh clone: npx has fetched a ts-node from elsewhere, and what it would load is not there.
    console.error("error: the packages are not installed yet: `npx cnn-findings setup`, then give this command again");
    process.exit(1);
  }
  return {
    transpile(input, { fileName }) {
      const key = keyOf(fileName, input);
      const outputText = known(key);
      const map = outputText === undefined ? undefined : readMap(key);
      if (map !== undefined) return { outputText, sourceMapText: map };
      return transpileAnew(fileName, input, key);
    },
  };
};

/**
 * The JavaScript of a TypeScript file, and how to get its source map, which is wanted only where an error's places are told.
 *
 * @param {string} fileName absolute path
 * @throws SyntaxError where the file cannot be parsed, naming each place
 */
exports.transpiled = (fileName) => {
  const input = readFileSync(fileName, "utf8");
  const key = keyOf(fileName, input);
  const outputText = known(key);
  if (outputText !== undefined) return { outputText, sourceMap: () => readMap(key) };
  const { outputText: output, sourceMapText, diagnostics = [] } = transpileAnew(fileName, input, key);
  if (diagnostics.length > 0) {
    const typescript = require("typescript");
    throw new SyntaxError(
      typescript.formatDiagnostics(diagnostics, {
        getCanonicalFileName: (name) => name,
        getCurrentDirectory: () => process.cwd(),
        getNewLine: () => "\n",
      }),
    );
  }
  return { outputText: output, sourceMap: () => sourceMapText };
};

let settings;

/** By the file's place within the project, so that checkouts may share a cache. */
function keyOf(fileName, input) {
  settings ??= JSON.stringify([6, require("typescript/package.json").version, readFileSync(configFile, "utf8")]);
  return digest(JSON.stringify([settings, path.relative(root, fileName), input]));
}

/** Undefined where it is not there or damaged: then it is done again. A changed letter of it would be another program. */
function known(key) {
  try {
    const content = readFileSync(path.join(folder, `${key}.js`), "utf8");
    const end = content.length - endMark.length - 64;
    const outputText = content.slice(0, end);
    return content.slice(end) === endMark + digest(outputText) ? outputText : undefined;
  } catch {
    return undefined;
  }
}

/** Before the digest that ends a file of the cache. */
const endMark = "\n// ";

function readMap(key) {
  try {
    return readFileSync(path.join(folder, `${key}.map`), "utf8");
  } catch {
    return undefined;
  }
}

let options;

function transpileAnew(fileName, input, key) {
  const typescript = require("typescript");
  options ??= compilerOptions(typescript);
  const {
    outputText: output,
    sourceMapText,
    diagnostics,
  } = typescript.transpileModule(input, {
    fileName,
    compilerOptions: options,
    reportDiagnostics: true,
  });
  const outputText = loadingLate(output);
  if (diagnostics.length > 0) return { outputText, sourceMapText, diagnostics }; // not worth remembering
  write(`${key}.map`, sourceMapText);
  write(`${key}.js`, outputText + endMark + digest(outputText));
  return { outputText, sourceMapText };
}

/**
 * What a file passes on (`export { name } from "./file"`) is loaded when it is first used: who comes through the door of a room
 * pays for what is taken from it, not for all that is in it. Takes what TypeScript writes, and keeps its lines.
 *
 * `Reflect`, because Node reads a module's names for `import` from its text, and leaves out those of getters that do more than
 * return a member; it finds them where TypeScript sets them to undefined.
 *
 * @param {string} output
 */
function loadingLate(output) {
  const specifiers = new Map();
  const declared = output.replace(/^var (\w+) = (require\("[^"\n]+"\));$/gm, (_, name, loaded) => {
    specifiers.set(name, loaded);
    return `var ${name};`;
  });
  return declared.replace(
    /^Object(\.defineProperty\(exports, "\w+", \{ enumerable: true, get: function \(\) \{ return )(\w+)(\.\w+; \} \}\);)$/gm,
    (line, before, name, after) =>
      specifiers.has(name) ? `Reflect${before}(${name} ??= ${specifiers.get(name)})${after}` : line,
  );
}
exports.loadingLate = loadingLate;

/** Those of tsconfig.json, without what is about where files lie and are written. */
function compilerOptions(typescript) {
  const { config, error } = typescript.readConfigFile(configFile, typescript.sys.readFile);
  const read = typescript.convertCompilerOptionsFromJson(config?.compilerOptions ?? {}, root, configFile);
  const problem = error ?? read.errors[0];
  if (problem !== undefined) {
    throw new SyntaxError(`${configFile}: ${typescript.flattenDiagnosticMessageText(problem.messageText, "\n")}`);
  }
  const { rootDir, outDir, outFile, declarationDir, declaration, emitDeclarationOnly, noEmit, ...rest } = read.options;
  return { ...rest, sourceMap: true, inlineSources: true };
}

function digest(text) {
  return createHash("sha256").update(text).digest("hex");
}

/** Whole or not at all; a folder that cannot be written costs time and nothing else. */
function write(name, content) {
  const file = path.join(folder, name);
  const temporary = `${file}.${randomUUID()}`;
  try {
    mkdirSync(folder, { recursive: true });
    writeFileSync(temporary, content);
    renameSync(temporary, file);
  } catch {
    if (existsSync(temporary)) rmSync(temporary);
  }
}
