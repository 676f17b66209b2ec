import { GitHub } from "../../lib/github/client.ts";
import { connect } from "../../lib/kubernetes/cluster.ts";
import { leftBehind, type Services } from "./find.ts";
import { type PulumiCall, runPulumi, stackConfig } from "../stack/pulumi.ts";
import { type Deployment, type Recovered, settle, unfinished } from "./pending.ts";

/**
 * Settles the creates whose outcome the stack does not know, because the run was killed or an answer
 * was lost: looks on the services for what each has left behind, and makes it a resource of the stack. So the
 * next run makes nothing twice and finds nothing in its way.
 *
 * @returns what was settled; those with an id are to be refreshed before anything else
 */
export async function recover(pulumi: PulumiCall): Promise<readonly Recovered[]> {
  const exported = JSON.parse(await runPulumi(pulumi, ["stack", "export"])) as Deployment;
  const open = unfinished(exported);
  if (open.length === 0) return [];
  const { services, webhookStays } = await settingsOf(pulumi);
  const recovered: Recovered[] = [];
  for (const one of open) {
    recovered.push({ resource: one.resource, id: await leftBehind(services, one) });
  }
  await runPulumi(pulumi, ["stack", "import"], JSON.stringify(settle(exported, recovered, webhookStays)));
  return recovered;
}

/** The addresses of the services, and whether the webhook stays when it leaves the stack, as the settings say it. */
async function settingsOf(pulumi: PulumiCall): Promise<{ services: Services; webhookStays: boolean }> {
  const { values } = await stackConfig(pulumi);
  const setting = (name: string) => values[`mesh-six:${name}`] ?? "";
  const services: Services = {
    github: new GitHub({
      baseUrl: setting("githubBaseUrl"),
      token: setting("githubToken"),
      backoffSeconds: Number(setting("githubBackoffSeconds")),
    }),
    organization: setting("githubOrganization"),
    webhookUrl: setting("githubWebhookUrl") || `https://${setting("ingressHost")}/webhooks/github`,
    cluster: () => connect({ kubeconfig: setting("kubeconfig"), context: setting("kubeContext") }),
  };
  // As components/githubWebhook.ts declares it.
  const webhookStays = setting("githubWebhookId") !== "" || setting("githubRetain") !== "false";
  return { services, webhookStays };
}
