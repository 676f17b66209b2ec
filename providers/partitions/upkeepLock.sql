-- One upkeep of the event log at a time: waits for the session lock, names who holds it, gives up after a minute.
-- Polled, and committed between two looks: a session that sleeps inside pg_advisory_lock keeps a snapshot, for
-- which DETACH PARTITION … CONCURRENTLY of the holder would wait in turn.
DO $lock$
DECLARE
  upkeep constant bigint := hashtextextended('mesh-six: upkeep of mesh_six_events', 0);
  patience constant integer := coalesce(nullif(current_setting('mesh_six.lock_seconds', true), ''), '60');
  holder text;
BEGIN
  FOR look IN 0 .. patience * 4 LOOP
    IF pg_try_advisory_lock(upkeep) THEN
      RETURN;
    END IF;
    COMMIT;
    PERFORM pg_sleep(0.25);
  END LOOP;
  SELECT format('%s (process %s of %s, since %s)', application_name, pid, usename, state_change)
    INTO holder
    FROM pg_locks JOIN pg_stat_activity USING (pid)
   WHERE locktype = 'advisory' AND granted AND objsubid = 1 AND pg_locks.database = (SELECT oid FROM pg_database WHERE datname = current_database())
     AND classid::bigint = (upkeep >> 32) & 4294967295 AND objid::bigint = upkeep & 4294967295;
  RAISE EXCEPTION 'upkeep of mesh_six_events: expected its lock within % s, got none', patience
    USING HINT = format('it is held by %s; wait for it, or end it with pg_terminate_backend', coalesce(holder, 'a session that has just ended'));
END
$lock$;
