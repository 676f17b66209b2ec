import { brief, isValues, textAt } from "../../live/values.ts";

/** An agent with its score, best first as the orchestrator lists them. */
export interface Score {
  readonly agentId: string;
  readonly finalScore: number;
  readonly baseWeight: number | undefined;
}

/** The scores in an answer of /agents/score/…: an object with a list, or the bare list of older versions. */
export function scores(json: unknown): readonly Score[] | string {
  const list = isValues(json) ? json["scores"] : json;
  if (!Array.isArray(list)) return `expected scores, got ${brief(json)}`;
  const read = list.map((entry: unknown) => {
    const agentId = textAt(entry, "agentId", "appId");
    const given = isValues(entry) ? (entry["finalScore"] ?? entry["score"]) : undefined;
    const weight = isValues(entry) ? entry["baseWeight"] : undefined;
    if (agentId === undefined || typeof given !== "number" || !Number.isFinite(given)) return undefined;
    return { agentId, finalScore: given, baseWeight: typeof weight === "number" ? weight : undefined };
  });
  if (read.some((entry) => entry === undefined))
    return `expected agentId and finalScore in each, got ${brief(json)}`;
  return read.filter((entry) => entry !== undefined);
}

/** Base weights that the agents register with. */
const weights: Readonly<Record<string, number>> = { "argocd-deployer": 0.9, "kubectl-deployer": 0.7 };

/** The fault in the ranking of the two deployers; undefined where it is right. */
export function misranked(list: readonly Score[]): string | undefined {
  const [better, worse] = ["argocd-deployer", "kubectl-deployer"] as const;
  const shown =
    list.map(({ agentId, finalScore }) => `${agentId} ${String(finalScore)}`).join(", ") || "no agent";
  const twice = list.find(
    ({ agentId }, index) => list.findIndex((each) => each.agentId === agentId) !== index,
  );
  if (twice !== undefined) return `${twice.agentId} is ranked twice: ${shown}`;
  const first = list.find(({ agentId }) => agentId === better);
  const second = list.find(({ agentId }) => agentId === worse);
  if (first === undefined) return `${better} is not ranked: ${shown}`;
  if (second === undefined) return `${worse} is not ranked: ${shown}`;
  if (first.finalScore <= second.finalScore) return `${better} does not score above ${worse}: ${shown}`;
  // The orchestrator dispatches to the first of its list, whatever the numbers say.
  if (list.indexOf(first) > list.indexOf(second)) return `${worse} is listed before ${better}: ${shown}`;
  for (const { agentId, baseWeight } of [first, second]) {
    const weight = weights[agentId];
    if (baseWeight !== undefined && baseWeight !== weight) {
      return `${agentId} has the weight ${String(baseWeight)}, expected ${String(weight)}`;
    }
  }
  return undefined;
}
