-- What every agent did and how it went: the orchestrator scores agents by it.
CREATE TABLE agent_task_history (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  agent_id text NOT NULL,
  capability text NOT NULL,
  success boolean NOT NULL,
  duration_ms integer,
  error_type text,
  context jsonb DEFAULT '{}',
  created_at timestamptz DEFAULT now()
);

-- Scores: one agent's latest results for one capability.
CREATE INDEX idx_task_history_agent_capability ON agent_task_history (agent_id, capability, created_at DESC);

-- Recent activity of all agents.
CREATE INDEX idx_task_history_created ON agent_task_history (created_at DESC);

-- Failures only, by kind.
CREATE INDEX idx_task_history_errors ON agent_task_history (error_type) WHERE error_type IS NOT NULL;
