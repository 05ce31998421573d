/**
 * Starts the command line of the program's experiment, if it has one: loaded before the program's file (see "require" in
 * tsconfig.json), this looks, once that has run to its last line, whether its default export is an experiment.
 */
setImmediate(() => {
  const { exports: exported, filename } = process.mainModule ?? {};
  const experiment = exported?.default;
  if (typeof experiment?.measure !== "function") return;
  require("./run").startCommandLine(experiment, filename);
});
