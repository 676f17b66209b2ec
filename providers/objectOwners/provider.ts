import { isDeepStrictEqual } from "node:util";
import type * as pulumi from "@pulumi/pulumi";
import { connect, type ClusterAccess, type ObjectReference } from "../../lib/kubernetes/cluster.ts";
import { union } from "../../lib/kubernetes/fieldSet.ts";
import { othersFields } from "../../lib/kubernetes/othersFields.ts";
import { countedAs, takenBackCount } from "../../lib/kubernetes/takenBack.ts";

interface Inputs extends ClusterAccess {
  readonly objects: readonly ObjectReference[];
}

/** The state of each object at a refresh, by `Kind/name`. */
export type Seen = Readonly<Record<string, SeenObject>>;

export interface SeenObject {
  /** The number of times it was taken back before. */
  readonly takenBack: number;
  /** The fields that others own and the stack does not: a FieldSet in JSON; empty for none. */
  readonly others: string;
}

type State = Inputs & { readonly seen: Seen };

/** Keeps what the last refresh saw, of the objects that are declared still. */
export function check(olds: Partial<State>, news: Inputs): pulumi.dynamic.CheckResult<State> {
  return { inputs: { ...news, seen: olds.seen ?? {} } };
}

export function diff(_id: string, olds: State, news: State): pulumi.dynamic.DiffResult {
  return { changes: !isDeepStrictEqual(olds.objects, news.objects) };
}

export function create(inputs: State): pulumi.dynamic.CreateResult<State> {
  return { id: "object-owners", outs: inputs };
}

export function update(_id: string, _olds: State, news: State): pulumi.dynamic.UpdateResult<State> {
  return { outs: news };
}

export async function read(id: string, state: State): Promise<pulumi.dynamic.ReadResult<State>> {
  const cluster = await connect(state);
  const looks = await Promise.all(
    state.objects.map(async (reference): Promise<[string, SeenObject][]> => {
      const object = await cluster.get(reference);
      if (object === undefined) return [];
      const takenBack = takenBackCount(object.metadata.annotations);
      const fields = othersFields(object).map((each) => each.fields);
      if (takenBack === 0 && fields.length === 0) return [];
      const others = fields.length === 0 ? "" : JSON.stringify(union(...fields));
      return [[countedAs(reference), { takenBack, others }]];
    }),
  );
  const now = { ...state, seen: Object.fromEntries(looks.flat()) };
  return { id, props: now, inputs: now };
}
