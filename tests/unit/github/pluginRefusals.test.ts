import assert from "node:assert/strict";
import { before, describe, test } from "node:test";
import * as pulumi from "@pulumi/pulumi";
import { sayWhatIsTaken } from "../../../preflight/takenOnGitHub.ts";
import { takeHooks } from "../../support/engine/mocks.ts";

const repository = "github:index/repository:Repository";

/** GitHub's words as the plugin repeats them, and the one line that a person gets. */
const said: Readonly<Record<string, RegExp>> = {
  "POST https://api.github.com/orgs/bto-labs/repos: 422 Repository creation failed. [{Resource:Repository Field:name Code:custom Message:name already exists on this account}]":
    /^Error: repository app: expected none, got one that this stack did not make; to take it over.*set adopt/,
  "POST https://api.github.com/orgs/bto-labs/repos: 422 Visibility can't be public. Enterprise Managed Users\n cannot create public repositories []":
    /^Error: app: POST .*Managed Users cannot create public repositories \[\]; set visibility to internal or private/,
  "POST https://api.github.com/orgs/bto-labs/repos: 403 Resource protected by organization SAML enforcement.":
    /; authorize the token for the organization's single sign-on/,
  "POST https://api.github.com/orgs/bto-labs/repos: 401 Bad credentials []": /; set a valid token/,
};

describe("GitHub's refusals in the plugin's words", () => {
  let hook: pulumi.ErrorHook;
  before(async () => {
    await pulumi.runtime.setMocks({
      newResource: ({ name, inputs }) => ({ id: name, state: inputs as Record<string, unknown> }),
      call: () => ({}),
    });
    takeHooks();
    const resource = undefined as unknown as pulumi.Resource;
    const result = sayWhatIsTaken()({ type: repository, name: "app", props: {}, opts: {}, resource });
    hook = result?.opts.hooks?.onError?.[0] as pulumi.ErrorHook;
  });

  const answer = async (error: string) =>
    hook.callback({
      urn: "",
      id: "",
      name: "app-repository",
      type: repository,
      newInputs: { name: "app" },
      errors: [error],
    } as unknown as pulumi.ErrorHookArgs);

  for (const [error, line] of Object.entries(said)) {
    test(`get the remedy: ${error.slice(0, 110).replaceAll("\n", "")}`, async () => {
      await assert.rejects(answer(error), line);
    });
  }

  test("stay as they are where nothing more is known", async () => {
    assert.equal(await answer("connection reset by peer"), false);
  });
});
