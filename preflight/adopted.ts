import * as pulumi from "@pulumi/pulumi";
import type { GitHub } from "../lib/github/client.ts";
import { unlessMissing } from "../lib/github/errors.ts";
import { existingRepository } from "../lib/github/existing.ts";
import { lineOf, type Problem } from "../lib/text/problem.ts";
import { type GitHubUse, hastyGitHub } from "./githubToken.ts";

/**
 * Checks that a repository can be taken over under the name its entry gives. GitHub answers for one that was renamed or
 * transferred as if it were still there; taken over under its old name, it would be renamed back.
 *
 * @returns undefined where nothing stands against it
 * @throws GitHubError where GitHub does not answer
 */
export async function lookAtAdopted(
  github: GitHub,
  owner: string,
  name: string,
): Promise<Problem | undefined> {
  const expected = `repository ${owner}/${name}: expected one to take over`;
  const found = await unlessMissing(existingRepository(github, owner, name));
  if (found === undefined) {
    return {
      said: `${expected}, got none that the token sees`,
      remedy:
        "correct its name, give the token access to it, or take adopt out of its entry in mesh-six:repositories, by which it is made",
    };
  }
  const [nowOwner = "", nowName = ""] = found.full_name.split("/");
  if (nowOwner.toLowerCase() !== owner.toLowerCase()) {
    return {
      said: `${expected}, got one that is ${found.full_name} now`,
      remedy: `where the organization was renamed: pulumi config set mesh-six:githubOrganization ${nowOwner}; where the repository was transferred: transfer it back, or take its entry out of mesh-six:repositories`,
    };
  }
  if (nowName.toLowerCase() !== name.toLowerCase()) {
    return {
      said: `${expected}, got one that is called ${nowName} now`,
      remedy: `set name: ${nowName} in its entry in mesh-six:repositories`,
    };
  }
  if (found.archived !== true) return undefined;
  return {
    said: `${expected}, got one that is archived, in which nothing can be changed`,
    remedy: "unarchive it in its settings on GitHub",
  };
}

/**
 * Refuses, before the first write, repositories that the settings want taken over and that cannot be: the engine's own
 * import says of one only that it does not exist.
 *
 * @param held - names of the repositories that the stack has already, which are asked for no more
 * @throws pulumi.RunError with a line for each
 */
export async function refuseUnadoptable(
  use: GitHubUse,
  entries: readonly { readonly name: string; readonly renamedFrom: string; readonly adopt: boolean }[],
  held: ReadonlySet<string>,
): Promise<void> {
  const github = hastyGitHub(use);
  const wanted = entries.filter(
    ({ name, renamedFrom, adopt }) => adopt && !held.has(name) && !held.has(renamedFrom),
  );
  const found = await Promise.all(wanted.map(({ name }) => lookAtAdopted(github, use.organization, name)));
  const problems = found.flatMap((one) => (one === undefined ? [] : [lineOf(one)]));
  if (problems.length > 0) throw new pulumi.RunError(problems.join("\n"));
}
