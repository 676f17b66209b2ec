-- The append-only event log, one partition a month. The partitions are kept ahead of today by
-- providers/partitions, not by a migration: a list of months in a file runs out.
CREATE TABLE mesh_six_events (
  seq bigserial,
  id uuid NOT NULL DEFAULT gen_random_uuid(),
  timestamp timestamptz NOT NULL DEFAULT now(),
  trace_id text NOT NULL,
  task_id uuid,
  agent_id text NOT NULL,
  event_type text NOT NULL,
  event_version integer NOT NULL DEFAULT 1,
  payload jsonb NOT NULL,
  aggregate_id text,
  idempotency_key text,
  PRIMARY KEY (seq, timestamp)
) PARTITION BY RANGE (timestamp);

CREATE INDEX idx_events_trace ON mesh_six_events (trace_id);

CREATE INDEX idx_events_task ON mesh_six_events (task_id) WHERE task_id IS NOT NULL;

CREATE INDEX idx_events_agent_type ON mesh_six_events (agent_id, event_type, timestamp DESC);

-- Replay: the events of one aggregate in the order they were written.
CREATE INDEX idx_events_aggregate ON mesh_six_events (aggregate_id, seq) WHERE aggregate_id IS NOT NULL;

-- A unique index of a partitioned table must hold the partition key, so a key is unique per instant.
CREATE UNIQUE INDEX idx_events_idempotency ON mesh_six_events (idempotency_key, timestamp)
  WHERE idempotency_key IS NOT NULL;
