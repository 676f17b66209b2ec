import grpc from "@grpc/grpc-js";
import empty from "google-protobuf/google/protobuf/empty_pb.js";
import type { Struct } from "google-protobuf/google/protobuf/struct_pb.js";
import pluginMessages from "@pulumi/pulumi/proto/plugin_pb.js";
import services from "@pulumi/pulumi/proto/provider_grpc_pb.js";
import messages from "@pulumi/pulumi/proto/provider_pb.js";
import type * as provider from "@pulumi/pulumi/proto/provider_pb.js";
import { parseUrn } from "../../../lib/pulumi/urn.ts";
import { differences } from "./differences.ts";
import { failure, guarded } from "./failure.ts";
import { decode, encode, encodeLike } from "./marshal.ts";
import type { Identity, Plan, Plugin, ResourceType } from "./plugin.ts";
import { equal, objectAt, reveal, type Properties } from "./values.ts";

type Unary<Request, Response> = (request: Request) => Response | Promise<Response>;

/**
 * Serves a plugin to Pulumi's engine over gRPC (`pulumirpc.ResourceProvider`), as a process of its own: prints
 * the port first, as the engine expects, and ends with it.
 */
export async function serve(plugin: Plugin): Promise<void> {
  const server = new grpc.Server({
    "grpc.max_receive_message_length": -1,
    "grpc.max_send_message_length": -1,
  });
  server.addService(services.ResourceProviderService, methods(plugin));
  const port = await new Promise<number>((resolve, reject) => {
    server.bindAsync("127.0.0.1:0", grpc.ServerCredentials.createInsecure(), (error, bound) => {
      if (error) reject(error);
      else resolve(bound);
    });
  });
  process.stdout.write(`${port}\n`);
}

function methods(plugin: Plugin): grpc.UntypedServiceImplementation {
  const cancelled = new AbortController();
  const { signal } = cancelled;
  return {
    getPluginInfo: unary(() => new pluginMessages.PluginInfo().setVersion(plugin.version)),
    cancel: unary(() => {
      cancelled.abort(new Error("cancelled"));
      return new empty.Empty();
    }),
    checkConfig: unary((request: provider.CheckRequest) =>
      new messages.CheckResponse().setInputs(request.getNews()),
    ),
    diffConfig: unary((request: provider.DiffRequest) => diffConfig(plugin, request)),
    configure: unary(async (request: provider.ConfigureRequest) => {
      await plugin.configure(plain(request.getArgs()));
      return new messages.ConfigureResponse().setAcceptsecrets(true).setSupportspreview(true);
    }),
    invoke: unary(async (request: provider.InvokeRequest) => {
      if (!plugin.invoke) throw new Error(refusal(plugin, `the function ${request.getTok()}`));
      const args = decode(request.getArgs());
      const result = await plugin.invoke(request.getTok(), objectAt(reveal(args)));
      return new messages.InvokeResponse().setReturn(encode(result));
    }),
    check: unary((request: provider.CheckRequest) => check(handler(plugin, request), request)),
    diff: unary(async (request: provider.DiffRequest) => {
      const change = {
        ...identity(request),
        id: request.getId(),
        ...olds(request),
        news: plain(request.getNews()),
      };
      return diffResponse(await handler(plugin, request).diff(change));
    }),
    create: unary(async (request: provider.CreateRequest) => {
      const inputs = decode(request.getProperties());
      const type = handler(plugin, request);
      const execution = { preview: request.getPreview(), timeout: request.getTimeout(), signal };
      const creation = type.create({ ...identity(request), ...execution, inputs: objectAt(reveal(inputs)) });
      const { id, outputs } = await guarded(inputs, creation);
      return new messages.CreateResponse().setId(id).setProperties(encodeLike(outputs, inputs));
    }),
    read: unary((request: provider.ReadRequest) => read(handler(plugin, request), request, signal)),
    update: unary(async (request: provider.UpdateRequest) => {
      const news = decode(request.getNews());
      const type = handler(plugin, request);
      const execution = { preview: request.getPreview(), timeout: request.getTimeout(), signal };
      const change = {
        ...identity(request),
        id: request.getId(),
        ...olds(request),
        news: objectAt(reveal(news)),
      };
      const outputs = await guarded(news, type.update({ ...change, ...execution }));
      return new messages.UpdateResponse().setProperties(encodeLike(outputs, news));
    }),
    delete: unary(async (request: provider.DeleteRequest) => {
      const properties = plain(request.getProperties());
      const execution = { timeout: request.getTimeout(), signal };
      await handler(plugin, request).delete({
        ...identity(request),
        ...execution,
        id: request.getId(),
        olds: properties,
      });
      return new empty.Empty();
    }),
  };
}

