import { Provider } from "@pulumi/github/provider.js";
import * as pulumi from "@pulumi/pulumi";
import { githubAddresses } from "../lib/github/addresses.ts";
import { withoutStackTraces } from "../lib/pulumi/sdkInternals.ts";
import type { ObjectPatch } from "../lib/argocd/application.ts";
import { GitHubProject } from "./githubProject.ts";
import { GitHubWebhook } from "./githubWebhook.ts";
import { receiverPatches } from "./receiver.ts";
import { Registry } from "./registry.ts";
import type { Secrets } from "./secrets.ts";
import { boardTitle } from "../settings/repositories.ts";
import { webhookSecret } from "../settings/secrets/standard.ts";
import type { Repository, Settings } from "../settings/settings.ts";

/** Outputs of a repository and its board for the end-to-end tests and for people. */
export interface RepositoryOutputs {
  readonly url: string;
  readonly boardId: string;
  readonly boardUrl: string;
  readonly fieldIds: Readonly<Record<string, string>>;
  readonly deployUrl: string;
  /** Steps left to do by hand. */
  readonly checklist: readonly string[];
}

/** The repository of the end-to-end test, as that test needs it. */
export interface TestRepository {
  readonly owner: string;
  readonly name: string;
  readonly projectId: string;
  readonly appUrl: string;
}

/** The GitHub side of the stack, as far as other parts go on from it. */
export interface Boards {
  readonly repositories: pulumi.Output<Record<string, RepositoryOutputs>>;
  /** Ids that the receiver is given; undefined without a board. */
  readonly receiver: pulumi.Output<{ boardId: string; statusFieldId: string }> | undefined;
  /** The repository in which the end-to-end test opens its issue: the one whose board the receiver listens to. */
  readonly testRepository: pulumi.Output<TestRepository> | undefined;
  /** Outcome of the ping that GitHub sends when the webhook is made; undefined without a webhook. */
  readonly webhookPing: pulumi.Output<string> | undefined;
  /** Patches to the objects that ArgoCD deploys, so that the receiver gets the ids. */
  readonly patches: readonly ObjectPatch[];
}

/**
 * Repositories with their boards, the organization's webhook, and the rows of `repo_registry`, from one list.
 *
 * @param settings - `held`: names of the repositories that the stack has already
 * @param secrets - holds what the webhook's deliveries are signed with
 * @param database - URL of the registry's database, and the migrations that make the table
 * @param watching - of everything on GitHub: what looks before a change, or adds to what GitHub refuses
 */
export function declareBoards(
  settings: Settings["github"] & { readonly held?: ReadonlySet<string> },
  secrets: Secrets,
  database: { readonly url: pulumi.Input<string>; readonly migrations: pulumi.Resource },
  watching: readonly pulumi.ResourceTransformation[],
): Boards {
  const { access, organization, deleteOnDestroy, webhook, held = new Set() } = settings;
  if (settings.repositories.length === 0 && !webhook.enabled) {
    const none: Record<string, RepositoryOutputs> = {};
    return {
      repositories: pulumi.output(none),
      receiver: undefined,
      testRepository: undefined,
      webhookPing: undefined,
      patches: [],
    };
  }
  const addresses = githubAddresses(access.baseUrl);
  const provider = new Provider("github", {
    owner: organization,
    token: access.token,
    writeDelayMs: settings.writeDelayMs,
    ...(addresses.plugin === undefined ? {} : { baseUrl: addresses.plugin }),
  });
  const onGitHub = { provider, transformations: [...watching] };
  const receiver = settings.receiverBoard || settings.repositories[0]?.name;
  const receiverRenamedFrom = settings.repositories.find(({ name }) => name === receiver)?.renamedFrom;
  const projects = settings.repositories.map((repository) => {
    const { name, board, defaultBranch: branch, ...own } = repository;
    const title = boardTitle(repository);
    const described = {
      ...own,
      branch,
      organization,
      deleteOnDestroy,
      repository: name,
      isHeld: held.has(name) || held.has(own.renamedFrom),
      board: { ...board, title },
      ...(receiver === undefined ? {} : { receiver }),
      ...(receiverRenamedFrom ? { receiverRenamedFrom } : {}),
    };
    const project = withoutStackTraces(() => new GitHubProject(name, described, onGitHub));
    return { repository, project };
  });

  const signature = secrets.data[webhookSecret];
  let webhookPing: pulumi.Output<string> | undefined;
  if (webhook.enabled && signature !== undefined) {
    const secret = signature.apply((data) => data["secret"] ?? "");
    ({ ping: webhookPing } = new GitHubWebhook(
      "webhook",
      { ...webhook, organization, secret, deleteOnDestroy },
      onGitHub,
    ));
  }

  new Registry(
    "registry",
    {
      url: database.url,
      entries: projects.map(({ repository, project }) => ({
        serviceName: serviceName(repository),
        // Its html_url, known before it is made: so a preview of the row shows it, and can refuse another's row.
        repoUrl: `${addresses.web}/${organization}/${repository.name}`,
        platform: "github",
        defaultBranch: repository.defaultBranch,
        cicdType: repository.cicdType,
        triggerMethod: repository.triggerMethod,
        boardId: project.boardId,
        metadata: {
          owner: organization,
          repo: repository.name,
          deployUrl: repository.deployUrl,
          projectFieldIds: project.fieldIds,
        },
        adopt: repository.adopt,
        ...(repository.serviceName === "" && repository.renamedFrom !== ""
          ? { renamedFrom: repository.renamedFrom }
          : {}),
      })),
      // The row goes with its repository; that of a repository that was taken over stays with it.
      onDelete: deleteOnDestroy ? "delete" : "retain",
    },
    { dependsOn: [database.migrations] },
  );

  const chosen = projects.find(({ repository }) => repository.name === receiver);
  const boardId = chosen?.project.boardId;
  const statusFieldId = chosen?.project.fieldIds.apply((ids) => ids["status"] ?? "");
  const known = boardId !== undefined && statusFieldId !== undefined;
  return {
    repositories: pulumi.output(
      Object.fromEntries(
        projects.map(({ repository, project }) => [
          repository.name,
          {
            url: project.repositoryUrl,
            boardId: project.boardId,
            boardUrl: project.boardUrl,
            fieldIds: project.fieldIds,
            deployUrl: repository.deployUrl,
            checklist: project.checklist,
          },
        ]),
      ),
    ),
    receiver: known ? pulumi.output({ boardId, statusFieldId }) : undefined,
    testRepository:
      chosen &&
      pulumi.output({
        owner: organization,
        name: chosen.repository.name,
        projectId: chosen.project.boardId,
        appUrl: chosen.repository.deployUrl,
      }),
    webhookPing,
    patches: known ? receiverPatches({ boardId, statusFieldId, fingerprints: secrets.fingerprints }) : [],
  };
}

function serviceName(repository: Repository): string {
  return repository.serviceName || repository.name;
}
