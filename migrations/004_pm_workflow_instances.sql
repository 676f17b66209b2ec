-- Which workflow of the project manager handles which issue.
CREATE TABLE pm_workflow_instances (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  issue_number integer NOT NULL,
  repo_owner text NOT NULL,
  repo_name text NOT NULL,
  workflow_id text NOT NULL,
  project_item_id text,
  current_phase text NOT NULL DEFAULT 'INTAKE',
  status text NOT NULL DEFAULT 'active',
  created_at timestamptz DEFAULT now(),
  updated_at timestamptz DEFAULT now(),
  UNIQUE (issue_number, repo_owner, repo_name)
);

CREATE INDEX idx_pm_workflow_status ON pm_workflow_instances (status, current_phase);

CREATE INDEX idx_pm_workflow_issue ON pm_workflow_instances (repo_owner, repo_name, issue_number);
