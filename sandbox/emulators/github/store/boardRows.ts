/** The rows of Projects v2. */
import type { Row } from "../emulate.ts";

export interface Option {
  readonly id: string;
  readonly name: string;
  readonly color: string;
  readonly description: string;
}

export interface Project extends Row {
  readonly node_id: string;
  readonly owner_id: number;
  readonly owner_type: "User" | "Organization";
  readonly creator_id: number;
  readonly number: number;
  readonly title: string;
  readonly short_description: string | null;
  readonly readme: string | null;
  readonly public: boolean;
  readonly closed_at: string | null;
}

export interface Field extends Row {
  readonly node_id: string;
  readonly project_id: number;
  readonly name: string;
  readonly data_type: string;
  /** Only single selects have options. */
  readonly options: readonly Option[];
}

export interface Item extends Row {
  readonly node_id: string;
  readonly project_id: number;
  readonly creator_id: number;
  readonly content:
    | { readonly type: "Issue" | "PullRequest"; readonly id: number }
    | {
        readonly type: "DraftIssue";
        readonly node_id: string;
        readonly title: string;
        readonly body: string;
      };
  readonly position: number;
  readonly archived: boolean;
  /** By field id: a text, a number, a date (YYYY-MM-DD) or an option's id, with the time it was set. */
  readonly values: Readonly<Record<string, { readonly value: string | number; readonly at: string }>>;
}

export interface View extends Row {
  readonly node_id: string;
  readonly project_id: number;
  readonly number: number;
  readonly name: string;
  readonly layout: "BOARD_LAYOUT" | "TABLE_LAYOUT" | "ROADMAP_LAYOUT";
  readonly filter: string | null;
  readonly visible_fields: readonly number[];
  readonly group_by: readonly number[];
  readonly vertical_group_by: readonly number[];
  readonly sort_by: readonly { readonly field: number; readonly direction: "ASC" | "DESC" }[];
}

export interface Workflow extends Row {
  readonly node_id: string;
  readonly project_id: number;
  readonly number: number;
  readonly name: string;
  readonly enabled: boolean;
  /** The option of Status it sets; null if it sets none. */
  readonly option_id: string | null;
}

export interface Link extends Row {
  readonly project_id: number;
  readonly repo_id: number;
}
