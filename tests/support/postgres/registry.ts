import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import * as provider from "../../../providers/registryRow/rowOperations.ts";
import { startPostgres, type TestPostgres } from "./postgres.ts";

const migration = readFileSync(new URL("../../../migrations/002_repo_registry.sql", import.meta.url), "utf8");

export type Props = Parameters<typeof provider.create>[0];

/** A row as `SELECT *` has it. */
export type Stored = Record<string, unknown> & { metadata: Record<string, unknown> };

/** A database with an empty registry. */
export async function registryDatabase(server: TestPostgres): Promise<string> {
  const url = await server.database();
  await server.rows(migration, url);
  return url;
}

/** A server of one test file with an empty registry. */
export interface Registry {
  readonly server: TestPostgres;
  readonly url: string;
  /** The stored row of a service. */
  readonly row: (name: string) => Promise<Stored | undefined>;
  readonly sql: (text: string, ...parameters: unknown[]) => Promise<Record<string, unknown>[]>;
  readonly close: () => Promise<void>;
}

export async function startRegistry(): Promise<Registry> {
  const server = await startPostgres();
  const url = await registryDatabase(server);
  const one = "SELECT * FROM repo_registry WHERE service_name = $1";
  return {
    server,
    url,
    row: async (name) => (await server.rows<Stored>(one, url, [name]))[0],
    sql: (text, ...parameters) => server.rows(text, url, parameters),
    close: () => server.close(),
  };
}

/** The row through check and create, as the engine makes it. */
export async function created(props: Props): Promise<Props> {
  const { inputs, failures } = await provider.check({}, props);
  assert.deepEqual(failures ?? [], []);
  assert.ok(inputs);
  const { outs } = await provider.create(inputs);
  assert.ok(outs);
  return outs;
}

let count = 0;

/** The declaration of a row that no other test has. */
export function declaration(url: string, changes: Partial<Props> = {}): Props {
  return {
    url,
    serviceName: `app-${++count}`,
    repoUrl: "https://github.com/bto-labs/gwa-test-app",
    platform: "github",
    defaultBranch: "main",
    cicdType: "github-actions",
    triggerMethod: "project-board",
    boardId: "PVT_1",
    metadata: {
      owner: "bto-labs",
      repo: "gwa-test-app",
      deployUrl: "https://test-app.bto.bar",
      projectFieldIds: { status: "F1", sessionId: "F2", podName: "F3", workflowId: "F4", priority: "F5" },
    },
    onDelete: "retain",
    ...changes,
  };
}

export function without(props: Props, ...keys: (keyof Props)[]): Props {
  return Object.fromEntries(
    Object.entries(props).filter(([key]) => !keys.includes(key as keyof Props)),
  ) as Props;
}
