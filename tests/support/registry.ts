import { readFileSync } from "node:fs";
import type * as provider from "../../providers/registryRow/provider.ts";
import type { TestPostgres } from "./postgres.ts";

const migration = readFileSync(new URL("../../migrations/002_repo_registry.sql", import.meta.url), "utf8");

export type Props = Parameters<typeof provider.create>[0];

/** A row as `SELECT *` has it. */
export type Stored = Record<string, unknown> & { metadata: Record<string, unknown> };

/** A database with an empty registry. */
export async function registryDatabase(server: TestPostgres): Promise<string> {
  const url = await server.database();
  await server.rows(migration, url);
  return url;
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
