import { join } from "node:path";
import { builtProgram, type BuiltBinary, type Part } from "./part.ts";

const binary: BuiltBinary = {
  name: "s3",
  title: "S3 server of the tests",
  target: { directory: join(import.meta.dirname, "..", "modules", "s3"), package: ".", define: {} },
  file: "s3",
  links: [],
  memory: 5e8,
  expected: "about 10 s",
};

/** Path of an S3 server in memory; it takes `-bucket NAME` and prints its address. */
export const s3Server: Part<string> = builtProgram(binary);
