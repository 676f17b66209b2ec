/** The few calls of GitHub the project manager makes, as the token in the cluster's Secret. */

/** A card with the issue on it. */
export interface Card {
  readonly id: string;
  readonly issue: {
    readonly number: number;
    readonly title: string;
    readonly repository: { readonly name: string; readonly owner: { readonly login: string } };
  };
}

export interface Board {
  readonly projectId: string;
  readonly statusFieldId: string;
}

export class GitHub {
  readonly #url: string;
  readonly #token: string;

  constructor(url: string, token: string) {
    this.#url = url;
    this.#token = token;
  }

  /** The card, if there is an issue on it and it lies on that board. */
  async card(itemId: string, board: Board): Promise<Card | undefined> {
    const { node } = await this.#query<{ node: (Card & { project: { id: string } }) | null }>(
      `query ($itemId: ID!) {
        node(id: $itemId) {
          ... on ProjectV2Item {
            id
            project { id }
            issue: content { ... on Issue { number title repository { name owner { login } } } }
          }
        }
      }`,
      { itemId },
    );
    return node?.project.id === board.projectId && node.issue.number ? node : undefined;
  }

  /** Puts the card into the column of that name. */
  async move(card: Card, board: Board, column: string): Promise<void> {
    const { node } = await this.#query<{ node: { options: { id: string; name: string }[] } | null }>(
      "query ($id: ID!) { node(id: $id) { ... on ProjectV2SingleSelectField { options { id name } } } }",
      { id: board.statusFieldId },
    );
    const option = node?.options.find(({ name }) => name === column);
    if (option === undefined) throw new Error(`The board has no column ${column}`);
    await this.#query(
      `mutation ($input: UpdateProjectV2ItemFieldValueInput!) {
        updateProjectV2ItemFieldValue(input: $input) { projectV2Item { id } }
      }`,
      {
        input: {
          projectId: board.projectId,
          itemId: card.id,
          fieldId: board.statusFieldId,
          value: { singleSelectOptionId: option.id },
        },
      },
    );
  }

  async createIssue(card: Card, title: string): Promise<number> {
    const { number } = await this.#call<{ number: number }>("POST", `${repositoryOf(card)}/issues`, {
      title,
    });
    return number;
  }

  async comment(card: Card, body: string, issueNumber = card.issue.number): Promise<void> {
    await this.#call("POST", `${repositoryOf(card)}/issues/${String(issueNumber)}/comments`, { body });
  }

  /** Opens a pull request with one new file on a branch of its own; its number. */
  async openPullRequest(
    card: Card,
    change: { branch: string; title: string; body: string; path: string; content: string },
  ): Promise<number> {
    const repository = repositoryOf(card);
    const { default_branch: base } = await this.#call<{ default_branch: string }>("GET", repository);
    const head = await this.#call<{ object: { sha: string } }>("GET", `${repository}/git/ref/heads/${base}`);
    const ref = `refs/heads/${change.branch}`;
    await this.#call("POST", `${repository}/git/refs`, { ref, sha: head.object.sha });
    await this.#call("PUT", `${repository}/contents/${change.path}`, {
      message: change.title,
      content: Buffer.from(change.content).toString("base64"),
      branch: change.branch,
    });
    const { title, body, branch } = change;
    const made = await this.#call<{ number: number }>("POST", `${repository}/pulls`, {
      title,
      body,
      head: branch,
      base,
    });
    return made.number;
  }

  async closePullRequest(card: Card, number: number): Promise<void> {
    await this.#call("PATCH", `${repositoryOf(card)}/pulls/${String(number)}`, { state: "closed" });
  }

  async #query<T>(query: string, variables: object): Promise<T> {
    const { data, errors } = await this.#send<{ data: T; errors?: { message: string }[] }>(
      "POST",
      "/api/graphql",
      { query, variables },
    );
    if (errors) throw new Error(`GitHub: ${errors.map(({ message }) => message).join("; ")}`);
    return data;
  }

  #call<T>(method: string, path: string, body?: object): Promise<T> {
    return this.#send<T>(method, `/api/v3/repos/${path}`, body);
  }

  async #send<T>(method: string, path: string, body?: object): Promise<T> {
    const response = await fetch(`${this.#url}${path}`, {
      method,
      headers: { authorization: `Bearer ${this.#token}`, "content-type": "application/json" },
      ...(body ? { body: JSON.stringify(body) } : {}),
      signal: AbortSignal.timeout(30_000),
    });
    const text = await response.text();
    if (!response.ok) throw new Error(`GitHub: ${method} ${path}: ${String(response.status)} ${text}`);
    return JSON.parse(text) as T;
  }
}

function repositoryOf({ issue: { repository } }: Card): string {
  return `${repository.owner.login}/${repository.name}`;
}
