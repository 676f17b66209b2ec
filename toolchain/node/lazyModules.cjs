// Preloaded wherever Pulumi's SDK runs. Two of the libraries that it loads at each start serve only to turn functions
// into text, which this program never asks for: they are loaded by their first use. That is a third of the SDK's own
// start.
const { createRequire, Module } = require("node:module");

for (const path of ["@pulumi/pulumi/typescript-shim.js", "normalize-package-data"]) defer(path);

function defer(name) {
  let file;
  try {
    file = createRequire(require.resolve("@pulumi/pulumi/package.json")).resolve(name);
  } catch {
    return; // Another version of the SDK may have none.
  }
  const load = () => {
    delete require.cache[file];
    return require(file);
  };
  let loaded;
  const module = new Module(file);
  module.loaded = true;
  module.exports = new Proxy(function deferred() {}, {
    // Asked by every `import` of it, and neither is one.
    get: (_, key) => (key === "__esModule" ? undefined : (loaded ??= load())[key]),
    apply: (_, self, args) => Reflect.apply((loaded ??= load()), self, args),
  });
  require.cache[file] = module;
}
