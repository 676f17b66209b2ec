/** The defects of the database, GitHub and the application's overlay. */
import type { TestGitHub } from "../../support/github/testGitHub.ts";
import type { TestSandbox } from "../../support/engine/sandbox.ts";
import { type Defect, type Patient, set } from "./doctorSupport.ts";

/** @param weak - a GitHub, and a token of it that lacks the scope for boards */
export function defectsOfServices(
  sandbox: TestSandbox,
  patient: Patient,
  weak: { readonly github: TestGitHub; readonly token: string },
): readonly Defect[] {
  return [
    {
      what: "a wrong password of the database's administrator",
      check: "database server",
      says: /password authentication failed.*databaseAdminPassword/,
      plant: () => set({}, { "mesh-six:databaseAdminPassword": "wrong" }),
    },
    {
      what: "an administrator who may make no roles",
      check: "database privileges",
      says: /alter role modest createrole createdb/,
      plant: async () => {
        await sandbox.rows("CREATE ROLE modest LOGIN PASSWORD 'may-do-nothing'");
        return set({ databaseAdminUser: "modest" }, { "mesh-six:databaseAdminPassword": "may-do-nothing" });
      },
    },
    {
      what: "pgvector that is not installed",
      check: "database extension vector",
      says: /install pgvector/,
      plant: () => set({ databaseVector: "true" }),
    },
    {
      what: "a migration that was edited after it was applied",
      check: "migrations",
      says: /002_repo_registry\.sql: edited after it was applied/,
      plant: async () => {
        await sandbox.rows(
          "UPDATE mesh_six_infra.migrations SET checksum = 'x' || checksum, digest = 'x' || digest WHERE name = '002_repo_registry.sql'",
        );
        return {};
      },
      heal: () =>
        sandbox.rows(
          "UPDATE mesh_six_infra.migrations SET checksum = substr(checksum, 2), digest = substr(digest, 2) WHERE name = '002_repo_registry.sql'",
        ),
    },
    {
      what: "a table that somebody dropped",
      check: "migrations",
      says: /^agent_task_history: expected in the database.*→ restore it from a backup, or by a new migration/,
      plant: async () => {
        await sandbox.rows("ALTER TABLE agent_task_history RENAME TO by_hand");
        return {};
      },
      heal: () => sandbox.rows("ALTER TABLE by_hand RENAME TO agent_task_history"),
    },
    {
      what: "the program's own role without LOGIN",
      check: "migrations",
      says: /^role mesh_six at .*got role "mesh_six" is not permitted to log in.*→ as the administrator: ALTER ROLE mesh_six/,
      plant: async () => {
        await sandbox.rows("ALTER ROLE mesh_six NOLOGIN");
        return {};
      },
      heal: () => sandbox.rows("ALTER ROLE mesh_six LOGIN"),
    },
    {
      what: "a GitHub out of reach",
      check: "GitHub",
      says: /expected an answer from GitHub, got none/,
      plant: () => set({ githubBaseUrl: "http://127.0.0.1:1" }),
    },
    {
      what: "a token that GitHub does not know",
      check: "GitHub token",
      says: /got 401/,
      plant: () => set({}, { "mesh-six:githubToken": "ghp_nobody" }),
    },
    {
      what: "a token that lacks a scope",
      check: "token for boards",
      says: /expected scope project, got a token without/,
      plant: () => {
        // The board of the second is yet to be made: looking for it takes the scope too.
        const repositories = [{ name: "gwa-test-app", template: "gwa-test-app" }, { name: "second" }];
        const token = { "mesh-six:githubToken": weak.token };
        return set({ githubBaseUrl: weak.github.url, repositories }, token);
      },
    },
    {
      what: "a person as owner of the boards",
      check: "GitHub organization",
      says: /expected an organization, got the user robot/,
      plant: () => set({ githubOrganization: "robot" }),
    },
    {
      what: "a repository of somebody else's",
      check: "repository theirs",
      says: /bto-labs\/theirs: expected none.*set adopt/,
      plant: async () => {
        await fetch(`${patient.status.githubUrl}/api/v3/orgs/bto-labs/repos`, {
          method: "POST",
          headers: { authorization: `Bearer ${patient.status.githubToken}` },
          body: JSON.stringify({ name: "theirs" }),
        });
        return set({
          repositories: [{ name: "gwa-test-app", template: "gwa-test-app" }, { name: "theirs" }],
        });
      },
    },
    {
      what: "an overlay that does not render",
      check: "overlay",
      says: /expected kustomize to render it/,
      plant: async () => {
        const folder = await patient.overlay("kustomization.yaml", "- dapr.yaml", "- gone.yaml");
        return { arguments: ["--overlay", folder] };
      },
    },
    {
      what: "a key of a Secret that nobody provides",
      check: "secrets that services read",
      says: /Secret litellm-secret key apikey for Deployment llm-service: expected that key, got api-key/,
      plant: async () => {
        const folder = await patient.overlay("llm-service.yaml", "key: api-key", "key: apikey");
        return { arguments: ["--overlay", folder] };
      },
    },
    {
      what: "a Secret of the program's that lost a key",
      check: "secrets that services read",
      says: /expected it in the cluster, got none.*pulumi up --refresh/,
      plant: async () => {
        const patch = '[{"op":"remove","path":"/data/api-key"}]';
        await sandbox.kubectl(
          "patch",
          "secret",
          "litellm-secret",
          "-n",
          "mesh-six",
          "--type=json",
          "-p",
          patch,
        );
        return {};
      },
      heal: () => sandbox.operate("up", "--refresh"),
    },
    {
      what: "a scope of actor-statestore that somebody took out",
      check: "workflow services",
      says: /expected project-manager in its scopes.*pulumi up --refresh/,
      plant: async () => {
        const patch = '{"scopes": ["llm-service", "onboarding-service"]}';
        const component = ["component.dapr.io", "actor-statestore", "-n", "mesh-six"];
        await sandbox.kubectl("patch", ...component, "--type=merge", "-p", patch);
        return {};
      },
      heal: () => sandbox.operate("up", "--refresh"),
    },
    {
      what: "a workflow service outside actor-statestore's scopes",
      check: "workflow services",
      says: /expected onboarding-service in its scopes/,
      plant: () => set({ daprActorScopes: ["llm-service", "project-manager"] }),
    },
  ];
}
