import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";

const agentDockerfile = `FROM bun:1.2 AS builder
WORKDIR /app
COPY package.json bunfig.toml bun.lock* ./
COPY packages/core/package.json ./packages/core/
ARG AGENT_APP=simple-agent
COPY apps/\${AGENT_APP}/package.json ./apps/\${AGENT_APP}/
RUN bun install
COPY tsconfig.json ./
COPY packages/core/ ./packages/core/
COPY apps/\${AGENT_APP}/ ./apps/\${AGENT_APP}/

FROM bun:1.2-slim
COPY --from=builder /app .
`;

/** A repository of the real application's shape: a workspace of apps, one shared package, Dockerfiles. */
export class Application {
  readonly folder = mkdtempSync(join(tmpdir(), "mesh-six-application-"));

  constructor() {
    this.git("init", "--quiet", "--initial-branch=main");
    const files: Record<string, string> = {
      "package.json": '{"workspaces":["packages/*","apps/*"]}\n',
      "bun.lock": "{}\n",
      "bunfig.toml": "\n",
      "tsconfig.json": "{}\n",
      "README.md": "# application\n",
      "docker/Dockerfile.agent": agentDockerfile,
      "docker/Dockerfile.llm-service":
        'FROM bun:1.2\nCOPY ["docker/preload.sh", \\\n  "/usr/local/bin/"]\nCOPY apps/llm-service/ ./\n',
      "docker/preload.sh": "#!/bin/sh\n",
      "packages/core/package.json": "{}\n",
      "packages/core/src/index.ts": "export {};\n",
      "apps/dashboard/package.json": "{}\n",
      "apps/notes/README.md": "no image\n",
    };
    for (const name of ["llm-service", "orchestrator", "simple-agent"]) {
      files[`apps/${name}/package.json`] = "{}\n";
      files[`apps/${name}/src/index.ts`] = `console.log("${name}");\n`;
    }
    this.commit(files);
  }

  read(path: string): string {
    return readFileSync(join(this.folder, path), "utf8");
  }

  /** Writes the files and commits them. @returns the commit */
  commit(files: Readonly<Record<string, string>>, message = "change"): string {
    for (const [path, content] of Object.entries(files)) {
      mkdirSync(dirname(join(this.folder, path)), { recursive: true });
      writeFileSync(join(this.folder, path), content);
    }
    this.git("add", "--all");
    this.git("commit", "--quiet", `--message=${message}`);
    return this.git("rev-parse", "HEAD").trim();
  }

  git(...args: string[]): string {
    const identity = [
      "-c",
      "user.name=Test",
      "-c",
      "user.email=test@example.com",
      "-c",
      "commit.gpgsign=false",
    ];
    return execFileSync("git", ["-C", this.folder, ...identity, ...args], { encoding: "utf8" });
  }

  remove(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }
}
