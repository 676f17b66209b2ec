/**
 * What keeps connections within this machine away from the proxy that the environment names, empty when it names
 * none. Go's libraries make that exception by themselves; Node and gRPC's library for it do not.
 */
export function pastProxy(environment: NodeJS.ProcessEnv): { NO_PROXY?: string; no_proxy?: string };
