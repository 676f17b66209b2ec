import type pg from "pg";
import { withClient } from "../../../lib/postgres/postgres.ts";
import { databaseUrl } from "../../../lib/postgres/url.ts";
import { percentEncoded } from "../../../lib/text/percentEncoded.ts";
import { allow } from "../protocol/targets.ts";
import { textOf, type Properties } from "../protocol/values.ts";

/** The database server that the provider's settings name. */
export class Server {
  readonly #settings: Properties;
  readonly #host: string;
  readonly #port: string;

  constructor(settings: Properties) {
    this.#settings = settings;
    this.#host = textOf(settings["host"]) || "localhost";
    this.#port = textOf(settings["port"]) || "5432";
  }

  /** @throws when it is not the sandbox's and nothing allows it */
  guard(): void {
    allow("postgresql", `${this.#host}:${this.#port}`);
  }

  /** Runs `use` in a session of its own, on the provider's database or another one. */
  session<T>(use: (client: pg.Client) => Promise<T>, database?: string): Promise<T> {
    this.guard();
    return withClient(this.#url(database), { applicationName: "mesh-six stand-in" }, use);
  }

  #url(database: string | undefined): string {
    const setting = (name: string) => textOf(this.#settings[name]);
    const address = databaseUrl({
      host: this.#host,
      port: Number(this.#port),
      user: setting("username") || "postgres",
      password: setting("password"),
      name: database ?? (setting("database") || "postgres"),
    });
    const certificate = setting("sslrootcert");
    const query = {
      sslmode: setting("sslmode") || setting("sslMode") || "require",
      ...(certificate === "" ? {} : { sslrootcert: certificate }),
    };
    const pairs = Object.entries(query).map(([name, value]) => `${name}=${percentEncoded(value)}`);
    return `${address}?${pairs.join("&")}`;
  }
}
