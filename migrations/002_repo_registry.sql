-- One row per repository the agents deploy: where it lies, how it is built, what starts a deployment.
CREATE TABLE repo_registry (
  service_name text PRIMARY KEY,
  repo_url text NOT NULL,
  platform text NOT NULL,
  default_branch text DEFAULT 'main',
  cicd_type text NOT NULL,
  trigger_method text NOT NULL,
  board_id text,
  metadata jsonb DEFAULT '{}',
  created_at timestamptz DEFAULT now(),
  updated_at timestamptz DEFAULT now()
);

CREATE INDEX idx_repo_registry_platform ON repo_registry (platform);

-- The primary key serves the same look-ups; existing installations have this index and expect its name.
CREATE INDEX idx_repo_registry_service_name ON repo_registry (service_name);

CREATE INDEX idx_repo_registry_trigger_method ON repo_registry (trigger_method);

-- From a board to its service; most services have no board.
CREATE INDEX idx_repo_registry_board_id ON repo_registry (board_id) WHERE board_id IS NOT NULL;

CREATE INDEX idx_repo_registry_platform_trigger ON repo_registry (platform, trigger_method);
