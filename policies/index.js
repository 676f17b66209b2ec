// The engine's runner compiles TypeScript by ts-node, which does not know this project's imports. It leaves an
// ECMAScript module alone, and what that imports Node runs itself.
import "./pack.ts";
