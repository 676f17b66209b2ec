import { join } from "node:path";
import { build, findBuilt, openContext, type BuiltBinary } from "./part.ts";
import type { Progress } from "../progress.ts";

const binary: BuiltBinary = {
  name: "actionlint",
  title: "checker of the workflows",
  target: {
    directory: join(import.meta.dirname, "..", "modules", "actionlint"),
    package: "github.com/rhysd/actionlint/cmd/actionlint",
    define: {},
  },
  file: "actionlint",
  links: [],
  memory: 1e9,
  expected: "about 1 min on 2 cores",
};

/** Path of actionlint; or, on a machine that neither has it nor a Go to build it with, why not. */
export async function findActionlint(
  progress: Progress,
): Promise<{ readonly command: string } | { readonly missing: string }> {
  const found = await findBuilt(binary);
  if (found !== undefined) return { command: join(found, binary.file) };
  const context = openContext(progress, new AbortController().signal);
  try {
    await context.go();
  } catch (error) {
    return { missing: (error as Error).message };
  }
  return { command: join(await build(binary, context), binary.file) };
}
