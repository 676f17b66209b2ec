import { differences } from "../protocol/differences.ts";
import type { ResourceType } from "../protocol/plugin.ts";
import { textOf, UNKNOWN, type Properties, type Value } from "../protocol/values.ts";
import { type Account, statusOf } from "./account.ts";

/** Inputs that go into a repository's body, by their names in the REST API. */
const BODY: Record<string, string> = {
  allowAutoMerge: "allow_auto_merge",
  allowForking: "allow_forking",
  allowMergeCommit: "allow_merge_commit",
  allowRebaseMerge: "allow_rebase_merge",
  allowSquashMerge: "allow_squash_merge",
  allowUpdateBranch: "allow_update_branch",
  archived: "archived",
  defaultBranch: "default_branch",
  deleteBranchOnMerge: "delete_branch_on_merge",
  description: "description",
  hasDiscussions: "has_discussions",
  hasIssues: "has_issues",
  hasProjects: "has_projects",
  hasWiki: "has_wiki",
  homepageUrl: "homepage",
  isTemplate: "is_template",
  mergeCommitMessage: "merge_commit_message",
  mergeCommitTitle: "merge_commit_title",
  name: "name",
  squashMergeCommitMessage: "squash_merge_commit_message",
  squashMergeCommitTitle: "squash_merge_commit_title",
  visibility: "visibility",
  webCommitSignoffRequired: "web_commit_signoff_required",
};

/** Used at the creation only: GitHub does not say afterwards what they were. */
const FIRST: Record<string, string> = {
  autoInit: "auto_init",
  gitignoreTemplate: "gitignore_template",
  licenseTemplate: "license_template",
};

/** Defaults that the official plugin fills in and notes in `__defaults`. */
const DEFAULTS: Properties = {
  allowMergeCommit: true,
  allowRebaseMerge: true,
  allowSquashMerge: true,
  mergeCommitMessage: "PR_TITLE",
  mergeCommitTitle: "MERGE_MESSAGE",
  squashMergeCommitMessage: "COMMIT_MESSAGES",
  squashMergeCommitTitle: "COMMIT_OR_PR_TITLE",
};

/** The meaning of an absent input for the official plugin. */
const ABSENT: Properties = {
  allowAutoMerge: false,
  allowUpdateBranch: false,
  archived: false,
  deleteBranchOnMerge: false,
  description: "",
  hasDiscussions: false,
  hasIssues: false,
  hasProjects: false,
  hasWiki: false,
  homepageUrl: "",
  isTemplate: false,
  webCommitSignoffRequired: false,
};

/** The official plugin's outputs that are not served here. */
const UNSERVED: Properties = {
  etag: "",
  ignoreVulnerabilityAlertsDuringRead: false,
  pages: null,
  securityAndAnalysis: null,
  sourceOwner: "",
  sourceRepo: "",
  template: null,
  vulnerabilityAlerts: null,
};

const INPUTS = new Set([...Object.keys(BODY), ...Object.keys(FIRST), "archiveOnDestroy", "topics"]);

