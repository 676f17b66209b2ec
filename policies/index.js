// The engine's runner compiles TypeScript by ts-node, which does not know this project's imports. It leaves an
// ECMAScript module alone, and what that loads Node runs itself: from version 24 on, with the packages of npm.
import { createRequire } from "node:module";
import process from "node:process";

const require = createRequire(import.meta.url);

/** Ends the pack with one line: the runner prints the stack of what is thrown. */
function stop(words) {
  const error = new Error(words);
  error.stack = words;
  throw error;
}

if (Number(process.versions.node.split(".")[0]) < 24) {
  stop(
    `policies: expected Node 24 or newer first on PATH, got ${process.version}; in the project's folder: npm ci && export PATH="$PWD/node_modules/.bin:$PATH"`,
  );
}
try {
  require.resolve("@pulumi/policy");
} catch {
  stop("policies: expected the packages of npm, found none; run npm ci in the project's folder");
}
require("./pack.ts");
