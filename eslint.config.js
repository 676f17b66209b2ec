import eslint from "@eslint/js";
import tseslint from "typescript-eslint";

/** Folders a file may not import from, by the folder it lies in: arrows point one way (docs/architecture.md). */
const forbidden = {
  "components/**": ["policies", "sandbox", "operations", "tests", "bench", "toolchain"],
  "providers/**": ["components", "policies", "sandbox", "operations", "tests", "bench", "toolchain"],
  "policies/**": ["components", "providers", "sandbox", "operations", "tests", "bench", "toolchain"],
  "operations/**": ["sandbox", "tests", "bench"],
  "toolchain/**": ["components", "providers", "sandbox", "operations", "tests", "bench"],
  "sandbox/**": ["tests", "bench"],
  "index.ts": ["policies", "sandbox", "operations", "tests", "bench", "toolchain"],
};

export default tseslint.config(
  { ignores: ["node_modules", ".sandbox", "templates"] },
  eslint.configs.recommended,
  {
    files: ["**/*.ts"],
    extends: [...tseslint.configs.recommendedTypeChecked],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
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
  ...Object.entries(forbidden).map(([from, folders]) => ({
    files: [from.includes("*") ? `${from}/*.ts` : from],
    rules: {
      "no-restricted-imports": [
        "error",
        {
          patterns: folders.map((f) => ({
            regex: `^(\\.\\.?/)+${f}/`,
            message: `${from} may not import from ${f}/.`,
          })),
        },
      ],
    },
  })),
  { files: ["**/*.{js,mjs}"], languageOptions: { globals: { process: "readonly", console: "readonly" } } },
);
