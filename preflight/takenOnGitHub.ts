import * as pulumi from "@pulumi/pulumi";
import { refusalRemedy } from "../lib/github/refusals.ts";
import { afterCutOff } from "../settings/afterCutOff.ts";

const remedies: Readonly<Record<string, (inputs: Readonly<Record<string, unknown>>) => string>> = {
  "github:index/repository:Repository": ({ name }) =>
    `repository ${String(name)}: expected none, got one that this stack did not make; to take it over, with all that people have there, set adopt in its entry of mesh-six:repositories; to make another, choose another name; ${afterCutOff(pulumi.getStack())}`,
  "github:index/organizationWebhook:OrganizationWebhook": () =>
    "webhook: expected none to this address, got one that the stack does not know; where the stack made it and lost it, by a lost answer or a refresh whose token cannot see webhooks: npm run recover -- --stack NAME; to take over another's: pulumi config set mesh-six:githubWebhookId NUMBER, which is at the end of its address in the organization's settings",
};

/**
 * Gives a refusal of GitHub's its remedy, where the plugin repeats GitHub's words alone: the name is taken, a rule of the
 * organization or the token stands against it.
 * It is looked at only when the engine has failed to make it: a look before would cost a request for each.
 */
export function sayWhatIsTaken(): pulumi.ResourceTransformation {
  let hook: pulumi.ErrorHook | undefined;
  return ({ type, props, opts }) => {
    if (remedies[type] === undefined) return undefined;
    hook ??= new pulumi.ErrorHook("name taken", say);
    return { props, opts: pulumi.mergeOptions(opts, { hooks: { onError: [hook] } }) };
  };
}

/** A thrown error takes the place of the engine's; without one that error stays, and is not tried again. */
const say: pulumi.ErrorHookFunction = ({ type, name, newInputs, errors }) => {
  const inputs: Readonly<Record<string, unknown>> = newInputs ?? {};
  const given = inputs["name"];
  const remedy = remedies[type];
  const taken = errors.some((error) => /already exists/i.test(error));
  if (taken && remedy !== undefined) throw new Error(remedy(inputs));
  for (const error of errors) {
    const message = error.replaceAll(/\s+/g, " ").trim();
    const status = Number(/\b(4\d\d)\b/.exec(message)?.[1]) || undefined;
    const known = refusalRemedy({ status, types: [], message, headers: {} });
    if (known !== undefined)
      throw new Error(`${typeof given === "string" ? given : name}: ${message}; ${known}`);
  }
  return false;
};
