import type { Plugin } from "../protocol/plugin.ts";
import { refusal, serve } from "../protocol/server.ts";
import { containsUnknown } from "../protocol/values.ts";
import { versionOf } from "../protocol/version.ts";
import { type CatalogueKind, catalogueType } from "./catalogueType.ts";
import { databases } from "./database.ts";
import { extensions } from "./extension.ts";
import { roles } from "./role.ts";
import { Server } from "./server.ts";

const KINDS: Record<string, (server: Server) => CatalogueKind> = {
  "postgresql:index/database:Database": databases,
  "postgresql:index/extension:Extension": extensions,
  "postgresql:index/role:Role": roles,
};

let server: Server | undefined;

/** Stands in for Pulumi's postgresql plugin: roles, databases and extensions, with its inputs, outputs and ids. */
const plugin: Plugin = {
  name: "postgresql",
  version: versionOf("postgresql"),
  configure: (settings) => {
    server = new Server(settings);
    // In a preview the server may be one that this very program makes; then nothing is asked of it.
    if (!containsUnknown(settings)) server.guard();
  },
  resourceType: (token) => {
    const kind = KINDS[token];
    if (!kind) throw new Error(refusal(plugin, `${token} (only ${Object.keys(KINDS).join(", ")})`));
    if (!server) throw new Error("postgresql: expected to be configured before its first use");
    return catalogueType(kind(server));
  },
};

await serve(plugin);
