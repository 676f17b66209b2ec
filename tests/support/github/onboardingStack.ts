import assert from "node:assert/strict";
import { leftBehind } from "../../../operations/recover/find.ts";
import { githubAddresses } from "../../../lib/github/addresses.ts";
import { GitHub } from "../../../lib/github/client.ts";
import type { BoardInputs } from "../../../providers/projectBoard/model.ts";
import * as rows from "../../../providers/registryRow/provider.ts";
import type { RowsProps } from "../../../providers/registryRow/provider.ts";
import * as contents from "../../../providers/repositoryContents/provider.ts";
import type { ContentsInputs, ContentsOutputs } from "../../../providers/repositoryContents/model.ts";
import * as ping from "../../../providers/webhookPing/provider.ts";
import { Account } from "../../../sandbox/plugins/github/account.ts";
import { organizationWebhooks } from "../../../sandbox/plugins/github/organizationWebhook.ts";
import { repositories } from "../../../sandbox/plugins/github/repository.ts";
import type { ResourceType } from "../../../sandbox/plugins/protocol/plugin.ts";
import { objectAt, reveal, textOf, type Properties } from "../../../sandbox/plugins/protocol/values.ts";
import { BoardStack } from "./boardStack.ts";
import type { TestGitHub } from "./testGitHub.ts";

/** The address that the organization's webhook delivers to. */
export const webhookUrl = "https://receiver.example.com/webhooks/github";

/** A stack's declaration of one repository, and of the organization's webhook. */
export interface Onboarding {
  readonly name: string;
  readonly board: Omit<BoardInputs, "repositoryId">;
  readonly contents: ContentsInputs;
  /** The entry says adopt: the repository is people's. */
  readonly adopt: boolean;
  /** Number of a webhook to take over; empty to make one. */
  readonly webhookId: string;
  readonly databaseUrl: string;
}

interface Held {
  readonly id: string;
  readonly inputs: Properties;
  readonly outputs: Properties;
}

type PingInputs = Parameters<typeof ping.create>[0];

/**
 * Repository, contents, board, webhook, ping and row of a stack, taken through the providers and the stand-in of GitHub's
 * plugin as the sandbox does it: what a lost create left behind is looked for first, then refresh, diff and change.
 */
export class OnboardingStack {
  readonly boards = new BoardStack();
  readonly #github: TestGitHub;
  readonly #since = new Date();
  #plugin = new Map<string, Held>();
  #contents: { inputs: ContentsInputs; outs: ContentsOutputs } | undefined;
  #ping: { id: string; outs: PingInputs & { outcome: string } } | undefined;
  #rows: RowsProps | undefined;
  #ups = 0;

  constructor(github: TestGitHub) {
    this.#github = github;
  }

