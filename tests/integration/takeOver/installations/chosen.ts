import { installations, type Installation } from "./table.ts";

/** One of the table's installations, and why this run leaves it out, if it does. */
interface Chosen {
  readonly what: Installation;
  /** Name of its namespace. */
  readonly name: string;
  readonly title: string;
  readonly skip: string | false;
}

const asked = process.env["MESH_SIX_INSTALLATIONS"];

/**
 * The table's installations, by what argocd-cm says, which all Applications at one time have in common. All of them take
 * a while: MESH_SIX_INSTALLATIONS says which to take, `all` or their numbers, such as `1-10,32`.
 *
 * @param usual - those that a run takes which says nothing
 */
export function chosen(usual: "all" | readonly number[]): [settings: string, cases: Chosen[]][] {
  const skip = "MESH_SIX_INSTALLATIONS=all takes this installation too";
  const cases = installations.map((what, at): Chosen => {
    const number = at + 1;
    const isTaken = asked === undefined ? usual === "all" || usual.includes(number) : isNamed(asked, number);
    return {
      what,
      name: `case-${String(number).padStart(2, "0")}`,
      title: `${number}: takes over ${what.what}, as planned, and nothing is lost until it is destroyed`,
      skip: isTaken ? false : skip,
    };
  });
  return [...Map.groupBy(cases, ({ what: { settings = {} } }) => JSON.stringify(settings))];
}

function isNamed(numbers: string, number: number): boolean {
  if (numbers === "all") return true;
  return numbers.split(",").some((part) => {
    const [first = 0, last = first] = part.split("-").map(Number);
    return number >= first && number <= last;
  });
}
