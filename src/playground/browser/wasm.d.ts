/** A file of WebAssembly, as the bundler hands it to a script. */
declare module "*.wasm" {
  const bytes: Uint8Array<ArrayBuffer>;
  export default bytes;
}
