import type pg from "pg";
import { withClient } from "../../../lib/postgres/postgres.ts";
import { allow } from "../protocol/targets.ts";
import { textOf, type Properties } from "../protocol/values.ts";

/** The database server that the provider's settings name. */
export class Server {
  readonly #url: URL;
  readonly #address: string;

  constructor(settings: Properties) {
    const host = textOf(settings["host"]) || "localhost";
    const port = textOf(settings["port"]) || "5432";
    this.#address = `${host}:${port}`;
    this.#url = new URL(`postgres://${host.includes(":") ? `[${host}]` : host}:${port}/`);
    this.#url.username = encodeURIComponent(textOf(settings["username"]) || "postgres");
    this.#url.password = encodeURIComponent(textOf(settings["password"]));
    this.#url.pathname = `/${encodeURIComponent(textOf(settings["database"]) || "postgres")}`;
    this.#url.searchParams.set("sslmode", textOf(settings["sslmode"] ?? settings["sslMode"]) || "require");
    const certificate = textOf(settings["sslrootcert"]);
    if (certificate !== "") this.#url.searchParams.set("sslrootcert", certificate);
  }

  /** @throws when it is not the sandbox's and nothing allows it */
  guard(): void {
    allow("postgresql", this.#address);
  }

  /** Runs `use` in a session of its own, on the provider's database or another one. */
  session<T>(use: (client: pg.Client) => Promise<T>, database?: string): Promise<T> {
    this.guard();
    const url = new URL(this.#url);
    if (database !== undefined) url.pathname = `/${encodeURIComponent(database)}`;
    return withClient(url.href, { applicationName: "mesh-six stand-in" }, use);
  }
}
