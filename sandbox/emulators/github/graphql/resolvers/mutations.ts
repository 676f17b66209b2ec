/** The fields of Mutation, one after the other, each struck by a fault if a test ordered it. */
import { fieldMutations } from "../mutations/fields.ts";
import { gitMutations } from "../mutations/git.ts";
import { issueMutations } from "../mutations/issues.ts";
import { itemMutations } from "../mutations/items.ts";
import { projectMutations } from "../mutations/projects.ts";
import { viewMutations } from "../mutations/views.ts";
import { problem, type Resolved, type Scope } from "../scope.ts";

/** Does one mutation's work and gives its payload without clientMutationId. */
type Mutation = (input: never, scope: Scope) => Resolved | Promise<Resolved>;

const all: Readonly<Record<string, Mutation>> = {
  ...projectMutations,
  ...fieldMutations,
  ...itemMutations,
  ...viewMutations,
  ...gitMutations,
  ...issueMutations,
};

/** Scopes in which a fault told all mutations after the one it struck to fail too. */
const stopped = new WeakSet<Scope>();

export const mutations: Resolved = Object.fromEntries(
  Object.entries(all).map(([name, mutate]) => [
    name,
    async ({ input }: { input: { clientMutationId?: string | null } }, scope: Scope) => {
      const fault = scope.fault?.kind === "mutation" && scope.fault.field === name ? scope.fault : undefined;
      const trouble = problem(
        "INTERNAL",
        "Something went wrong while executing your query. Please try again.",
      );
      if (stopped.has(scope)) throw trouble;
      if (fault?.stop === true) stopped.add(scope);
      if (fault && fault.after !== true) throw trouble;
      const payload = await mutate(input as never, scope);
      if (fault) throw trouble;
      return { clientMutationId: input.clientMutationId ?? null, ...payload };
    },
  ]),
);