/** github:index/repository:Repository */
export function repositories(account: Account): ResourceType {
  const of = (outputs: Properties) => ({ owner: account.owner, repo: outputs["name"] ?? "" });
  const setTopics = async (inputs: Properties) => {
    if (Array.isArray(inputs["topics"])) {
      await account.rest("PUT /repos/{owner}/{repo}/topics", { ...of(inputs), names: inputs["topics"] });
    }
  };
  const found = async (known: Properties): Promise<Properties> => {
    const live = await account.rest("GET /repos/{owner}/{repo}", of(known));
    return outputsOf(live, known);
  };

  return {
    check({ news, olds, name, randomSeed }) {
      const missing = Object.entries(DEFAULTS).filter(([key]) => news[key] === undefined);
      const defaults = missing.map(([key]) => key);
      let named = news["name"];
      if (named === undefined) {
        const before = Array.isArray(olds["__defaults"]) && olds["__defaults"].includes("name");
        named =
          (before ? olds["name"] : undefined) ??
          `${name}-${Buffer.from(randomSeed).toString("hex").slice(0, 7)}`;
        defaults.push("name");
      }
      const failures = Object.keys(news)
        .filter((key) => !INPUTS.has(key) && !key.startsWith("__"))
        .map((property) => ({ property, reason: "the stand-in does not serve it; use the official plugin" }));
      const inputs = { ...Object.fromEntries(missing), ...news, name: named, __defaults: defaults.sort() };
      return { inputs, failures };
    },

    diff: ({ olds, news }) => ({
      differences: differences(settled(olds, olds), settled(news, olds)),
      replaces: () => false,
    }),

    async create({ inputs, preview }) {
      if (preview) return { id: "", outputs: { ...ABSENT, ...comparable(inputs), ...unknown } };
      const { defaultBranch, archived, ...rest } = { ...ABSENT, ...inputs };
      const body = { ...bodyOf(rest, FIRST), ...bodyOf(rest, BODY) };
      await account
        .rest("POST /orgs/{org}/repos", { org: account.owner, ...body })
        .catch((error: unknown) => {
          if (statusOf(error) !== 422) throw error;
          throw new Error(
            `Repository ${account.owner}/${textOf(inputs["name"])} cannot be created: ${String((error as Error).message)}. ` +
              "If it exists already, import it or name another.",
            { cause: error },
          );
        });
      await setTopics(inputs);
      // As the official plugin does: some of these are not taken at the creation.
      await account.rest("PATCH /repos/{owner}/{repo}", {
        ...of(inputs),
        has_downloads: false,
        ...(defaultBranch !== undefined && { default_branch: defaultBranch }),
        ...(archived === true && { archived }),
      });
      return { id: textOf(inputs["name"]), outputs: await found(inputs) };
    },

    async read({ id, olds, oldInputs }) {
      const known = { name: id, ...olds };
      const live = await account.find("GET /repos/{owner}/{repo}", of(known));
      if (!live) return undefined;
      const outputs = outputsOf(live, known);
      const given = Object.keys(comparable(oldInputs));
      const keys = given.length > 0 ? given : [...Object.keys(BODY), "topics"];
      const kept = keys.filter((key) => outputs[key] !== undefined && outputs[key] !== null);
      const inputs = kept.map((key): [string, Value] => [key, outputs[key] ?? null]);
      return {
        id,
        outputs,
        inputs: { ...Object.fromEntries(inputs), __defaults: oldInputs["__defaults"] ?? [] },
      };
    },

    async update({ olds, news, preview }) {
      if (preview) return { ...olds, ...comparable(news) };
      const changed = new Set(
        differences(settled(olds, olds), settled(news, olds)).map(({ path }) => path.split(/[.[]/)[0] ?? ""),
      );
      const wanted = Object.entries(settled(news, olds)).filter(([key]) => changed.has(key));
      const body = bodyOf(Object.fromEntries(wanted), BODY);
      if (Object.keys(body).length > 0)
        await account.rest("PATCH /repos/{owner}/{repo}", { ...of(olds), ...body });
      if (changed.has("topics")) await setTopics(news);
      return await found({ ...olds, ...news });
    },

    async delete({ olds }) {
      if (olds["archiveOnDestroy"] !== true) return account.remove("DELETE /repos/{owner}/{repo}", of(olds));
      await account.rest("PATCH /repos/{owner}/{repo}", { ...of(olds), archived: true });
    },
  };
}

const unknown: Properties = Object.fromEntries(
  ["fullName", "gitCloneUrl", "htmlUrl", "httpCloneUrl", "nodeId", "repoId", "sshCloneUrl", "svnUrl"].map(
    (key) => [key, UNKNOWN],
  ),
);

function comparable(inputs: Properties): Properties {
  return Object.fromEntries(Object.entries(inputs).filter(([key]) => !key.startsWith("__")));
}

/** The inputs after their defaults: the meaning of absent ones, and the rest as it is. */
function settled(inputs: Properties, live: Properties): Properties {
  const keys = [...Object.keys(BODY), "topics"];
  const values = keys.map((key): [string, Value | undefined] => {
    const value = inputs[key] ?? ABSENT[key] ?? DEFAULTS[key] ?? live[key];
    return [key, key === "topics" && Array.isArray(value) ? value.map(textOf).sort() : value];
  });
  return Object.fromEntries(values.filter((entry): entry is [string, Value] => entry[1] !== undefined));
}

function bodyOf(inputs: Properties, names: Record<string, string>): Properties {
  const body = Object.entries(names).flatMap(([key, name]): [string, Value][] => {
    const value = inputs[key];
    return value === undefined || value === null ? [] : [[name, value]];
  });
  return Object.fromEntries(body);
}

/** The outputs of the official plugin from the REST API's repository. */
function outputsOf(live: Properties, known: Properties): Properties {
  const named = Object.entries(BODY).map(([key, name]): [string, Value] => [
    key,
    live[name] ?? ABSENT[key] ?? known[key] ?? null,
  ]);
  return {
    ...Object.fromEntries(named),
    ...Object.fromEntries(Object.keys(FIRST).map((key): [string, Value] => [key, known[key] ?? null])),
    ...UNSERVED,
    archiveOnDestroy: known["archiveOnDestroy"] ?? null,
    fork: String(live["fork"] === true),
    hasDownloads: live["has_downloads"] ?? false,
    fullName: live["full_name"] ?? "",
    gitCloneUrl: live["git_url"] ?? "",
    htmlUrl: live["html_url"] ?? "",
    httpCloneUrl: live["clone_url"] ?? "",
    id: live["name"] ?? "",
    nodeId: live["node_id"] ?? "",
    primaryLanguage: live["language"] ?? "",
    private: live["private"] ?? false,
    repoId: live["id"] ?? 0,
    sshCloneUrl: live["ssh_url"] ?? "",
    svnUrl: live["svn_url"] ?? "",
    topics: live["topics"] ?? [],
  };
}
