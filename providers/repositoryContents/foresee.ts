import type { GitHub } from "../../lib/github/client.ts";
import { listed } from "../../lib/text/listed.ts";
import { planSeed } from "./convergeContents.ts";
import type { ContentsInputs } from "./model.ts";
import { observe } from "./observe.ts";
import { filesOfTemplate } from "./template.ts";

/**
 * A line for each change that taking a repository over makes to its files and tags.
 *
 * @throws NoBranchError where the repository has no such branch
 */
export async function whatIsAdded(github: GitHub, inputs: ContentsInputs): Promise<string[]> {
  const { repository, branch, template, tag, moveTag } = inputs;
  const files = filesOfTemplate(template);
  const paths = files.map(({ path }) => path);
  const contents = await observe(github, inputs, paths);
  if (contents === undefined) return [];
  const { additions } = contents.seed === undefined ? planSeed(inputs, files, contents) : { additions: [] };
  const lines = [
    ...(additions.length === 0
      ? []
      : [
          `one commit on ${branch} adds ${listed(
            additions.map(({ path }) => path),
            " and ",
          )}`,
        ]),
    ...(contents.tag === undefined ? [`the tag ${tag} is made`] : []),
    ...(contents.tag !== undefined && moveTag === true
      ? [`the tag ${tag} moves from ${contents.tag.commit.slice(0, 10)} to the seed's commit`]
      : []),
  ];
  return lines.map((line) => `repository ${repository}, which people made: ${line}`);
}
