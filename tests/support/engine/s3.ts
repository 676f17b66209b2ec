import { spawn } from "node:child_process";
import { once } from "node:events";
import { progressToStderr } from "../../../toolchain/progress.ts";
import { resolveS3Server } from "../../../toolchain/resolve.ts";
import type { StateBackend } from "./backendStack.ts";

const bucket = "state";

/** A bucket for Pulumi's state, in the memory of an S3 server on this machine. */
export async function startS3(): Promise<StateBackend & { readonly stop: () => Promise<void> }> {
  const command = await resolveS3Server(progressToStderr());
  // The server ends when its standard input does, so it outlives no test that is killed.
  const server = spawn(command, ["-bucket", bucket], { stdio: ["pipe", "pipe", "inherit"] });
  const exited = once(server, "exit");
  const [address] = (await Promise.race([once(server.stdout, "data"), exited])) as [unknown];
  if (!Buffer.isBuffer(address)) throw new Error(`the S3 server ended with ${String(address)}`);
  const query = new URLSearchParams({
    endpoint: address.toString().trim(),
    region: "us-east-1",
    s3ForcePathStyle: "true",
  });
  return {
    url: `s3://${bucket}?${query.toString()}`,
    environment: { AWS_ACCESS_KEY_ID: "any", AWS_SECRET_ACCESS_KEY: "any" },
    stop: async () => {
      server.stdin.end();
      await exited;
    },
  };
}
