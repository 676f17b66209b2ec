import eslint from "@eslint/js";
import tseslint from "typescript-eslint";

/** Every folder with code of ours, and the folders it may import from: arrows point one way (docs/architecture.md). */
const mayImport = {
  lib: [],
  toolchain: ["lib"],
  settings: ["lib"],
  preflight: ["settings", "lib"],
  providers: ["lib"],
  components: ["providers", "settings", "preflight", "lib"],
  policies: ["lib"],
  "index.ts": ["components", "preflight", "settings", "providers", "lib"],
  operations: ["lib", "settings", "preflight", "providers", "components", "toolchain"],
  sandbox: ["lib", "settings", "preflight", "providers", "operations", "toolchain"],
  bench: [
    "lib",
    "settings",
    "preflight",
    "providers",
    "components",
    "operations",
    "sandbox",
    "toolchain",
    "tests",
  ],
  tests: [
    "lib",
    "settings",
    "preflight",
    "providers",
    "components",
    "operations",
    "sandbox",
    "toolchain",
    "policies",
  ],
};

/** The folders in sandbox/ other than those with emulators and plugins. */
const rooms = ["cli", "engine", "place", "services"];

/** Comments that begin with a noun or a verb are read once. */
const plainComments = {
  create: ({ sourceCode, report }) => ({
    Program: () => {
      for (const { value, loc } of sourceCode.getAllComments())
        if (/^[*\s]*(What|Whoever|Whatever|Of which)\b/.test(value))
          report({ loc, message: "Begin a comment with a noun or a verb." });
    },
  }),
};

export default tseslint.config(
  { ignores: ["node_modules", ".sandbox", "templates"] },
  eslint.configs.recommended,
  {
    files: ["**/*.ts"],
    extends: [...tseslint.configs.recommendedTypeChecked],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    plugins: { house: { rules: { "plain-comments": plainComments } } },
    rules: {
      "house/plain-comments": "error",
      "@typescript-eslint/no-floating-promises": [
        "error",
        {
          allowForKnownSafeCalls: [
            { from: "package", package: "node:test", name: ["test", "describe", "it", "suite"] },
          ],
        },
      ],
      "@typescript-eslint/switch-exhaustiveness-check": "error",
      "max-lines": ["error", { max: 250 }],
    },
  },
  ...Object.entries(mayImport).map(([from, allowed]) => ({
    files: [from.includes(".") ? from : `${from}/**/*.ts`],
    rules: {
      "no-restricted-imports": [
        "error",
        {
          patterns: Object.keys(mayImport)
            .filter((folder) => folder !== from && !allowed.includes(folder))
            .map((folder) => ({
              regex: `^(\\.\\.?/)+${folder}(/|$)`,
              message: `${from} must not import from ${folder}.`,
            })),
        },
      ],
    },
  })),
  {
    // They stand for programs of others, so they know nothing of ours.
    files: ["sandbox/plugins/**/*.ts", "sandbox/emulators/{argocd,github}/**/*.ts"],
    rules: {
      "no-restricted-imports": [
        "error",
        {
          patterns: [
            {
              regex: `^(\\.\\.?/)+(${[...Object.keys(mayImport).filter((folder) => folder !== "lib"), ...rooms].join("|")})(/|$)`,
              message: "Emulators and stand-in plugins import from lib alone.",
            },
          ],
        },
      ],
    },
  },
  { files: ["**/*.{js,mjs}"], languageOptions: { globals: { process: "readonly", console: "readonly" } } },
);
