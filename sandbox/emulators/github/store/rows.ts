/** The rows of `emulate` this emulator reads, and its own, each in a collection of the same store. */
import type { Field, Item, Link, Project, View, Workflow } from "./boardRows.ts";
import type { Row, Store } from "../emulate.ts";

export interface Account extends Row {
  readonly login: string;
  readonly node_id: string;
  readonly name: string | null;
  readonly email: string | null;
}

export interface Repository extends Row {
  readonly node_id: string;
  readonly name: string;
  readonly full_name: string;
  readonly owner_id: number;
  readonly owner_type: "User" | "Organization";
  readonly private: boolean;
  readonly visibility: "public" | "private" | "internal";
  readonly description: string | null;
  readonly homepage: string | null;
  readonly default_branch: string;
  readonly archived: boolean;
}

export interface Ref extends Row {
  readonly repo_id: number;
  readonly ref: string;
  readonly sha: string;
  readonly node_id: string;
}

export interface Commit extends Row {
  readonly repo_id: number;
  readonly sha: string;
  readonly node_id: string;
  readonly message: string;
  readonly author_name: string;
  readonly author_email: string;
  readonly author_date: string;
  readonly committer_date: string;
  readonly tree_sha: string;
  readonly parent_shas: readonly string[];
}

interface TreeEntry {
  readonly path: string;
  readonly mode: string;
  readonly type: "blob" | "tree" | "commit";
  readonly sha: string;
  readonly size?: number;
}

export interface Tree extends Row {
  readonly repo_id: number;
  readonly sha: string;
  readonly node_id: string;
  readonly tree: readonly TreeEntry[];
}

export interface Blob extends Row {
  readonly repo_id: number;
  readonly sha: string;
  readonly node_id: string;
  readonly content: string;
  readonly encoding: "utf-8" | "base64";
  readonly size: number;
}

/** A branch as REST shows it; `emulate` keeps it beside the ref. */
interface BranchRow extends Row {
  readonly repo_id: number;
  readonly name: string;
}

export interface Tag extends Row {
  readonly repo_id: number;
  readonly tag: string;
  readonly sha: string;
  readonly node_id: string;
  readonly message: string;
  readonly object_type: string;
  readonly object_sha: string;
}

export interface Issue extends Row {
  readonly repo_id: number;
  readonly number: number;
  readonly node_id: string;
  readonly title: string;
  readonly body: string | null;
  readonly state: "open" | "closed";
  readonly state_reason: string | null;
  readonly user_id: number;
  readonly label_ids: readonly number[];
  readonly closed_at: string | null;
}

export interface PullRequest extends Issue {
  readonly head_ref: string;
  readonly head_sha: string;
  readonly base_ref: string;
  readonly base_sha: string;
  readonly merged: boolean;
}

export interface Label extends Row {
  readonly repo_id: number;
  readonly node_id: string;
  readonly name: string;
  readonly color: string;
  readonly description: string | null;
}

export interface Comment extends Row {
  readonly repo_id: number;
  readonly issue_number: number | null;
  readonly node_id: string;
  readonly body: string;
  readonly user_id: number;
}

export interface Hook extends Row {
  readonly org_id: number | null;
  readonly repo_id: number | null;
  readonly name: string;
  readonly active: boolean;
  readonly events: readonly string[];
  readonly url: string;
  readonly content_type: "json" | "form";
  readonly insecure_ssl: "0" | "1";
  /** Signs deliveries; sealed, and never in an answer. */
  readonly secret: string | null;
}

export interface Delivery extends Row {
  readonly hook_id: number;
  readonly guid: string;
  readonly event: string;
  readonly action: string | null;
  readonly delivered_at: string;
  /** Seconds. */
  readonly duration: number;
  readonly status: string;
  readonly status_code: number;
  readonly redelivery: boolean;
  readonly request: { headers: Record<string, string>; payload: unknown };
  readonly response: { headers: Record<string, string>; payload: string | null };
}

/** A name that a repository had before it was renamed, in lower case. */
export interface OldName extends Row {
  readonly full_name: string;
  readonly repo_id: number;
}

/** Opens the collections. The names and indexes of the first block are `emulate`'s own. */
export function openRows(store: Store) {
  const open = <T extends Row>(name: string, indexes: (keyof T & string)[]) => {
    const rows = store.collection<T>(name, indexes);
    const findBy = rows.findBy.bind(rows);
    // `emulate` puts a row that has changed at the end; GitHub lists in the order in which things were made.
    rows.findBy = (field, value) => findBy(field, value).sort((a, b) => a.id - b.id);
    return rows;
  };
  return {
    users: open<Account>("github.users", ["login"]),
    orgs: open<Account>("github.orgs", ["login"]),
    repos: open<Repository>("github.repos", ["owner_id", "full_name"]),
    refs: open<Ref>("github.refs", ["repo_id"]),
    branches: open<BranchRow>("github.branches", ["repo_id"]),
    commits: open<Commit>("github.commits", ["repo_id", "sha"]),
    trees: open<Tree>("github.trees", ["repo_id", "sha"]),
    blobs: open<Blob>("github.blobs", ["repo_id", "sha"]),
    tags: open<Tag>("github.tags", ["repo_id"]),
    issues: open<Issue>("github.issues", ["repo_id", "number"]),
    pulls: open<PullRequest>("github.pull_requests", ["repo_id", "number"]),
    labels: open<Label>("github.labels", ["repo_id"]),
    comments: open<Comment>("github.comments", ["repo_id"]),
    oldNames: open<OldName>("own.old_names", ["full_name", "repo_id"]),
    hooks: open<Hook>("own.hooks", ["org_id", "repo_id"]),
    deliveries: open<Delivery>("own.deliveries", ["hook_id"]),
    projects: open<Project>("own.projects", ["node_id", "owner_id"]),
    fields: open<Field>("own.fields", ["node_id", "project_id"]),
    items: open<Item>("own.items", ["node_id", "project_id"]),
    views: open<View>("own.views", ["node_id", "project_id"]),
    workflows: open<Workflow>("own.workflows", ["node_id", "project_id"]),
    links: open<Link>("own.links", ["project_id", "repo_id"]),
  };
}

export type Rows = ReturnType<typeof openRows>;

/** A repository by owner and name, which GitHub compares without regard to case. */
export function findRepository(rows: Rows, owner: string, name: string): Repository | undefined {
  const full = `${owner}/${name}`;
  return (
    rows.repos.findOneBy("full_name", full) ??
    rows.repos.all().find((repository) => repository.full_name.toLowerCase() === full.toLowerCase())
  );
}

/** The repository that had that name last, when none has it now. */
export function findMoved(rows: Rows, owner: string, name: string): Repository | undefined {
  const [last] = rows.oldNames.findBy("full_name", `${owner}/${name}`.toLowerCase()).slice(-1);
  return last && rows.repos.get(last.repo_id);
}

/** An organization by login, which GitHub compares without regard to case. */
export function findOrganization(rows: Rows, login: string): Account | undefined {
  return (
    rows.orgs.findOneBy("login", login) ??
    rows.orgs.all().find((o) => o.login.toLowerCase() === login.toLowerCase())
  );
}
