/** Inputs of the contents resource. */
export interface ContentsInputs {
  /** `owner/name`. */
  readonly repository: string;
  readonly branch: string;
  /** Folder of the template, relative to the project's. */
  readonly template: string;
  /** Digest of the template's files. */
  readonly digest: string;
  /** Name of the tag on the seed's commit. */
  readonly tag: string;
  /** Leave files of people that stand where the template has others, and their tag; otherwise they are refused. */
  readonly adopt?: boolean;
  /** Move the tag when it is elsewhere than on the seed's commit. */
  readonly moveTag?: boolean;
  /** `owner/name` before the repository is renamed. */
  readonly renamedFrom?: string;
}

/** Outputs of the contents resource. */
export interface ContentsOutputs extends Pick<ContentsInputs, "repository" | "branch" | "digest" | "tag"> {
  /** The commit that holds the seed. */
  readonly commit: string;
  /** The commit the tag is on; "" when the tag is gone. */
  readonly tagCommit: string;
  /**
   * Files of the template that people had changed, deleted or brought along; left out when there are none. The seed's
   * commit holds theirs beside ours, so it does not tell.
   */
  readonly theirs?: readonly string[];
  /** The repository's default branch, where it is another than `branch`. */
  readonly defaultBranch?: string;
  /** Changes by hand since the last create or update, as a refresh found them. */
  readonly moved?: Moved;
}

/** The earlier places of the tag and the default branch, of those that are elsewhere by now. */
export interface Moved {
  readonly tagFrom?: string;
  readonly defaultBranchFrom?: string;
}

/** A file or folder at a path of a commit. */
export interface Entry {
  readonly oid: string;
  /** As git writes it, e.g. `100644`; `40000` is a folder. */
  readonly mode: string;
}

/** The content of a repository at the template's place. */
export interface Contents {
  readonly repositoryId: string;
  /** `owner/name` of today. */
  readonly repository: string;
  readonly defaultBranch: string | undefined;
  /** GraphQL node id of the branch. */
  readonly branchId: string;
  readonly head: string;
  /** Id of the head's tree. */
  readonly tree: string;
  /** Whether the branch holds no more than GitHub puts into a new repository, which is nobody's work. */
  readonly isNew: boolean;
  /** The commit of ours that seeded this digest after the earlier seed, when the newest hundred commits hold it. */
  readonly seed: string | undefined;
  readonly tag: { readonly id: string; readonly commit: string } | undefined;
  /** The entries at the branch's head, by path, of the template's paths and their folders. */
  readonly now: ReadonlyMap<string, Entry>;
  /** The same of an earlier seed; undefined where the repository does not hold that commit, as when it was made again. */
  readonly earlier: ReadonlyMap<string, Entry> | undefined;
  /** Folders of the paths in whose place there is a file at the branch's head. */
  readonly filesForFolders: readonly string[];
}
