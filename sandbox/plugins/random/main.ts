import type { Plugin } from "../protocol/plugin.ts";
import { refusal, serve } from "../protocol/server.ts";
import { versionOf } from "../protocol/version.ts";
import { randomType, served } from "./types.ts";

/** Stands in for Pulumi's random plugin: the same inputs, outputs and ids, from the operating system's randomness. */
const plugin: Plugin = {
  name: "random",
  version: versionOf("random"),
  configure: () => undefined,
  resourceType: (token) => {
    const type = randomType(token);
    if (!type) throw new Error(refusal(plugin, `${token} (only ${served.join(", ")})`));
    return type;
  },
};

await serve(plugin);
