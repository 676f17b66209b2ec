/** GitHub's schema: the official one of @octokit/graphql-schema, with what GitHub added since that was published. */
import { buildASTSchema, parse, Kind, type DocumentNode, type GraphQLSchema } from "graphql";
import { readFileSync } from "node:fs";

/** In GitHub's documentation of 2026, not yet in 15.26.1 of the package. */
const newer = /* GraphQL */ `
  extend input ProjectV2SingleSelectFieldOptionInput {
    "The ID of an option that exists: it is kept, and with it the value of every item. Without it the option is made again."
    id: String
  }

  enum ProjectV2ItemArchivedState {
    ARCHIVED
    NOT_ARCHIVED
  }

  input ProjectV2ViewConfigurationInput {
    visibleFieldIds: [ID!]
  }

  input CreateProjectV2ViewInput {
    clientMutationId: String
    projectId: ID!
    name: String!
    layout: ProjectV2ViewLayout!
    configuration: ProjectV2ViewConfigurationInput
  }

  input UpdateProjectV2ViewInput {
    clientMutationId: String
    viewId: ID!
    name: String
    layout: ProjectV2ViewLayout
    filter: String
    configuration: ProjectV2ViewConfigurationInput
  }

  input DeleteProjectV2ViewInput {
    clientMutationId: String
    viewId: ID!
  }

  type CreateProjectV2ViewPayload {
    clientMutationId: String
    projectV2View: ProjectV2View
  }

  type UpdateProjectV2ViewPayload {
    clientMutationId: String
    projectV2View: ProjectV2View
  }

  type DeleteProjectV2ViewPayload {
    clientMutationId: String
    projectV2View: ProjectV2View
  }

  extend type Mutation {
    createProjectV2View(input: CreateProjectV2ViewInput!): CreateProjectV2ViewPayload
    updateProjectV2View(input: UpdateProjectV2ViewInput!): UpdateProjectV2ViewPayload
    deleteProjectV2View(input: DeleteProjectV2ViewInput!): DeleteProjectV2ViewPayload
  }
`;

/** Arguments that GitHub has added to a field that was there: SDL cannot extend one. */
const newerItems = /* GraphQL */ `
  type ProjectV2 {
    items(archivedStates: [ProjectV2ItemArchivedState!] = [NOT_ARCHIVED]): ID
  }
`;

const built = new Map<boolean, GraphQLSchema>();

/**
 * Built at the first call (about 0.2 s and 40 MB), since much of a sandbox's life needs REST alone.
 * @param optionIds `false` leaves the newer members out, as an older GitHub Enterprise Server would
 */
export function githubSchema(optionIds: boolean): GraphQLSchema {
  let schema = built.get(optionIds);
  if (!schema) {
    // The package exports its code alone; the schema lies beside it.
    const text = readFileSync(
      new URL("schema.graphql", import.meta.resolve("@octokit/graphql-schema")),
      "utf8",
    );
    const document = parse(optionIds ? text + newer : text, { noLocation: true });
    schema = buildASTSchema(optionIds ? withArguments(document, newerItems) : document, {
      assumeValid: true,
      assumeValidSDL: true,
    });
    built.set(optionIds, schema);
  }
  return schema;
}

/** The document, with the arguments in `more` added to the fields of the same names. */
function withArguments(document: DocumentNode, more: string): DocumentNode {
  const [added] = parse(more, { noLocation: true }).definitions;
  const definitions = document.definitions.map((type) => {
    if (type.kind !== Kind.OBJECT_TYPE_DEFINITION || added?.kind !== Kind.OBJECT_TYPE_DEFINITION) return type;
    if (type.name.value !== added.name.value) return type;
    const fields = (type.fields ?? []).map((field) => {
      const same = added.fields?.find(({ name }) => name.value === field.name.value);
      return { ...field, arguments: [...(field.arguments ?? []), ...(same?.arguments ?? [])] };
    });
    return { ...type, fields };
  });
  return { ...document, definitions };
}
