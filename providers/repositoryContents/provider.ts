import type { ContentsInputs, ContentsOutputs } from "./model.ts";
import { changedInputs } from "../../lib/pulumi/changedInputs.ts";
import { configuredGitHub, GitHubError } from "../../lib/github/client.ts";
import { isUnknown } from "../../lib/pulumi/unknown.ts";
import { convergeContents, otherDefault } from "./convergeContents.ts";
import { whatIsAdded } from "./foresee.ts";
import { NoBranchError, observeRefs } from "./observe.ts";

export { configure } from "../../lib/github/client.ts";

/** Inputs that only say how to go about it: what the template holds is in its digest. */
const manner = ["template", "adopt", "moveTag", "renamedFrom"] as const;

/** Bad inputs; and before a repository is taken over, what that adds to it. */
export async function check(olds: Partial<ContentsInputs> | undefined, news: ContentsInputs) {
  const failed = (reason: string) => ({ inputs: news, failures: [{ property: "repository", reason }] });
  if (isUnknown(news.repository)) return { inputs: news, failures: [] };
  if (!/^[^/\s]+\/[^/\s]+$/.test(news.repository))
    return failed(`expected owner/name, got ${JSON.stringify(news.repository)}`);
  if (news.adopt && olds?.repository === undefined) {
    try {
      // Pulumi shows what a provider prints.
      for (const line of await whatIsAdded(configuredGitHub(), news)) console.log(line);
    } catch (error) {
      if (error instanceof NoBranchError) return failed(error.message);
      // GitHub's refusal is told by the preflight, and by the run itself.
      if (!(error instanceof GitHubError)) throw error;
    }
  }
  return { inputs: news, failures: [] };
}

/** Asks nobody but where the repository's name changed: the state says what was seeded, and what moved since. */
export async function diff(_id: string, olds: ContentsOutputs, news: ContentsInputs) {
  const changed = changedInputs({ ...olds }, news, manner);
  const elsewhere = changed.includes("repository") && !(await isRenamed(olds, news));
  const replaces = changed.filter((key) => (key === "repository" && elsewhere) || key === "branch");
  // Pulumi shows what a provider prints.
  for (const line of movedByHand(olds, news)) console.log(line);
  return {
    changes: changed.length > 0 || isTagWrong(olds, news) || olds.moved !== undefined,
    replaces,
    stables: [],
  };
}

function isTagWrong({ tagCommit, commit }: ContentsOutputs, { moveTag }: ContentsInputs): boolean {
  return tagCommit === "" || (moveTag === true && tagCommit !== commit);
}

/** Whether the repository gets its new name in this update, or GitHub leads to it from the old one. */
async function isRenamed(
  olds: ContentsOutputs,
  { repository, renamedFrom }: ContentsInputs,
): Promise<boolean> {
  if (olds.repository === renamedFrom) return true;
  const now = await observeRefs(configuredGitHub(), olds);
  return now?.repository.toLowerCase() === repository.toLowerCase();
}

/** A line for each that a refresh found moved by hand. An update takes note of it and leaves it where it is. */
function movedByHand(olds: ContentsOutputs, { repository, tag, branch, moveTag }: ContentsInputs): string[] {
  const { tagFrom, defaultBranchFrom } = olds.moved ?? {};
  const short = (commit: string) => commit.slice(0, 10);
  return [
    ...(tagFrom === undefined || moveTag
      ? []
      : [
          `tag ${tag} of ${repository}: moved by hand from ${short(tagFrom)} to ${short(olds.tagCommit)}; it stays there, and moveTag moves it to the seed's commit`,
        ]),
    ...(defaultBranchFrom === undefined
      ? []
      : [
          `repository ${repository}: its default branch was changed by hand from ${defaultBranchFrom} to ${olds.defaultBranch ?? branch}; it stays so, and defaultBranch in the settings says ${branch}`,
        ]),
  ];
}

/** Seeds the repository, or finds that it is seeded. */
export async function create(inputs: ContentsInputs) {
  const outs = await convergeContents(configuredGitHub(), inputs);
  return { id: `${inputs.repository}@${inputs.branch}`, outs };
}

/**
 * Reads where the tag and the default branch are. Files and other branches are people's from the seed on, so theirs is
 * no drift.
 */
export async function read(id: string, props: ContentsOutputs) {
  const found = await observeRefs(configuredGitHub(), props);
  if (!found) return { id: "" };
  const { moved: before, defaultBranch: wasDefault, ...rest } = props;
  const tagCommit = found.tag?.commit ?? "";
  const tagFrom = before?.tagFrom ?? props.tagCommit;
  const defaultBranchFrom = before?.defaultBranchFrom ?? wasDefault ?? props.branch;
  const defaultBranch = found.defaultBranch ?? wasDefault ?? props.branch;
  const moved = {
    ...(tagCommit !== "" && tagFrom !== "" && tagCommit !== tagFrom && { tagFrom }),
    ...(defaultBranch !== defaultBranchFrom && { defaultBranchFrom }),
  };
  const isMoved = Object.keys(moved).length > 0;
  const now = { ...rest, tagCommit, ...otherDefault(defaultBranch, props.branch) };
  return { id, props: isMoved ? { ...now, moved } : now };
}

/** Brings what changed in the template to the files that people left as they were; takes note of what they moved. */
export async function update(_id: string, olds: ContentsOutputs, news: ContentsInputs) {
  const { moved, ...left } = olds;
  if (moved !== undefined && changedInputs({ ...olds }, news, manner).length === 0 && !isTagWrong(olds, news))
    return { outs: left };
  return { outs: await convergeContents(configuredGitHub(), news, left) };
}

/** Leaves everything as it is: it belongs to the repository. */
const remove = () => Promise.resolve();

export { remove as delete };
