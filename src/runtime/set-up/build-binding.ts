import { createHash } from "node:crypto";
import { copyFileSync, existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync } from "node:fs";
import path from "node:path";
import { cacheFolder } from "../../base";
import { SetUpError } from "../set-up-error";
import { moveInto, temporaryBeside, writing } from "./cache";
import { step } from "./step";
import { packageFolder, type TensorFlowFolder } from "./tensorflow-folder";
import { execute, findCompiler, lastLines } from "./tools";

/**
 * Builds tfjs-node's binding against a TensorFlow and puts it where the package looks for it.
 *
 * A build is kept in the user's cache under a hash of all that goes into it, so that a second checkout copies it.
 *
 * @param root folder of the checkout, or of this package's own files
 * @returns the binding's path
 * @throws SetUpError when there is no compiler or it fails
 */
export async function installBinding(tensorFlow: TensorFlowFolder, root: string): Promise<string> {
  const built = await builtBinding(tensorFlow, root);
  const installed = path.join(packageFolder(tfjsNode, root), "lib", "napi-v8", "tfjs_binding.node");
  writing(path.dirname(installed), () => {
    mkdirSync(path.dirname(installed), { recursive: true });
    const temporary = `${installed}.tmp-${process.pid}`;
    copyFileSync(built, temporary);
    renameSync(temporary, installed); // a process that has the old one loaded keeps it
  });
  return installed;
}

const tfjsNode = "@tensorflow/tfjs-node-gpu";
const nodeHeaders = "node-api-headers";
/** What is added to the package's own sources. */
const native = "src/runtime/native";

async function builtBinding(tensorFlow: TensorFlowFolder, root: string): Promise<string> {
  const place = path.join(cacheFolder(), "bindings", bindingKey(tensorFlow, root));
  const built = path.join(place, "tfjs_binding.node");
  if (existsSync(built)) return built;
  const compiler = await findCompiler();
  const temporary = temporaryBeside(place);
  try {
    await step("building the binding for Node", async () => {
      const run = (...given: readonly string[]) =>
        execute(compiler.command, [...compiler.leading, ...given], { cwd: root });
      const sources = compiledSources(root).map((file, i) => ({ file, object: path.join(temporary, `${i}.o`) }));
      // Side by side: half of the time on two cores.
      const compiled = await Promise.all(
        sources.map(({ file, object }) => run(...compilation(tensorFlow, root), "-c", file, "-o", object)),
      );
      const objects = sources.map(({ object }) => object);
      const failed = compiled.find(({ status }) => status !== 0);
      const ended =
        failed ??
        (await run("-shared", ...objects, "-o", path.join(temporary, "tfjs_binding.node"), ...link(tensorFlow)));
      if (ended.status !== 0) throw compilerProblem(compiler.version, ended.stderr);
      for (const object of objects) rmSync(object);
    });
    writing(place, () => moveInto(place, temporary));
    return built;
  } finally {
    rmSync(temporary, { recursive: true, force: true });
  }
}

/** What the compiler is given to build the binding into `output`, all at once. */
export function compilerArguments(tensorFlow: TensorFlowFolder, root: string, output: string): string[] {
  const sources = compiledSources(root);
  return [...compilation(tensorFlow, root), "-shared", ...sources, "-o", output, ...link(tensorFlow)];
}

/** How each source is compiled. */
function compilation(tensorFlow: TensorFlowFolder, root: string): string[] {
  return [
    ...["-O3", "-ffp-contract=off", "-std=c++17", "-fPIC", "-DNAPI_VERSION=8"],
    ...[`-I${tensorFlow.path}/include`, `-I${path.join(packageFolder(nodeHeaders, root), "include")}`],
    ...["-include", path.join(root, native, "attribute-lists.h")], // lists as attributes: fused kernels need them
  ];
}

/** With what they are linked. */
function link(tensorFlow: TensorFlowFolder): string[] {
  const nvidia = nvidiaFolders(tensorFlow);
  return [
    ...tensorFlow.libraries.map((name) => path.join(tensorFlow.path, name)),
    `-Wl,-rpath,${tensorFlow.path}`,
    // An rpath of the old kind wins over LD_LIBRARY_PATH, which may lead to another TensorFlow.
    ...(process.platform === "darwin" ? ["-undefined", "dynamic_lookup"] : ["-Wl,--disable-new-dtags"]),
    ...nvidia.map((folder) => `-Wl,-rpath,${folder}`),
    // TensorFlow opens CUDA's libraries by name, which the binding's rpath does not reach: load them with the binding.
    ...(nvidia.length > 0 ? ["-Wl,--no-as-needed", ...nvidia.flatMap(mainLibraries)] : []),
  ];
}

/** The folders of NVIDIA's libraries beside a TensorFlow with CUDA; none beside one for the processor. */
function nvidiaFolders(tensorFlow: TensorFlowFolder): string[] {
  const nvidia = path.join(path.dirname(tensorFlow.path), "nvidia");
  if (!existsSync(nvidia)) return [];
  return readdirSync(nvidia)
    .map((name) => path.join(nvidia, name, "lib"))
    .filter((folder) => existsSync(folder));
}

/** The libraries of a folder that TensorFlow opens itself; the others are opened by these. */
function mainLibraries(folder: string): string[] {
  const main =
    /^lib(cudart|cublas|cublasLt|cudnn|cufft|curand|cusolver|cusparse|nccl|nvJitLink|nvrtc|cupti)\.so\.[0-9.]+$/;
  return readdirSync(folder)
    .filter((name) => main.test(name))
    .map((name) => path.join(folder, name));
}

/**
 * A hash of all that goes into the binding: its sources, Node's headers, the compiler's arguments, the libraries' sizes. Where
 * these lie does not count, so that checkouts and projects that this is installed in share a build.
 */
function bindingKey(tensorFlow: TensorFlowFolder, root: string): string {
  const hash = createHash("sha256");
  for (const file of bindingSources(root)) hash.update(readFileSync(file));
  hash.update(readFileSync(path.join(packageFolder(nodeHeaders, root), "package.json")));
  const given = compilerArguments(tensorFlow, root, "tfjs_binding.node");
  const places = [tfjsNode, nodeHeaders].map(
    (name) => [packageFolder(name, root), `ROOT/node_modules/${name}`] as const,
  );
  const placeless = (argument: string) =>
    [...places, [root, "ROOT"] as const].reduce((text, [place, named]) => text.replaceAll(place, named), argument);
  hash.update(JSON.stringify(given.map(placeless)));
  for (const name of tensorFlow.libraries) hash.update(`${name} ${statSync(path.join(tensorFlow.path, name)).size}`);
  return hash.digest("hex").slice(0, 16);
}

function bindingSources(root: string): string[] {
  return [path.join(packageFolder(tfjsNode, root), "binding"), path.join(root, native)].flatMap((folder) =>
    readdirSync(folder)
      .sort()
      .map((name) => path.join(folder, name)),
  );
}

function compiledSources(root: string): string[] {
  return bindingSources(root).filter((file) => file.endsWith(".cc"));
}

function compilerProblem(compiler: string, said: string): SetUpError {
  const errors = said.split("\n").filter((line) => /error|undefined reference/.test(line));
  const shown = errors.length > 0 ? errors.slice(0, 5) : lastLines(said, 5);
  return new SetUpError([`${compiler} could not build the binding`, ...shown.map((line) => `    ${line}`)].join("\n"), [
    "need a compiler with C++17 (GCC 9 or later, Clang 10 or later) whose C++ library fits TensorFlow's",
    "CXX=/path/to/compiler names another one",
  ]);
}
