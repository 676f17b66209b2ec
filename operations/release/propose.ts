import { appendFileSync } from "node:fs";
import { relative } from "node:path";
import process from "node:process";
import { githubOfJob, marker, parseThread } from "../preview/githubComment.ts";
import { comment } from "../preview/markdown.ts";
import type { Digest } from "../preview/digest.ts";
import { projectRoot } from "../stack/environment.ts";
import { withPlainSetting } from "../stack/settingsFile.ts";
import type { Release } from "../../settings/release.ts";
import { keepRequest, type OpenRequest } from "./pullRequest.ts";
import { type ReleaseStack, settingOf } from "./releaseStack.ts";

/** A release that somebody else is to agree to. */
export interface Proposal {
  /** OWNER/REPO of this project. */
  readonly repository: string;
  /** Branch that it goes to. */
  readonly base: string;
  readonly release: Release;
  /** Whether it goes back to a release that the stack had; such a request is another one than that of the next release. */
  readonly isBack: boolean;
  /** The changes. */
  readonly digest: Digest;
}

/**
 * Opens the pull request whose diff is the setting, or brings it up to date; in a job its number is the output `number`.
 *
 * @returns undefined where the base has this release already
 */
export async function propose(
  { call, file }: Pick<ReleaseStack, "call" | "file">,
  { repository, base, release, isBack, digest }: Proposal,
): Promise<OpenRequest | undefined> {
  const { owner, repo } = parseThread(repository);
  const path = relative(projectRoot, file);
  if (path.startsWith(".."))
    throw new Error(
      `--pull-request: expected the stack's settings in the project's folder, got ${file}; unset PULUMI_OPTION_CONFIG_FILE`,
    );
  const own = `release-${call.stack.replaceAll(/[^\w.-]/g, "-")}`;
  const name = release.commit?.slice(0, 12) ?? "of the overlay's own tags";
  const title = isBack ? `Back to release ${name}` : `Release ${name}`;
  const request = await keepRequest(githubOfJob(), {
    owner,
    repo,
    base,
    path,
    branch: isBack ? `${own}-back` : own,
    textOf: (settings) => withPlainSetting(settings, "release", settingOf(release)),
    title,
    body: comment(digest, marker("release", call.stack), title),
  });
  const output = process.env["GITHUB_OUTPUT"];
  if (output && request !== undefined) appendFileSync(output, `number=${String(request.number)}\n`);
  return request;
}
