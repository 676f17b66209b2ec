import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";

/** Migrations of one public project, at a commit. */
interface Project {
  /** `owner/name` on github.com. */
  readonly repository: string;
  readonly commit: string;
  /** The folder with the files. */
  readonly folder: string;
}

const projects: readonly Project[] = [
  {
    repository: "rust-lang/crates.io",
    commit: "57fa000662f511321daa61e6769f190ea0e80771",
    folder: "migrations",
  },
  {
    repository: "LemmyNet/lemmy",
    commit: "439734dd638a2c06a2f907beab7dcf4646e88f86",
    folder: "migrations",
  },
  {
    repository: "langfuse/langfuse",
    commit: "62751446149b702b419a9292ddfc2280cdf74b8c",
    folder: "packages/shared/prisma/migrations",
  },
  {
    repository: "concourse/concourse",
    commit: "95872ce1a3af6fc0c4ab7f23658ec81f3e778d7c",
    folder: "atc/db/migration/migrations",
  },
  {
    repository: "documenso/documenso",
    commit: "75330166cc00b29c14399bc2e391e4b4d8080c00",
    folder: "packages/prisma/migrations",
  },
  {
    repository: "supabase/storage",
    commit: "4fa61fba9371c4bd40cbb81509f07bcb3af21683",
    folder: "migrations/tenant",
  },
  {
    repository: "atuinsh/atuin",
    commit: "824c8716d82bed774ee6a83c683087ae77715814",
    folder: "crates/atuin-server-postgres/migrations",
  },
  {
    repository: "umami-software/umami",
    commit: "c0ea3aefbee7a3429ee2f824b06dc4a9dbe0b7e1",
    folder: "prisma/migrations",
  },
];

/** Folders of the projects' migrations, fetched by git where they are not in `cache` yet. */
export function fetchProjects(cache: string): string[] {
  return projects.map(({ repository, commit, folder }) => {
    const place = join(cache, `${repository.replace("/", "-")}-${commit.slice(0, 12)}`);
    if (!existsSync(place)) {
      const draft = `${place}.unfinished`;
      rmSync(draft, { recursive: true, force: true });
      mkdirSync(draft, { recursive: true });
      const git = (...args: string[]): void =>
        void execFileSync("git", ["-C", draft, ...args], { stdio: ["ignore", "ignore", "inherit"] });
      console.log(`fetching ${repository} at ${commit}`);
      git("init", "--quiet");
      git("remote", "add", "origin", `https://github.com/${repository}`);
      // Contents come with the checkout, and only those of the folder.
      git("config", "remote.origin.promisor", "true");
      git("config", "gc.auto", "0");
      git("fetch", "--quiet", "--depth", "1", "--filter=blob:none", "origin", commit);
      git("checkout", "--quiet", commit, "--", folder);
      renameSync(draft, place);
    }
    return join(place, folder);
  });
}
