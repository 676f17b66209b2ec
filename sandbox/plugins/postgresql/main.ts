import { serve } from "../protocol/server.ts";
import { targetPlugin } from "../protocol/targetPlugin.ts";
import { catalogueType } from "./catalogueType.ts";
import { databases } from "./database.ts";
import { extensions } from "./extension.ts";
import { roles } from "./role.ts";
import { Server } from "./server.ts";

/** Stands in for Pulumi's postgresql plugin: roles, databases and extensions, with its inputs, outputs and ids. */
const plugin = targetPlugin("postgresql", (settings) => new Server(settings), {
  "postgresql:index/database:Database": (server) => catalogueType(databases(server)),
  "postgresql:index/extension:Extension": (server) => catalogueType(extensions(server)),
  "postgresql:index/role:Role": (server) => catalogueType(roles(server)),
});

await serve(plugin);