  /** `pulumi up`; one thing that fails keeps none that does not need it from being made. @returns what failed */
  async up(wanted: Onboarding): Promise<readonly unknown[]> {
    const { token, url, owner } = this.#github;
    const account = new Account({ owner, token, baseUrl: githubAddresses(url).plugin ?? "" });
    const isRefreshed = (this.#ups += 1) > 1;
    const failed: unknown[] = [];
    const attempt = async (work: () => Promise<void>) => {
      try {
        await work();
        return true;
      } catch (error) {
        failed.push(error);
        return false;
      }
    };
    const isMade = await attempt(() => this.#repository(account, wanted, isRefreshed));
    await attempt(() => this.#webhook(account, wanted, isRefreshed));
    if (isMade) await attempt(() => this.#row(wanted, isRefreshed));
    return failed;
  }

  async #repository(account: Account, wanted: Onboarding, isRefreshed: boolean): Promise<void> {
    const type = "github:index/repository:Repository";
    const { name, adopt } = wanted;
    const inputs = { name, description: "Bookmarks", visibility: "public", autoInit: true, hasIssues: true };
    const serves = repositories(account);
    const { outputs } = adopt
      ? ((await this.#found(serves, name)) ?? assert.fail("the repository is gone"))
      : await this.#settle(type, serves, inputs, isRefreshed, "");
    await this.#seed(wanted.contents, isRefreshed);
    const board = { ...wanted.board, repositoryId: textOf(outputs["nodeId"]) };
    await this.boards.up(new Map([[name, board]]), isRefreshed);
  }

  async #seed(inputs: ContentsInputs, isRefreshed: boolean): Promise<void> {
    if (this.#contents !== undefined && isRefreshed) {
      const { props } = (await contents.read("contents", this.#contents.outs)) as { props?: ContentsOutputs };
      this.#contents = props && { inputs, outs: props };
    }
    if (this.#contents === undefined) {
      this.#contents = { inputs, outs: (await contents.create(inputs)).outs };
      return;
    }
    const { outs } = this.#contents;
    const { changes, replaces } = await contents.diff("contents", outs, inputs);
    assert.deepEqual(replaces, []);
    if (changes) this.#contents = { inputs, outs: (await contents.update("contents", outs, inputs)).outs };
  }

  async #webhook(account: Account, { webhookId }: Onboarding, isRefreshed: boolean): Promise<void> {
    const type = "github:index/organizationWebhook:OrganizationWebhook";
    const secret = "of the stack";
    const configuration = { url: webhookUrl, contentType: "json", insecureSsl: false, secret };
    const inputs = { active: true, events: ["projects_v2_item"], configuration };
    const hook = await this.#settle(type, organizationWebhooks(account), inputs, isRefreshed, webhookId);
    const organization = account.owner;
    const news = { organization, hookId: hook.id, url: webhookUrl, stays: true, secret };
    if (this.#ping !== undefined && isRefreshed) {
      const { props } = await ping.read(this.#ping.id, this.#ping.outs);
      this.#ping = { ...this.#ping, outs: props };
    }
    const known = this.#ping;
    const { changes, replaces } = known
      ? await ping.diff(known.id, known.outs, news)
      : { changes: false, replaces: [] };
    if (known === undefined || replaces.length > 0) this.#ping = await ping.create(news);
    else if (changes) this.#ping = { ...known, ...(await ping.update(known.id, known.outs, news)) };
  }

  async #row({ name, adopt, databaseUrl }: Onboarding, isRefreshed: boolean): Promise<void> {
    const { web } = githubAddresses(this.#github.url);
    const [board] = this.boards.boards.values();
    const { projectId, fieldIds, statusFieldId } = board?.outs ?? assert.fail("there is no board");
    const row = {
      repoUrl: `${web}/${this.#github.owner}/${name}`,
      platform: "github",
      defaultBranch: "main",
      cicdType: "github-actions",
      triggerMethod: "project-board",
      boardId: projectId,
      metadata: { projectFieldIds: { ...fieldIds, status: statusFieldId } },
      adopt,
    };
    const news: RowsProps = { url: databaseUrl, rows: { [name]: row }, onDelete: "retain" };
    if (this.#rows !== undefined && isRefreshed) this.#rows = (await rows.read("rows", this.#rows)).props;
    const { failures = [], inputs = news } = await rows.check(this.#rows ?? {}, news);
    assert.deepEqual(failures, []);
    if (this.#rows === undefined) await rows.create(inputs);
    else if ((await rows.diff("rows", this.#rows, inputs)).changes)
      await rows.update("rows", this.#rows, inputs);
    this.#rows = inputs;
  }

  /** A resource of the plugin's: recovered, refreshed, imported, made or changed, whichever it takes. */
  async #settle(
    type: string,
    serves: ResourceType,
    given: Properties,
    isRefreshed: boolean,
    importId: string,
  ): Promise<Held> {
    const identity = { type, name: type, urn: type };
    const signal = new AbortController().signal;
    const asked = { ...identity, olds: {}, news: given, randomSeed: new Uint8Array() };
    const inputs = objectAt(reveal((await serves.check(asked)).inputs));
    let held = this.#plugin.get(type);
    if (held === undefined && isRefreshed) {
      const { url: baseUrl, token, owner: organization } = this.#github;
      const github = new GitHub({ baseUrl, token, backoffSeconds: 0.01 });
      const cluster = () => assert.fail("no cluster is part of this");
      const resource = { urn: type, type, inputs };
      const services = { github, organization, webhookUrl, cluster };
      const id = await leftBehind(services, { resource, since: this.#since });
      if (id !== undefined) held = { id, inputs, outputs: { ...inputs, id } };
    }
    if (held !== undefined && isRefreshed) held = await this.#found(serves, held.id, held);
    if (held === undefined && importId !== "") held = await this.#found(serves, importId);
    if (held !== undefined) this.#plugin.set(type, held);
    const run = { ...identity, preview: false, timeout: 0, signal };
    if (held === undefined) held = plain({ ...(await serves.create({ ...run, inputs })), inputs });
    else {
      const { id, outputs: olds, inputs: oldInputs } = held;
      const change = { ...run, id, olds, oldInputs, news: inputs };
      const { differences } = await serves.diff(change);
      held = plain({ id, inputs, outputs: differences.length > 0 ? await serves.update(change) : olds });
    }
    this.#plugin.set(type, held);
    return held;
  }

  async #found(serves: ResourceType, id: string, known?: Held): Promise<Held | undefined> {
    const { inputs: oldInputs = {}, outputs: olds = {} } = known ?? {};
    const signal = new AbortController().signal;
    const asked = { type: "", name: "", urn: "", id, olds, oldInputs, timeout: 0, signal };
    const found = await serves.read(asked);
    return found && plain(found);
  }
}

/** Without the marks of secrecy, which the plugin's server takes off. */
function plain({ id, inputs, outputs }: Held): Held {
  return { id, inputs: objectAt(reveal(inputs)), outputs: objectAt(reveal(outputs)) };
}
