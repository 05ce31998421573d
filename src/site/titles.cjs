/**
 * A plugin of TypeDoc: a document of the site is named by its first heading, where TypeDoc would take the path of its file.
 *
 * The guides stay plain Markdown, as it is read in a checkout, without a header for one tool.
 */
exports.load = (app) => {
  app.converter.on("createDocument", (_context, document) => {
    const heading = /^\s*# (.+)(\n|$)/.exec(document.content[0]?.text ?? "");
    if (heading === null) throw new Error(`the document "${document.name}" does not begin with a heading: "# Title"`);
    document.name = heading[1];
  });
};
