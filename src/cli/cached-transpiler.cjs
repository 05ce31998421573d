/**
 * A transpiler for ts-node that remembers what it has done: TypeScript itself takes 10 to 30 ms a file, which every start of
 * an experiment and of each of its workers would pay again for some hundred files.
 *
 * Plain JavaScript, because it must run before any TypeScript can. The cache is in node_modules/.cache: `npm ci` empties it,
 * and it may be deleted at any time. An entry's name is a hash of all that determines its content, so none is ever stale.
 */
const { createHash, randomUUID } = require("node:crypto");
const { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } = require("node:fs");
const path = require("node:path");

const root = path.resolve(__dirname, "..", "..");
const folder = path.join(root, "node_modules", ".cache", "cnn-findings", "transpiled");

/** Called by ts-node; see "transpiler" in tsconfig.json. */
exports.create = ({ service }) => {
  try {
    require.resolve("typescript");
  } catch {
    // `npx ts-node` in a fresh clone: npx has fetched a ts-node from elsewhere, and what it would load is not there.
    console.error("error: the packages are not installed yet: `npx cnn-findings setup`, then give this command again");
    process.exit(1);
  }
  const { outDir, outFile, declarationDir, declaration, emitDeclarationOnly, noEmit, ...options } =
    service.config.options;
  const compilerOptions = { ...options, sourceMap: true, inlineSources: true, removeComments: false };
  const version = require("typescript/package.json").version;
  const settings = JSON.stringify([3, version, compilerOptions]).replaceAll(JSON.stringify(root).slice(1, -1), ".");

  return {
    transpile(input, { fileName }) {
      const key = createHash("sha256")
        // By its place within the project, so that checkouts may share a cache; ts-node writes the full path into the map.
        .update(JSON.stringify([settings, path.relative(root, fileName), input]))
        .digest("hex");
      const file = path.join(folder, `${key}.json`);
      const known = read(file);
      if (known !== undefined) return known;
      const { outputText, sourceMapText, diagnostics } = require("typescript").transpileModule(input, {
        fileName,
        compilerOptions,
        reportDiagnostics: true,
      });
      if (diagnostics.length > 0) return { outputText, sourceMapText, diagnostics }; // not worth remembering
      write(file, JSON.stringify({ outputText, sourceMapText, checksum: digest(outputText) }));
      return { outputText, sourceMapText };
    },
  };
};

/** Undefined where it is not there or damaged: then it is done again. A changed letter of it would be another program. */
function read(file) {
  try {
    const { outputText, sourceMapText, checksum } = JSON.parse(readFileSync(file, "utf8"));
    return checksum === digest(outputText) ? { outputText, sourceMapText } : undefined;
  } catch {
    return undefined;
  }
}

function digest(text) {
  return createHash("sha256").update(text).digest("hex");
}

/** Whole or not at all; a folder that cannot be written costs time and nothing else. */
function write(file, content) {
  const temporary = `${file}.${randomUUID()}`;
  try {
    mkdirSync(folder, { recursive: true });
    writeFileSync(temporary, content);
    renameSync(temporary, file);
  } catch {
    rmSync(temporary, { force: true });
  }
}
