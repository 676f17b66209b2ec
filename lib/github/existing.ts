import type { GitHub } from "./client.ts";

/** A repository, as far as it is read. */
export interface ExistingRepository {
  readonly node_id: string;
  /** Its name today, as in `owner/name`: GitHub answers for one that was renamed or transferred as well. */
  readonly full_name: string;
  readonly archived?: boolean;
  readonly created_at: string;
  readonly open_issues_count: number;
}

/** An organization's webhook, as far as it is read. */
export interface ExistingWebhook {
  readonly id: number;
  readonly created_at: string;
  readonly events?: readonly string[];
  readonly config: { readonly url?: string };
}

/** @throws GitHubError, with status 404 where there is none or the token does not see it */
export function existingRepository(github: GitHub, owner: string, repo: string): Promise<ExistingRepository> {
  return github.rest("GET /repos/{owner}/{repo}", { owner, repo });
}

/** @throws GitHubError, with status 404 where the token must not see webhooks */
export function existingWebhooks(github: GitHub, org: string): Promise<readonly ExistingWebhook[]> {
  return github.rest("GET /orgs/{org}/hooks", { org, per_page: 100 });
}
