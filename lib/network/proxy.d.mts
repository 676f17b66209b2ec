/**
 * What keeps connections within this machine away from the proxy that the environment names, empty when it names
 * none. Go's libraries make that exception by themselves; gRPC's library for Node does not.
 */
export function pastProxy(environment: NodeJS.ProcessEnv): { NO_PROXY?: string; no_proxy?: string };

/** A proxy, and the variable that names it. */
export interface NamedProxy {
  readonly variable: string;
  readonly url: string;
}

/**
 * The proxy for an address, by the rules of Go's libraries, so that this program and Pulumi's plugins take the same
 * way: HTTPS_PROXY or HTTP_PROXY in either case, NO_PROXY with names, addresses, ranges and ports, and never for
 * this machine itself.
 *
 * @returns undefined where the connection is direct
 * @throws Error in one line for a proxy of another kind than http:// and https://, or a login that cannot be decoded
 */
export function proxyFor(address: string | URL, environment: NodeJS.ProcessEnv): NamedProxy | undefined;
