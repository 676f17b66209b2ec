import type { Contents, ContentsInputs, ContentsOutputs, Entry } from "./model.ts";
import type { TemplateFile } from "./template.ts";
import { type GitHub, GitHubError, LostAnswerError } from "../../lib/github/client.ts";
import { commit as commitFiles } from "./commit.ts";
import { NoBranchError, observe, trailer } from "./observe.ts";
import { filesOfTemplate } from "./template.ts";

/** The number of times that the repository is read: again after a lost answer, or when the branch moved meanwhile. */
const rounds = 4;

const createRef = `
  mutation CreateTag($input: CreateRefInput!) { createRef(input: $input) { clientMutationId } }`;
const updateRef = `
  mutation MoveTag($input: UpdateRefInput!) { updateRef(input: $input) { clientMutationId } }`;

/**
 * Seeds a repository: whatever of the template is missing, in one commit, and the tag on it.
 *
 * A file people changed is never overwritten; after a seed they may change and delete all of it.
 *
 * @param olds - what an earlier run left, when there was one
 * @throws Error which names the files that stand in the way
 */
export async function convergeContents(
  github: GitHub,
  inputs: ContentsInputs,
  olds?: ContentsOutputs,
): Promise<ContentsOutputs> {
  const files = filesOfTemplate(inputs.template);
  let seeded: Seed | undefined;
  for (let round = 1; ; round += 1) {
    try {
      const contents = await mustBeThere(github, inputs, files, olds);
      // A repository that was made again under the name holds nothing of an earlier run.
      const left = contents.earlier === undefined ? undefined : olds;
      seeded ??= contents.seed
        ? { commit: contents.seed, theirs: theirsOf(files, contents, [], left) }
        : await seed(github, inputs, files, contents, left);
      const { commit, theirs } = seeded;
      const tagCommit = await pinTag(github, inputs, contents, commit, left !== undefined);
      const { repository, branch, digest, tag } = inputs;
      return {
        repository,
        branch,
        digest,
        tag,
        commit,
        tagCommit,
        ...(theirs.length > 0 && { theirs }),
        ...otherDefault(contents.defaultBranch, branch),
      };
    } catch (error) {
      const again = error instanceof LostAnswerError || isStale(error);
      if (!again || round === rounds) throw error;
    }
  }
}

/** The default branch where it is another; unknown is the same. */
export function otherDefault(
  defaultBranch: string | undefined,
  branch: string,
): Pick<ContentsOutputs, "defaultBranch"> {
  return defaultBranch === undefined || defaultBranch === branch ? {} : { defaultBranch };
}

async function mustBeThere(
  github: GitHub,
  inputs: ContentsInputs,
  files: readonly TemplateFile[],
  olds: ContentsOutputs | undefined,
): Promise<Contents> {
  const paths = files.map(({ path }) => path);
  const look = () => observe(github, inputs, paths, olds?.commit);
  const contents = await look().catch(async (error: unknown) => {
    const isNew = error instanceof NoBranchError && !inputs.adopt && !olds ? error.isNew : undefined;
    if (isNew === undefined) throw error;
    // The organization has chosen its name, and nobody works on it yet.
    await renameBranch(github, inputs, isNew);
    return look();
  });
  if (contents) return contents;
  throw new Error(
    `contents of ${inputs.repository}: the repository is not there, or hidden from the token; check its name and the token's access`,
  );
}

async function renameBranch(
  github: GitHub,
  { repository, branch }: ContentsInputs,
  now: string,
): Promise<void> {
  const [owner, repo] = repository.split("/");
  const route = "POST /repos/{owner}/{repo}/branches/{now}/rename";
  await github.rest(route, { owner, repo, now, new_name: branch });
}

/** The commit that holds the template, and the files in it that are people's. */
type Seed = Pick<ContentsOutputs, "commit"> & Required<Pick<ContentsOutputs, "theirs">>;

/** Whether an entry is the template's file; people may make an ordinary file executable. */
function isSame({ oid, mode }: TemplateFile, entry: Entry | undefined): boolean {
  if (entry?.oid !== oid) return false;
  return mode === "100644" ? entry.mode !== "120000" : entry.mode === mode;
}

