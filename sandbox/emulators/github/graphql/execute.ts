/** Runs GraphQL documents: each is validated against GitHub's schema; what is not emulated is an error. */
import {
  execute,
  getOperationAST,
  GraphQLError,
  Kind,
  OperationTypeNode,
  parse,
  validate,
  type DocumentNode,
  type GraphQLFieldResolver,
  type GraphQLFormattedError,
  type GraphQLSchema,
  type GraphQLTypeResolver,
} from "graphql";
import type { FaultAction } from "../http/faults.ts";
import type { Prepared } from "../http/gateway.ts";
import { failure, json, objectBody, type Incoming, type Reply } from "../http/http.ts";
import type { Limits } from "../http/limits.ts";
import { userOf, type World } from "../store/world.ts";
import { mutations } from "./resolvers/mutations.ts";
import { makeNull, noteNullable } from "./nullable.ts";
import { queries } from "./resolvers/queries.ts";
import { withoutHidden } from "./hidden.ts";
import { githubSchema } from "./schema.ts";
import type { Arguments, Resolved, Scope } from "./scope.ts";

/** Reads what a request would do; `run` does it. */
export function prepare(world: World, limits: Limits, request: Incoming): Prepared {
  const body = objectBody(request.body);
  const answer = (reply: Reply): Prepared => ({ operations: [], cost: 0, run: () => Promise.resolve(reply) });
  if (!body) return answer(failure(400, "Problems parsing JSON"));
  if (typeof body.query !== "string" || body.query === "") {
    return answer(json(400, { message: "A query attribute must be specified and must be a string." }));
  }
  let document: DocumentNode;
  try {
    document = parsed(body.query);
  } catch (error) {
    return answer(json(200, { errors: [formatted(error as GraphQLError)] }));
  }
  const name = typeof body.operationName === "string" ? body.operationName : undefined;
  const variables: unknown = body.variables ?? {};
  if (typeof variables !== "object" || variables === null || Array.isArray(variables)) {
    return answer(json(400, { message: "Variables must be an object." }));
  }
  return {
    operations: operationsOf(document, name),
    cost: 1,
    run: (fault) => run(world, limits, request, document, name, { ...variables }, fault),
  };
}

/** Documents by their text: a program asks with the same ones over and over, and GitHub's schema is large. */
const documents = new Map<string, DocumentNode>();
const most = 500;

function parsed(text: string): DocumentNode {
  const known = documents.get(text);
  if (known) return known;
  const document = parse(text);
  if (documents.size >= most) documents.clear();
  documents.set(text, document);
  return document;
}

const problems = new WeakMap<GraphQLSchema, WeakMap<DocumentNode, readonly GraphQLError[]>>();

function problemsOf(schema: GraphQLSchema, document: DocumentNode): readonly GraphQLError[] {
  const ofSchema = problems.get(schema) ?? new WeakMap<DocumentNode, readonly GraphQLError[]>();
  problems.set(schema, ofSchema);
  const found = ofSchema.get(document) ?? validate(schema, document);
  ofSchema.set(document, found);
  return found;
}

function operationsOf(document: DocumentNode, name: string | undefined): string[] {
  const operation = getOperationAST(document, name);
  const fields =
    operation?.selectionSet.selections.flatMap((s) => (s.kind === Kind.FIELD ? [s.name.value] : [])) ?? [];
  return [...(operation?.name ? [operation.name.value] : []), ...fields];
}

async function run(
  world: World,
  limits: Limits,
  request: Incoming,
  document: DocumentNode,
  operationName: string | undefined,
  variableValues: Record<string, unknown>,
  fault: FaultAction | undefined,
): Promise<Reply> {
  const schema = githubSchema(world.optionIds);
  const invalid = problemsOf(schema, document);
  if (invalid.length > 0) return json(200, { errors: invalid.map(formatted) });
  const { actor } = request;
  if (!actor) return failure(401, "This endpoint requires you to be authenticated.");
  const scope: Scope = { world, actor, user: userOf(world, actor.login), limits, fault };
  const operation = getOperationAST(document, operationName)?.operation;
  const result = await execute({
    schema,
    document,
    rootValue: operation === OperationTypeNode.MUTATION ? mutations : queries,
    contextValue: scope,
    variableValues,
    operationName: operationName ?? null,
    fieldResolver: member,
    typeResolver: typeOf,
  });
  if (fault?.kind === "null" && result.data) makeNull(scope, result.data, fault.at);
  const errors = result.errors?.map(formatted);
  // Nothing was executed when there is no data member at all, e.g. because a variable does not fit its type.
  return json(200, { ...("data" in result ? { data: result.data } : {}), ...(errors ? { errors } : {}) });
}

/** A member of an object; one it does not have is not emulated, which is an error and never null. */
const member: GraphQLFieldResolver<unknown, Scope, Arguments> = (source, args, scope, info) => {
  const { fieldName, parentType } = info;
  if (source === null || typeof source !== "object" || !Object.hasOwn(source, fieldName)) {
    throw new GraphQLError(`The GitHub emulator does not emulate ${parentType.name}.${fieldName}.`, {
      extensions: { type: "NOT_EMULATED" },
    });
  }
  const found = (source as Resolved)[fieldName];
  const value =
    typeof found === "function" ? (found as (a: Arguments, s: Scope) => unknown)(args, scope) : found;
  noteNullable(scope, info, value);
  return fieldName === "nodes" && Array.isArray(value) ? withoutHidden(scope, value as Resolved[]) : value;
};

const typeOf: GraphQLTypeResolver<unknown, Scope> = (value) => String((value as Resolved).__typename);

function formatted(error: GraphQLError): GraphQLFormattedError & { type?: unknown } {
  const { type, ...extensions } = error.extensions;
  return {
    ...(type === undefined ? {} : { type }),
    ...(error.path ? { path: error.path } : {}),
    ...(Object.keys(extensions).length > 0 ? { extensions } : {}),
    ...(error.locations ? { locations: error.locations } : {}),
    message: error.message,
  };
}
