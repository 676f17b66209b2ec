import * as pulumi from "@pulumi/pulumi";
import * as random from "@pulumi/random";

/**
 * As many resources as repositories have, with none of their work: `MESH_SIX_BENCH_ENTRIES` components with three
 * RandomStrings each. They leave only the engine's own cost. `MESH_SIX_BENCH_LENGTH` is the first one's length.
 */
const count = Number(process.env["MESH_SIX_BENCH_ENTRIES"]);
const length = Number(process.env["MESH_SIX_BENCH_LENGTH"] ?? 8);

for (let entry = 0; entry < count; entry += 1) {
  const parent = new pulumi.ComponentResource("bench:index:Bare", `bare-${entry}`);
  for (const part of ["one", "two", "three"]) {
    const first = entry === 0 && part === "one";
    new random.RandomString(`bare-${entry}-${part}`, { length: first ? length : 8 }, { parent });
  }
}
