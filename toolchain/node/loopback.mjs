// Preloaded into the program by Pulumi.yaml (nodeargs): `pulumi up` starts Node itself, and gRPC's library would send
// the connection to the engine, on this machine, to the proxy that https_proxy names.
import { pastProxy } from "../../lib/network/proxy.mjs";

Object.assign(process.env, pastProxy(process.env));
