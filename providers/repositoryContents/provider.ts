import type { ContentsInputs, ContentsOutputs } from "./model.ts";
import { changedInputs } from "../../lib/pulumi/changedInputs.ts";
import { configuredGitHub } from "../../lib/github/client.ts";
import { isUnknown } from "../../lib/pulumi/unknown.ts";
import { converge } from "./converge.ts";
import { observeTag } from "./observe.ts";

export { configure } from "../../lib/github/client.ts";

/** Inputs that only say how to go about it: what the template holds is in its digest. */
const manner = ["template", "adopt", "moveTag"] as const;

/** Bad inputs. */
export function check(_olds: unknown, news: ContentsInputs) {
  const wrong = !isUnknown(news.repository) && !/^[^/\s]+\/[^/\s]+$/.test(news.repository);
  const reason = `expected owner/name, got ${JSON.stringify(news.repository)}`;
  return Promise.resolve({ inputs: news, failures: wrong ? [{ property: "repository", reason }] : [] });
}

/** Asks nobody: the state says what was seeded. */
export function diff(_id: string, olds: ContentsOutputs, news: ContentsInputs) {
  const changed = changedInputs({ ...olds }, news, manner);
  const tagWrong = olds.tagCommit === "" || (news.moveTag === true && olds.tagCommit !== olds.commit);
  const replaces = changed.filter((key) => key === "repository" || key === "branch");
  return Promise.resolve({ changes: changed.length > 0 || tagWrong, replaces, stables: [] });
}

/** Seeds the repository, or finds that it is seeded. */
export async function create(inputs: ContentsInputs) {
  const outs = await converge(configuredGitHub(), inputs);
  return { id: `${inputs.repository}@${inputs.branch}`, outs };
}

/** Reads where the tag is. Files and branches are people's from the seed on, so theirs is no drift. */
export async function read(id: string, props: ContentsOutputs) {
  const contents = await observeTag(configuredGitHub(), props);
  if (!contents) return { id: "" };
  return { id, props: { ...props, tagCommit: contents.tag?.commit ?? "" } };
}

/** Brings what changed in the template to the files that people left as they were. */
export async function update(_id: string, olds: ContentsOutputs, news: ContentsInputs) {
  return { outs: await converge(configuredGitHub(), news, olds) };
}

/** Leaves everything as it is: it belongs to the repository. */
const remove = () => Promise.resolve();

export { remove as delete };
