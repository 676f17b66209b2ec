import { resolve } from "node:path";
import { lastWords, runGit } from "../../../lib/process/git.ts";
import { inTemporaryFolder } from "../../../lib/process/temporaryFolder.ts";
import { writeReport } from "../../../lib/pulumi/report.ts";
import { release as releaseSchema, type Release } from "../../../settings/release.ts";
import { repositoryOf } from "../../images/gitTree.ts";
import { lookAtSettings, type Stack } from "../../doctor/stack.ts";
import { knows } from "./between.ts";
import { lookAtRelease } from "./look.ts";
import { NoRendererError, renderAt, type RenderedOverlay } from "./overlay.ts";
import { isSameRelease, planRelease } from "./plan.ts";
import { notCompared, oneLine, releaseKind, type ReleaseReport } from "./report.ts";

/** Longest time for fetching the application's repository, in milliseconds. */
const limit = 60_000;

/**
 * Reports what the next update changes of the release: from the one that the state's Application follows to the one in
 * the settings. Reports nothing where they are the same, or the settings are invalid.
 *
 * @param application - a checkout of the application; without it the repository that ArgoCD follows is fetched
 */
export async function reportRelease(stack: Stack, application: string | undefined): Promise<void> {
  const { value: settings, status } = lookAtSettings(stack);
  if (settings === undefined || status === "fail" || !settings.argocd.enabled) return;
  const { argocd, release: next } = settings;
  const source = sourceIn(stack, argocd.application);
  // Before the first update nothing runs that could move.
  if (source === undefined) return;
  const current = releaseOf(source, settings.imageRepository);
  if (isSameRelease(current, next)) return;
  const plain: ReleaseReport = {
    plan: planRelease(current, next),
    commits: [],
    migrations: [],
    services: { comes: [], goes: [] },
    unknown: [],
    missing: [],
  };
  const target = { settings, stack, current, patches: source.kustomize?.patches ?? [] };
  const report = await inRepository(application, argocd.repository, async (folder) => {
    const { commit } = next;
    if (commit === undefined) return lookAtRelease(target, folder, next, undefined);
    if (!(await knows(folder, commit)))
      throw new Error(`expected commit ${commit.slice(0, 12)} in ${folder}, got none; fetch it there`);
    let overlay: RenderedOverlay;
    try {
      overlay = await renderAt(folder, commit, argocd.path, target.patches);
    } catch (error) {
      if (error instanceof NoRendererError) throw error;
      const report = await lookAtRelease(target, folder, next, undefined);
      return { ...report, missing: [oneLine(error)] };
    }
    return lookAtRelease(target, folder, next, overlay);
  }).catch((error: unknown) => ({ ...plain, unseen: `${notCompared}: ${oneLine(error)}` }));
  writeReport(releaseKind, stack.name, report);
}

interface Source {
  readonly targetRevision?: string;
  readonly kustomize?: { readonly images?: readonly string[]; readonly patches?: readonly object[] };
}

/** The source that the Application follows, as the stack declared it last. */
export function sourceIn({ made }: Stack, application: string): Source | undefined {
  const inputs = made.inputs("kubernetes:argoproj.io/v1alpha1:Application", application);
  const { source } = (inputs?.["spec"] ?? {}) as { readonly source?: Source };
  return source;
}

/** The release that a source pins; an empty one where it pins none. */
function releaseOf({ targetRevision, kustomize }: Source, prefix: string): Release {
  const pinned = (kustomize?.images ?? []).flatMap((image) => {
    const [name = "", digest] = image.split("@");
    return digest !== undefined && name.startsWith(`${prefix}-`)
      ? [[name.slice(prefix.length + 1), digest] as const]
      : [];
  });
  const found = releaseSchema.safeParse({ commit: targetRevision, images: Object.fromEntries(pinned) });
  return found.success && pinned.length > 0 ? found.data : { images: {} };
}

async function inRepository<T>(
  checkout: string | undefined,
  repository: string,
  look: (folder: string) => Promise<T>,
): Promise<T> {
  if (checkout !== undefined) return look(await repositoryOf(resolve(checkout)));
  return inTemporaryFolder("mesh-six-application-", async (folder) => {
    const outcome = await runGit(["clone", "--quiet", "--bare", repository, folder], { limit });
    if (outcome.code !== 0)
      throw new Error(
        `${repository}: expected to fetch it, got: ${lastWords(outcome)}; name a checkout with --application FOLDER`,
      );
    return look(folder);
  });
}
