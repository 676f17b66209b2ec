import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { createWriteStream } from "node:fs";
import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";
import { after, before, describe, test, type TestContext } from "node:test";
import { promisify } from "node:util";
import { resolveToolchain, type Toolchain } from "../../toolchain/resolve.ts";
import { migrationFolder } from "../support/postgres/migrations.ts";
import { migrationStack } from "../support/postgres/migrationStack.ts";
import { startPostgres, type TestPostgres } from "../support/postgres/postgres.ts";

/* Files as long as a dump: the processes that plan and apply them stay small. */

const recorder = join(import.meta.dirname, "../support/postgres/recordMemory.mjs");
const command = join(import.meta.dirname, "../../operations/migrations.ts");
const most = 500;

let toolchain: Toolchain;
let server: TestPostgres;
before(async () => {
  toolchain = await resolveToolchain({ progress: () => undefined, installPlugins: false });
  server = await startPostgres();
});
after(() => server.close());

/** Makes each Node process of an environment note its memory. */
class Memory {
  readonly #folder: string;
  readonly environment: Readonly<Record<string, string>>;

  private constructor(folder: string) {
    this.#folder = folder;
    this.environment = { NODE_OPTIONS: `--import=${recorder}`, MESH_SIX_MEMORY: folder };
  }

  static async of(context: TestContext): Promise<Memory> {
    const folder = await mkdtemp(join(tmpdir(), "mesh-six-memory-"));
    context.after(() => rm(folder, { recursive: true, force: true }));
    return new Memory(folder);
  }

  /** The largest of the processes whose command line holds `name`, in MB; forgets them all. */
  async largest(name: string): Promise<number> {
    const notes = await Promise.all(
      (await readdir(this.#folder)).map((file) => readFile(join(this.#folder, file), "utf8")),
    );
    for (const file of await readdir(this.#folder)) await rm(join(this.#folder, file));
    const sizes = notes
      .filter((note) => note.includes(name))
      .map((note) => Number(note.split(" ")[0]) / 1000);
    assert.ok(sizes.length > 0, `expected a process of ${name}, got ${notes.join("; ") || "none"}`);
    return Math.round(Math.max(...sizes));
  }
}

/** Writes a file of so many statements, about a hundred characters each. */
async function writeRows(path: string, statements: number, text: string): Promise<void> {
  function* lines(): Generator<string> {
    yield "CREATE TABLE items (id integer, label text);\n";
    for (let at = 1; at < statements; at += 1)
      yield `INSERT INTO items (id, label) VALUES (${at}, 'it''s ${text} of item ${at}');\n`;
  }
  await pipeline(lines, createWriteStream(path));
}

const ascii = "a label that is about as long as labels usually are";
const cyrillic = "надпись примерно той же длины, что и обычные";

describe(`in less than ${most} MB`, () => {
  for (const [size, statements, text] of [
    ["12 MB", 125_000, ascii],
    ["40 MB of two bytes a letter", 280_000, cyrillic],
  ] as const)
    test(`previews, applies and refreshes a file of ${size}`, async (context) => {
      const url = await server.database();
      const directory = await migrationFolder(context, {});
      await writeRows(join(directory, "001_items.sql"), statements, text);
      const memory = await Memory.of(context);
      const { stack } = await migrationStack(
        context,
        toolchain,
        () => ({ url, directory }),
        memory.environment,
      );
      const measure = async (what: string, name: string): Promise<void> => {
        const megabytes = await memory.largest(name);
        context.diagnostic(`${size}: ${what} takes ${megabytes} MB`);
        assert.ok(megabytes < most, `${what}: expected less than ${most} MB, got ${megabytes}`);
      };
      const provider = "dynamic-provider";

      await promisify(execFile)(process.execPath, [command, "status", "--directory", directory], {
        env: { ...process.env, ...memory.environment, DATABASE_URL: url },
      });
      await measure("npm run migrations -- status", "operations/migrations.ts");
      await stack.preview({ color: "never" });
      await measure("the provider in a preview", provider);
      await stack.up({ color: "never" });
      await measure("the provider in up", provider);
      await stack.refresh({ color: "never" });
      await measure("the provider in a refresh", provider);

      const [row] = await server.rows<{ rows: number; last: string; applied: boolean; length: number }>(
        `SELECT count(*)::integer AS rows, max(label) FILTER (WHERE id = ${statements - 1}) AS last,
           (SELECT digest = encode(sha256(convert_to(sql, 'UTF8')), 'hex') AND completed_statements = ${statements}
            FROM mesh_six_infra.migrations) AS applied FROM items`,
        url,
      );
      assert.deepEqual(row, {
        rows: statements - 1,
        last: `it's ${text} of item ${statements - 1}`,
        applied: true,
      });
    });
});