function isUntouched(path: string, { now, earlier }: Contents): boolean {
  const [there, before] = [now.get(path), earlier?.get(path)];
  return there?.oid === before?.oid && there?.mode === before?.mode;
}

function fits({ path }: TemplateFile, { filesForFolders }: Contents): boolean {
  return !filesForFolders.some((file) => path.startsWith(`${file}/`));
}

/** The paths that are people's once the given files are added: all others that differ from the template. */
function theirsOf(
  files: readonly TemplateFile[],
  contents: Contents,
  additions: readonly TemplateFile[],
  olds: ContentsOutputs | undefined,
): readonly string[] {
  const left = files.filter(
    (file) => !isSame(file, contents.now.get(file.path)) && !additions.includes(file) && fits(file, contents),
  );
  // A file that has left the template may come back into it.
  const others = (olds?.theirs ?? []).filter((theirs) => !files.some(({ path }) => path === theirs));
  return [...left.map(({ path }) => path), ...others];
}

/** The files that a seed adds or brings up to date, and those of people's that stand in its way. */
export function planSeed(
  inputs: ContentsInputs,
  files: readonly TemplateFile[],
  contents: Contents,
  olds?: ContentsOutputs,
): { readonly additions: readonly TemplateFile[]; readonly inTheWay: readonly string[] } {
  const { isNew, now, earlier, filesForFolders } = contents;
  const kept = new Set(olds?.theirs);
  const missing = files.filter(
    (file) => !now.has(file.path) && !earlier?.has(file.path) && !kept.has(file.path) && fits(file, contents),
  );
  const other = files.filter((file) => now.has(file.path) && !isSame(file, now.get(file.path)));
  const isNobodys = isNew && !olds && !inputs.adopt;
  const untouched = other.filter(({ path }) => isNobodys || (isUntouched(path, contents) && !kept.has(path)));
  const changed = other.filter((file) => !untouched.includes(file)).map(({ path }) => path);
  return { additions: [...missing, ...untouched], inTheWay: [...changed, ...filesForFolders] };
}

async function seed(
  github: GitHub,
  inputs: ContentsInputs,
  files: readonly TemplateFile[],
  contents: Contents,
  olds: ContentsOutputs | undefined,
): Promise<Seed> {
  const { additions, inTheWay } = planSeed(inputs, files, contents, olds);
  if (inTheWay.length > 0 && !olds && !inputs.adopt) {
    throw new Error(
      `contents of ${inputs.repository}: ${inTheWay.join(", ")} on ${inputs.branch} differ from the template and were not made by this program; set adopt to leave them as they are, or move them away`,
    );
  }
  const theirs = theirsOf(files, contents, additions, olds);
  if (additions.length === 0) return { commit: olds?.commit ?? contents.head, theirs };
  const [, name] = inputs.repository.split("/");
  const commit = await commitFiles(github, inputs, contents, additions, {
    headline: olds ? `Update ${name} to its template` : `Seed ${name} from its template`,
    body: trailer(inputs.digest),
  });
  return { commit, theirs };
}

/** @returns the commit the tag is on */
async function pinTag(
  github: GitHub,
  inputs: ContentsInputs,
  { repositoryId, tag }: Contents,
  commit: string,
  update: boolean,
): Promise<string> {
  if (!tag) {
    const input = { repositoryId, name: `refs/tags/${inputs.tag}`, oid: commit };
    await github.mutate(createRef, { input }, { repository: inputs.repository });
    return commit;
  }
  if (tag.commit === commit) return commit;
  if (inputs.moveTag) {
    const input = { refId: tag.id, oid: commit, force: true };
    await github.mutate(updateRef, { input }, { repository: inputs.repository });
    return commit;
  }
  // An earlier baseline stays what test runs reset to until somebody says otherwise.
  if (update || inputs.adopt) return tag.commit;
  throw new Error(
    `tag ${inputs.tag} of ${inputs.repository}: expected none or one on ${commit.slice(0, 10)}, got one on ${tag.commit.slice(0, 10)}; set adopt to keep it, moveTag to move it, or name another tag`,
  );
}

/** Whether the branch moved between the look at it and the commit. */
function isStale(error: unknown): boolean {
  return (
    error instanceof GitHubError &&
    /expected branch to point to|stale|not a fast.forward/i.test(error.message)
  );
}
