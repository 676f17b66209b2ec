/** A database in managed mode, at an address and by a name that change between runs. */
import * as pulumi from "@pulumi/pulumi";
import { Database } from "../../../components/database.ts";

const setting = (name: string) => process.env[name] ?? "";

export const { url } = new Database("database", {
  host: setting("DATABASE_HOST"),
  port: Number(setting("DATABASE_PORT")),
  sslMode: "disable",
  adminUser: "postgres",
  adminPassword: pulumi.secret(setting("DATABASE_PASSWORD")),
  adminDatabase: "postgres",
  adminSuperuser: true,
  name: setting("DATABASE_NAME"),
  user: setting("DATABASE_USER"),
  vector: false,
  retain: true,
  found: JSON.parse(setting("DATABASE_FOUND")) as { role: boolean; database: boolean },
});
