import type { GitHub } from "../../../lib/github/client.ts";
import type { BoardInputs, BoardOutputs } from "../model.ts";
import { repositoryNow } from "./find.ts";
import { sameName } from "./marker.ts";
import { whichRepository } from "../queries.ts";

/** Whether the board's repository stays when its entry goes (components/githubProject.ts declares it so). */
export function keepsRepository({ adopt, deleteOnDestroy }: BoardInputs): boolean {
  return adopt || !deleteOnDestroy;
}

/**
 * Refuses the end of a repository that was renamed. GitHub's plugin deletes it by the name in the state, after the
 * board; GitHub leads from that name to the new one, which can be another entry's by now, or people have made another
 * repository of that name.
 */
export async function refuseRenamed(
  github: GitHub,
  { repository, repositoryId, repositoryKnownAs }: BoardOutputs,
): Promise<void> {
  const [owner, name] = repository.split("/");
  if (repositoryKnownAs !== undefined) {
    const other = await repositoryNow(github, whichRepository, { owner, name: repositoryKnownAs });
    if (other !== undefined && other.id !== repositoryId)
      throw new Error(
        `repository ${repository}: expected its name of before, ${repositoryKnownAs}, by which GitHub's plugin deletes it, to lead to it, got ${other.nameWithOwner}; rename that one, or keep ${repository}: set adopt: true in its entry and run pulumi up before it goes`,
      );
  }
  const now = await repositoryNow(github, whichRepository, { owner, name });
  if (now === undefined) return;
  if (sameName(now.nameWithOwner, repository)) {
    if (now.id === repositoryId) return;
    throw new Error(
      `repository ${repository}: expected the one with id ${repositoryId} before it is deleted, got another of that name, ${now.id}; to keep it, put the entry back with adopt: true and run pulumi up before it goes`,
    );
  }
  throw new Error(
    `repository ${repository}: expected it under that name before it is deleted, got ${now.nameWithOwner}, to which GitHub leads from there; rename it back, or keep it: put the entry back with adopt: true and run pulumi up before it goes`,
  );
}
