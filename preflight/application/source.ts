import { type Application, patchesOf } from "../../lib/argocd/application.ts";
import { writersOf } from "../../lib/argocd/ownPatch.ts";
import type { Problem } from "../../lib/text/problem.ts";
import { holdsLogIn, withoutPasswords, withoutWebLogIn } from "../../lib/text/withoutPasswords.ts";
import { folder, repository } from "./addresses.ts";
import { setting, titleOf, type Wanted } from "./seen.ts";

/** Compares the source of an Application that this stack has not written yet: another overlay has other objects. */
export function source(found: Application, wanted: Wanted): Problem[] {
  const subject = `Application ${titleOf(found)}`;
  const { source: from, sourceHydrator, sources = [] } = found.spec;
  if (sourceHydrator !== undefined) {
    return [
      {
        said: `${subject}: expected the one source in spec.source, got spec.sourceHydrator, whose source takes no patches`,
        remedy: `make it one source, or name another: ${setting("argocdApplication", "NAME")}`,
      },
    ];
  }
  if (sources.length > 0) {
    return [
      {
        said: `${subject}: expected the one source in spec.source, got several (spec.sources)`,
        remedy: `make it one source, or name another: ${setting("argocdApplication", "NAME")}`,
      },
    ];
  }
  if (from === undefined || writersOf(patchesOf(found)).length > 0) return [];
  const other = ["chart", "helm", "directory", "plugin"].find((field) => from[field] !== undefined);
  if (other !== undefined) {
    return [
      {
        said: `${subject}: expected a kustomize overlay, got a source with ${other}`,
        remedy: `take spec.source.${other} out, or name another: ${setting("argocdApplication", "NAME")}`,
      },
    ];
  }
  const renamed = (["namePrefix", "nameSuffix"] as const).find((field) => from.kustomize?.[field]);
  if (renamed !== undefined) {
    return [
      {
        said: `${subject}: expected the names of the overlay, got spec.source.kustomize.${renamed} ${String(from.kustomize?.[renamed])}: what it deploys has other names than what this program declares and takes out of it, and would be pruned`,
        remedy: `name another: ${setting("argocdApplication", "NAME")}`,
      },
    ];
  }
  const problems = (from.kustomize?.replicas ?? [])
    .filter(({ name }) =>
      wanted.declared.some((object) => object.kind === "Deployment" && object.name === name),
    )
    .map(({ name, count = "N" }) => ({
      said: `${subject}: expected replicas of what stays in its source, got spec.source.kustomize.replicas of ${name}, which this program declares: kustomize renders nothing where it finds none of that name`,
      remedy: `take that entry out, and ${setting(`${name}Replicas`, String(count))}`,
    }));
  const { project } = found.spec;
  if (project !== undefined && project !== wanted.project) {
    problems.push({
      said: `${subject}: expected project ${wanted.project} (mesh-six:argocdProject), got ${project}, whose rules it would leave`,
      remedy: setting("argocdProject", project),
    });
  }
  const { targetRevision: revision } = from;
  if (wanted.revision !== undefined && isRevision(revision) && revision !== wanted.revision) {
    problems.push({
      said: `${subject}: expected revision ${wanted.revision} (mesh-six:argocdRevision), got ${revision}`,
      remedy: setting("argocdRevision", revision),
    });
  }
  if (from.repoURL !== undefined && repository(from.repoURL) !== repository(wanted.repository)) {
    problems.push({
      said: `${subject}: expected source ${wanted.repository} (mesh-six:argocdRepository), got ${withoutPasswords(from.repoURL)}`,
      remedy: setting("argocdRepository", withoutWebLogIn(from.repoURL)),
    });
  }
  if (from.path !== undefined && folder(from.path) !== folder(wanted.path)) {
    problems.push({
      said: `${subject}: expected path ${wanted.path} (mesh-six:argocdPath), got ${from.path}`,
      remedy: setting("argocdPath", from.path),
    });
  }
  return problems;
}

/** The program declares the address without it, and Argo CD then reads no private repository by it. */
export function lostLogIn(found: Application): Problem[] {
  const { repoURL = "" } = found.spec.source ?? {};
  if (!holdsLogIn(repoURL)) return [];
  return [
    {
      said: `Application ${titleOf(found)}: the log-in in the address of its source goes: ${withoutPasswords(repoURL)}`,
      remedy: `where the repository is private, give ArgoCD the log-in before, in a repository Secret (label argocd.argoproj.io/secret-type=repository) for ${withoutWebLogIn(repoURL)}`,
    },
  ];
}

/** Whether it names a branch, a tag or a commit: of the default branch the repository alone tells the name. */
function isRevision(revision: unknown): revision is string {
  return typeof revision === "string" && !["", "HEAD"].includes(revision);
}

export function isSameSource({ spec: { source: from } }: Application, wanted: Wanted): boolean {
  return (
    repository(from?.repoURL ?? "") === repository(wanted.repository) &&
    folder(from?.path ?? "") === folder(wanted.path)
  );
}
