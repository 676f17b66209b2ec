/**
 * The sandbox's container registry.
 * usage: node sandbox/emulators/registry/server.ts CONFIG, a JSON file {port, folder, login: {username, password}}
 */
import { readFileSync } from "node:fs";
import process from "node:process";
import { registryServer, type RegistryOptions } from "./registry.ts";

const config = JSON.parse(readFileSync(process.argv[2] ?? "", "utf8")) as RegistryOptions & {
  readonly port: number;
};
registryServer(config).listen(config.port, "127.0.0.1");
process.on("SIGTERM", () => process.exit(0));