/** A handler that answers, or fails with whatever was thrown as a gRPC error. */
function unary<Request, Response>(handle: Unary<Request, Response>): grpc.handleUnaryCall<Request, Response> {
  return (call, callback) => {
    void Promise.resolve()
      .then(() => handle(call.request))
      .then((response) => callback(null, response))
      .catch((error: unknown) => callback(failure(error)));
  };
}

async function check(type: ResourceType, request: provider.CheckRequest): Promise<provider.CheckResponse> {
  const news = decode(request.getNews());
  const checked = await type.check({
    ...identity(request),
    olds: plain(request.getOlds()),
    news: objectAt(reveal(news)),
    randomSeed: request.getRandomseed_asU8(),
  });
  const failures = (checked.failures ?? []).map(({ property, reason }) =>
    new messages.CheckFailure().setProperty(property).setReason(reason),
  );
  return new messages.CheckResponse().setInputs(encodeLike(checked.inputs, news)).setFailuresList(failures);
}

async function read(
  type: ResourceType,
  request: provider.ReadRequest,
  signal: AbortSignal,
): Promise<provider.ReadResponse> {
  const properties = decode(request.getProperties());
  const inputs = decode(request.getInputs());
  const reading = type.read({
    ...identity(request),
    id: request.getId(),
    olds: objectAt(reveal(properties)),
    oldInputs: objectAt(reveal(inputs)),
    timeout: request.getTimeout(),
    signal,
  });
  const found = await guarded(inputs, reading);
  // An empty id tells the engine that the resource is gone.
  if (!found) return new messages.ReadResponse();
  return new messages.ReadResponse()
    .setId(found.id)
    .setProperties(encodeLike(found.outputs, properties))
    .setInputs(encodeLike(found.inputs, inputs));
}

function diffConfig(plugin: Plugin, request: provider.DiffRequest): provider.DiffResponse {
  const before = plain(request.getOldInputs() ?? request.getOlds());
  const after = plain(request.getNews());
  if (equal(before, after))
    return new messages.DiffResponse().setChanges(messages.DiffResponse.DiffChanges.DIFF_NONE);
  const replaces = new Set(plugin.replacedBy?.(before, after) ?? []);
  return diffResponse({ differences: differences(before, after), replaces: (path) => replaces.has(path) });
}

function diffResponse(plan: Plan): provider.DiffResponse {
  const { Kind } = messages.PropertyDiff;
  const { DIFF_NONE, DIFF_SOME } = messages.DiffResponse.DiffChanges;
  const response = new messages.DiffResponse();
  const replaces: string[] = [];
  for (const { path, kind } of plan.differences) {
    const replace = plan.replaces(path);
    if (replace) replaces.push(path);
    const name = kind.toUpperCase() as Uppercase<typeof kind>;
    const change = Kind[replace ? (`${name}_REPLACE` as const) : name];
    const detail = new messages.PropertyDiff().setInputdiff(true).setKind(change);
    response.getDetaileddiffMap().set(path, detail);
  }
  return response
    .setHasdetaileddiff(true)
    .setChanges(plan.differences.length > 0 ? DIFF_SOME : DIFF_NONE)
    .setDiffsList(plan.differences.map(({ path }) => path))
    .setReplacesList(replaces)
    .setDeletebeforereplace(replaces.length > 0 && plan.deleteBeforeReplace === true);
}

interface Addressed {
  getUrn(): string;
  getType(): string;
  getName(): string;
}

/** From the URN `urn:pulumi:STACK::PROJECT::PARENT$TYPE::NAME` where an older engine gives nothing else. */
function identity(request: Addressed): Identity {
  const urn = request.getUrn();
  const { type, name } = parseUrn(urn);
  return { urn, type: request.getType() || type, name: request.getName() || name };
}

function handler(plugin: Plugin, request: Addressed): ResourceType {
  return plugin.resourceType(identity(request).type);
}

function plain(struct: Struct | undefined): Properties {
  return objectAt(reveal(decode(struct)));
}

function olds(request: provider.DiffRequest | provider.UpdateRequest): {
  olds: Properties;
  oldInputs: Properties;
} {
  return { olds: plain(request.getOlds()), oldInputs: plain(request.getOldInputs()) };
}

/** The stand-in's refusal of a feature that it does not serve. */
export function refusal(plugin: Pick<Plugin, "name" | "version">, what: string): string {
  return (
    `The stand-in for Pulumi's ${plugin.name} plugin does not serve ${what}: ` +
    `install the official one (pulumi plugin install resource ${plugin.name} ${plugin.version}).`
  );
}
