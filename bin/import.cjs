// Imports an ES module. Apart from setup.cjs because an old Node can't even read `import()`.
"use strict";
var url = require("url");

/** @param file absolute path of the module. */
module.exports = function (file) {
  return import(url.pathToFileURL(file).href);
};
