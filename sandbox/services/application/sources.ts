import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { parse, stringify } from "yaml";
import { ownServices, silentServices } from "../../emulators/meshSix/services/agents.ts";
import { overlayFolder } from "../nodeService.ts";
import type { Change } from "./repository.ts";

/** Path of the overlay in the application's repository. */
const overlayPath = "k8s/overlays/prod";

const inOverlay = [
  "llm-service",
  "onboarding-service",
  "orchestrator",
  "project-manager",
  "webhook-receiver",
];

/** Every service with an image of its own, the dashboard aside. */
export const services: readonly string[] = [
  ...new Set([...inOverlay, ...ownServices, ...silentServices]),
].sort();

const dockerfile = `FROM oven/bun:1.2 AS builder
WORKDIR /app
COPY package.json bun.lock ./
COPY packages/core/package.json ./packages/core/
ARG AGENT_APP=simple-agent
COPY apps/\${AGENT_APP}/package.json ./apps/\${AGENT_APP}/
RUN bun install --production
COPY packages/core/ ./packages/core/
COPY apps/\${AGENT_APP}/ ./apps/\${AGENT_APP}/

FROM oven/bun:1.2-slim
COPY --from=builder /app .
CMD ["bun", "run", "src/index.ts"]
`;

/**
 * A small application of the real one's shape: a workspace with an app for each service, a Dockerfile, an overlay.
 *
 * @param prefix - of every image's name
 */
export function firstSources(prefix: string): Change {
  const apps = services.flatMap((name) => [
    [`apps/${name}/package.json`, `{"name":"@mesh-six/${name}"}\n`],
    [sourceOf(name), source(name, 1)],
  ]);
  return {
    "package.json": '{"workspaces":["packages/*","apps/*"]}\n',
    "bun.lock": "{}\n",
    "tsconfig.json": "{}\n",
    "docker/Dockerfile.agent": dockerfile,
    "packages/core/package.json": '{"name":"@mesh-six/core"}\n',
    "packages/core/src/index.ts": "export {};\n",
    "apps/dashboard/package.json": '{"name":"@mesh-six/dashboard"}\n',
    "apps/dashboard/src/main.ts": "export {};\n",
    "migrations/001_tasks.sql": "CREATE TABLE tasks (id uuid PRIMARY KEY, state text NOT NULL);\n",
    ...(Object.fromEntries(apps) as Change),
    ...overlay(prefix),
  };
}

/** The file that makes up an app. */
function sourceOf(service: string): string {
  return `apps/${service}/src/index.ts`;
}

function source(service: string, version: number): string {
  return `console.log("${service}, version ${String(version)}");\n`;
}

/** File of an app that names what is wrong with its image: `crash`, or a fault of the simulated mesh-six. */
export function faultsOf(service: string): string {
  return `apps/${service}/faults`;
}

/** Names the services and what becomes of them, and a migration that comes with it. */
export function changed(names: readonly string[], version: number): Change {
  return Object.fromEntries(names.map((name) => [sourceOf(name), source(name, version)]));
}

/** An image of the service with something wrong in it. */
export function broken(service: string, fault: string, version: number): Change {
  return { ...changed([service], version), [faultsOf(service)]: `${fault}\n` };
}

function overlay(prefix: string): Change {
  const own = services.filter((name) => !inOverlay.includes(name));
  const there = readdirSync(overlayFolder).map((file) => [
    file,
    readFileSync(join(overlayFolder, file), "utf8").replaceAll(/image: \S+\/mesh-six-/g, `image: ${prefix}-`),
  ]);
  const files = { ...(Object.fromEntries(there) as Record<string, string>) };
  for (const name of own) files[`${name}.yaml`] = deployment(name, prefix);
  const kustomization = parse(files["kustomization.yaml"] ?? "") as { resources: string[] };
  kustomization.resources.push(...own.map((name) => `${name}.yaml`));
  files["kustomization.yaml"] = stringify(kustomization);
  return Object.fromEntries(Object.entries(files).map(([file, text]) => [`${overlayPath}/${file}`, text]));
}

/** Path of the file with a service's objects. */
export function manifestOf(service: string): string {
  return `${overlayPath}/${service}.yaml`;
}

/** Deployment and Service, shaped as the application's. */
export function deployment(name: string, prefix: string, environment: readonly object[] = []): string {
  const labels = { app: name };
  const container = {
    name,
    image: `${prefix}-${name}:latest`,
    ports: [{ name: "http", containerPort: 3000 }],
    env: [{ name: "APP_PORT", value: "3000" }, ...environment],
  };
  const annotations = { "dapr.io/enabled": "true", "dapr.io/app-id": name, "dapr.io/app-port": "3000" };
  const template = { metadata: { labels, annotations }, spec: { containers: [container] } };
  const objects = [
    {
      apiVersion: "apps/v1",
      kind: "Deployment",
      metadata: { name, labels },
      spec: { replicas: 1, selector: { matchLabels: labels }, template },
    },
    {
      apiVersion: "v1",
      kind: "Service",
      metadata: { name },
      spec: { selector: labels, ports: [{ name: "http", port: 80, targetPort: 3000 }] },
    },
  ];
  return objects.map((object) => stringify(object)).join("---\n");
}
