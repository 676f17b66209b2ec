import { Repository } from "@pulumi/github/repository.js";
import * as pulumi from "@pulumi/pulumi";
import type { BoardInputs } from "../providers/projectBoard/model.ts";
import { ProjectBoard } from "../providers/projectBoard/resource.ts";
import { RepositoryContents } from "../providers/repositoryContents/resource.ts";
import { templateDigest } from "../providers/repositoryContents/template.ts";

/** The inputs of a repository's board that come from the settings. */
type BoardArgs = Pick<
  BoardInputs,
  | "title"
  | "shortDescription"
  | "readme"
  | "public"
  | "statusOptions"
  | "statusRenames"
  | "statusMoves"
  | "fields"
  | "views"
  | "keepWorkflows"
>;

export interface GitHubProjectArgs {
  /** Organization that owns repository and board. */
  readonly organization: string;
  /** Name of the repository. */
  readonly repository: string;
  /** Name of the repository, and of this resource, before it was renamed. @default "" */
  readonly renamedFrom?: string;
  /** Whether the stack has this resource already, under its name or the one before. @default false */
  readonly isHeld?: boolean;
  readonly description: string;
  readonly public: boolean;
  /** Instead of `public`; `internal` shows it to the members of an enterprise. */
  readonly visibility?: "public" | "private" | "internal" | undefined;
  /** The branch the template's files go to; the one GitHub makes with the repository gets its name. */
  readonly branch: string;
  /** Folder below `templates/` the repository is seeded with; empty for none. */
  readonly template: string;
  /** Tag on the seed. */
  readonly tag: string;
  /** Move the tag to the seed's commit when it is elsewhere; otherwise it stays. */
  readonly moveTag: boolean;
  readonly board: BoardArgs;
  /** Take over a repository, files, a tag and a board that are there already. */
  readonly adopt: boolean;
  /** Delete repository and board when the entry goes; otherwise they stay, as those that are taken over always do. */
  readonly deleteOnDestroy: boolean;
  /** Name of the repository whose board's ids the receiver gets. */
  readonly receiver?: string;
  /** Its name before, where it was renamed. */
  readonly receiverRenamedFrom?: string;
}

/** The properties that people decide for a repository that was theirs first. */
const theirs = [
  "allowAutoMerge",
  "allowMergeCommit",
  "allowRebaseMerge",
  "allowSquashMerge",
  "allowUpdateBranch",
  "autoInit",
  "deleteBranchOnMerge",
  "description",
  "hasDiscussions",
  "hasDownloads",
  "hasIssues",
  "hasProjects",
  "hasWiki",
  "homepageUrl",
  "mergeCommitMessage",
  "mergeCommitTitle",
  "pages",
  "securityAndAnalysis",
  "squashMergeCommitMessage",
  "squashMergeCommitTitle",
  "template",
  "topics",
  "visibility",
  "vulnerabilityAlerts",
  "webCommitSignoffRequired",
];

/**
 * A repository with its first contents, and its board.
 *
 * @example
 * const project = new GitHubProject("gwa-test-app", {
 *   organization: "bto-labs", repository: "gwa-test-app", description: "…", public: true, branch: "main",
 *   template: "gwa-test-app", tag: "baseline", moveTag: false, board, adopt: false, deleteOnDestroy: false,
 * }, { provider });
 */
export class GitHubProject extends pulumi.ComponentResource {
  /** Address of the repository for people and git. */
  readonly repositoryUrl: pulumi.Output<string>;
  /** GraphQL node id of the board. */
  readonly boardId: pulumi.Output<string>;
  readonly boardUrl: pulumi.Output<string>;
  /** Field ids under the names that the workflow engine knows: status, sessionId… */
  readonly fieldIds: pulumi.Output<Record<string, string>>;
  /** Steps left to do by hand. */
  readonly checklist: pulumi.Output<readonly string[]>;

  constructor(name: string, args: GitHubProjectArgs, opts?: pulumi.ComponentResourceOptions) {
    // Policies do not see retainOnDelete; they read it here.
    const retain = args.adopt || !args.deleteOnDestroy;
    const { organization, renamedFrom = "" } = args;
    // The children's names begin with this one's, and so do their aliases.
    const aliases = renamedFrom === "" ? [] : [{ name: renamedFrom }];
    super("mesh-six:components:GitHubProject", name, { retain }, pulumi.mergeOptions(opts, { aliases }));
    const fullName = `${organization}/${args.repository}`;

    const repository = new Repository(
      `${name}-repository`,
      {
        name: args.repository,
        description: args.description,
        visibility: args.visibility ?? (args.public ? "public" : "private"),
        autoInit: true,
        hasIssues: true,
      },
      {
        parent: this,
        retainOnDelete: retain,
        ...(args.adopt ? { ignoreChanges: theirs } : {}),
        // One that the stack has needs none. The state knows a renamed one by its first name, and the engine takes an
        // import by another for a replacement, with the deletion of "the old one".
        ...(args.adopt && args.isHeld !== true ? { import: args.repository } : {}),
      },
    );

    if (args.template !== "") {
      const template = `templates/${args.template}`;
      new RepositoryContents(
        `${name}-contents`,
        {
          repository: fullName,
          branch: args.branch,
          template,
          digest: digestOnce(template),
          tag: args.tag,
          // Defaults are left out, or the state of every repository would repeat them.
          ...(args.adopt ? { adopt: true } : {}),
          ...(args.moveTag ? { moveTag: true } : {}),
          ...(renamedFrom === "" ? {} : { renamedFrom: `${organization}/${renamedFrom}` }),
        },
        { parent: this, dependsOn: repository },
      );
    }

    const board = new ProjectBoard(
      `${name}-board`,
      {
        ...args.board,
        owner: organization,
        repository: fullName,
        repositoryId: repository.nodeId,
        // The state keeps the name under which the plugin has made it, and by that the plugin deletes it.
        repositoryKnownAs: repository.id.apply((id) =>
          id.toLowerCase() === args.repository.toLowerCase() ? undefined : id,
        ),
        adopt: args.adopt,
        deleteOnDestroy: args.deleteOnDestroy,
        ...(args.receiver === undefined ? {} : { receiver: args.receiver }),
        ...(args.receiverRenamedFrom === undefined ? {} : { receiverRenamedFrom: args.receiverRenamedFrom }),
      },
      { parent: this },
    );

    this.repositoryUrl = repository.htmlUrl;
    this.boardId = board.projectId;
    this.boardUrl = board.url;
    this.fieldIds = pulumi
      .all([board.statusFieldId, board.fieldIds])
      .apply(([status, fields]) => engineFieldIds(status, fields));
    this.checklist = board.checklist;
    // They are its children's, and with them in the state already.
    this.registerOutputs({});
  }
}

const digests = new Map<string, string>();

/** A hundred entries with one template read its files once. */
function digestOnce(template: string): string {
  const digest = digests.get(template) ?? templateDigest(template);
  digests.set(template, digest);
  return digest;
}

/** `Session ID` is `sessionId` to the workflow engine. */
export function engineFieldIds(
  status: string,
  fields: Readonly<Record<string, string>>,
): Record<string, string> {
  const camel = (name: string) =>
    name
      .split(/[^A-Za-z0-9]+/)
      .filter((word) => word !== "")
      .map((word, i) =>
        i === 0 ? word.toLowerCase() : word.charAt(0).toUpperCase() + word.slice(1).toLowerCase(),
      )
      .join("");
  return { status, ...Object.fromEntries(Object.entries(fields).map(([name, id]) => [camel(name), id])) };
}
