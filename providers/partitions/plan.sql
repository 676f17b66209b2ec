-- Works out what the event log's partitions need, and changes nothing: it runs in a READ ONLY session too.
--
-- Reads, as settings of the session ('' where there is none):
--   mesh_six.months_ahead    months kept ready after the current one
--   mesh_six.time_zone       whose midnight begins a month
--   mesh_six.this_month      first day of the current month; '' takes the server's clock
--   mesh_six.keep_months     full months kept before the current one; '' keeps all
--   mesh_six.old_partitions  what becomes of older ones: 'keep' detaches them, 'drop' detaches and drops them
--
-- Leaves the setting mesh_six.plan, a JSON object:
--   coveredUntil  up to when, without a gap from now on, events have a partition; null when now has none
--   partitions    {name, from, to} of every partition that stays and of those to come
--   steps         {action, partition, note, statement} in the order to run them. A statement is sent by itself,
--                 outside a transaction: the server makes each one a transaction of its own.
DO $plan$
DECLARE
  -- Bounds of another time zone leave slivers of some hours beside a month's first; up to this they join a neighbour.
  sliver constant interval := '2 days';
  -- Says on a table that it was detached in order to be dropped: an upkeep killed in between is finished by the next.
  doomed constant text := 'mesh-six: detached to be dropped';
  zone constant text := current_setting('mesh_six.time_zone');
  months_ahead constant integer := current_setting('mesh_six.months_ahead');
  keep_months constant integer := nullif(current_setting('mesh_six.keep_months', true), '');
  dropping constant boolean := current_setting('mesh_six.old_partitions', true) = 'drop';
  clock_month constant timestamp := date_trunc('month', now() AT TIME ZONE zone);
  this_month constant timestamp := coalesce(nullif(current_setting('mesh_six.this_month', true), '')::timestamp, clock_month);
  -- The server's clock bounds what is removed: a client whose clock runs ahead must not cost anybody a row.
  keep_from constant timestamptz := (least(this_month, clock_month) - make_interval(months => keep_months)) AT TIME ZONE zone;
  horizon constant timestamptz := (this_month + make_interval(months => months_ahead + 1)) AT TIME ZONE zone;

  events record;
  key text;
  columns text;
  fallback text;
  cascading text;
  child record;
  expired boolean;
  name text;
  names text[] := '{}';
  taken tstzmultirange := '{}';
  wanted tstzmultirange := tstzmultirange(tstzrange(this_month AT TIME ZONE zone, horizon));
  waiting tstzmultirange;
  waiting_rows bigint;
  flaw text;
  remedy text;
  gap tstzrange;
  piece tstzrange;
  since timestamptz;
  until timestamptz;
  step jsonb;
  steps jsonb := '[]';
  leaving jsonb := '[]';
  refusals jsonb := '[]';
  partitions jsonb := '[]';
BEGIN
  -- So that bounds read from the catalogue and bounds written into statements mean the same in every session.
  PERFORM set_config('TimeZone', 'UTC', true), set_config('DateStyle', 'ISO', true);

  SELECT c.oid, n.nspname AS schema, format('%I.%I', n.nspname, c.relname) AS ident,
         r.rolname AS owner, pg_has_role(c.relowner, 'USAGE') AS ours, s.spcname AS tablespace
    INTO events
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace JOIN pg_roles r ON r.oid = c.relowner
         LEFT JOIN pg_tablespace s ON s.oid = c.reltablespace
   WHERE c.oid = to_regclass('mesh_six_events');
  IF events.oid IS NULL THEN
    RAISE EXCEPTION 'table mesh_six_events: expected to be there, got none in %', current_schemas(false)
      USING HINT = 'apply migrations/003_mesh_six_events.sql first', ERRCODE = 'undefined_table';
  END IF;

  SELECT format('%I', a.attname), CASE WHEN d.oid IS NOT NULL THEN format('%I.%I', d.relnamespace::regnamespace, d.relname) END
    INTO key, fallback
    FROM pg_partitioned_table p
         JOIN pg_attribute a ON a.attrelid = p.partrelid AND a.attnum = p.partattrs[0]
         LEFT JOIN pg_class d ON d.oid = p.partdefid
   WHERE p.partrelid = events.oid AND p.partstrat = 'r' AND p.partnatts = 1 AND a.atttypid = 'timestamptz'::regtype;
  IF key IS NULL THEN
    RAISE EXCEPTION '%: expected to be partitioned by range of one timestamptz column, got %', events.ident,
        coalesce(pg_get_partkeydef(events.oid), 'a table without partitions')
      USING HINT = 'in one transaction rename it and its indexes, run migrations/003_mesh_six_events.sql, and copy the rows over';
  END IF;

  SELECT string_agg(format('%I', attname), ', ' ORDER BY attnum) INTO columns
    FROM pg_attribute
   WHERE attrelid = events.oid AND attnum > 0 AND NOT attisdropped AND attgenerated = '';

  -- What is there. Whatever is older than the retention leaves; whatever else is there is taken, odd bounds and all.
  FOR child IN
    SELECT c.relname, n.nspname = events.schema AS beside, format('%I.%I', n.nspname, c.relname) AS ident, i.inhdetachpending AS pending,
           coalesce(obj_description(c.oid, 'pg_class'), '') = doomed AS doomed, b.range
      FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid JOIN pg_namespace n ON n.oid = c.relnamespace,
           regexp_match(pg_get_expr(c.relpartbound, c.oid), '^FOR VALUES FROM [(](.*)[)] TO [(](.*)[)]$') AS bound,
           LATERAL (SELECT tstzrange(replace(trim('''' FROM bound[1]), 'MINVALUE', '-infinity')::timestamptz,
                                     replace(trim('''' FROM bound[2]), 'MAXVALUE', 'infinity')::timestamptz) AS range) AS b
     WHERE i.inhparent = events.oid AND bound IS NOT NULL
     ORDER BY lower(b.range)
  LOOP
    IF child.beside THEN
      names := names || child.relname::text;
    END IF;
    expired := coalesce(upper(child.range) <= keep_from, false);
    IF child.doomed AND NOT (dropping AND expired) THEN
      -- The settings have changed since: whoever detaches it by hand now must not lose it.
      steps := steps || jsonb_build_object('action', 'unmark', 'partition', child.relname, 'note', 'to be kept',
        'statement', format('COMMENT ON TABLE %s IS NULL', child.ident));
    END IF;
    IF child.pending THEN
      step := jsonb_build_object('action', 'detach', 'partition', child.relname, 'note', 'left half detached before',
        'statement', format('ALTER TABLE %s DETACH PARTITION %s FINALIZE', events.ident, child.ident));
      -- Before any other detachment, of which the server takes one at a time; where no new partition can want its
      -- place, behind the new ones, since it waits for every reader of the log.
      IF upper(child.range) <= this_month AT TIME ZONE zone AND fallback IS NULL THEN
        leaving := jsonb_build_array(step) || leaving;
      ELSE
        steps := steps || step;
      END IF;
    ELSIF expired THEN
      IF dropping THEN
        leaving := leaving || jsonb_build_object('action', 'mark', 'partition', child.relname, 'note', doomed,
          'statement', format('COMMENT ON TABLE %s IS %L', child.ident, doomed));
      END IF;
      leaving := leaving || jsonb_build_object('action', 'detach', 'partition', child.relname, 'note', format('ends %s', upper(child.range)),
        -- The server detaches concurrently only where there is no default partition.
        'statement', format('ALTER TABLE %s DETACH PARTITION %s', events.ident, child.ident) || CASE WHEN fallback IS NULL THEN ' CONCURRENTLY' ELSE '' END);
    ELSE
      taken := taken + tstzmultirange(child.range);
      partitions := partitions || jsonb_build_object('name', child.relname, 'from', lower(child.range), 'to', upper(child.range));
      CONTINUE;
    END IF;
    IF dropping AND expired AND (child.doomed OR NOT child.pending) THEN
      leaving := leaving || jsonb_build_object('action', 'drop', 'partition', child.relname, 'note', '',
        'statement', format('DROP TABLE %s', child.ident));
    END IF;
  END LOOP;
  IF dropping THEN
    SELECT leaving || coalesce(jsonb_agg(jsonb_build_object('action', 'drop', 'partition', c.relname, 'note', doomed,
             'statement', format('DROP TABLE %I.%I', n.nspname, c.relname)) ORDER BY c.relname), '[]')
      INTO leaving
      -- Wherever the partition was and whatever its name.
      FROM pg_description d JOIN pg_class c ON c.oid = d.objoid JOIN pg_namespace n ON n.oid = c.relnamespace
     WHERE d.classoid = 'pg_class'::regclass AND d.objsubid = 0 AND d.description = doomed
       AND c.relkind IN ('r', 'p') AND NOT c.relispartition AND pg_has_role(c.relowner, 'USAGE');
  END IF;

  -- Rows waiting in the default partition want the months they are of; those past the horizon wait for theirs.
  IF fallback IS NOT NULL THEN
    EXECUTE format(
      'SELECT range_agg(tstzrange(month AT TIME ZONE $1, (month + interval ''1 month'') AT TIME ZONE $1))
         FROM (SELECT DISTINCT date_trunc(''month'', %1$s AT TIME ZONE $1) FROM %2$s
                WHERE %1$s >= coalesce($2, ''0001-02-01'') AND %1$s < $3) AS waiting(month)', key, fallback)
      INTO waiting USING zone, keep_from, horizon;
    wanted := wanted + coalesce(waiting, '{}');
    -- A key that refers to the log refers to each of its partitions.
    SELECT string_agg(DISTINCT format('%I of %s', conname, conrelid::regclass), ', ') INTO cascading
      FROM pg_constraint WHERE contype = 'f' AND confrelid = fallback::regclass AND confdeltype IN ('c', 'n', 'd');
  END IF;

  FOR gap IN SELECT unnest(wanted - taken) LOOP
    -- Continue from where the neighbours really end and begin.
    SELECT coalesce(max(upper(t)) FILTER (WHERE upper(t) <= lower(gap) AND upper(t) > lower(gap) - sliver), lower(gap)),
           coalesce(min(lower(t)) FILTER (WHERE lower(t) >= upper(gap) AND lower(t) < upper(gap) + sliver), upper(gap))
      INTO since, until
      FROM unnest(taken) AS t;
    FOR piece IN
      SELECT tstzrange(bound, lead(bound) OVER (ORDER BY bound))
        FROM (SELECT since
              UNION SELECT until
              UNION SELECT month AT TIME ZONE zone
                FROM generate_series(date_trunc('month', since AT TIME ZONE zone), until AT TIME ZONE zone, '1 month') AS month
               WHERE month AT TIME ZONE zone > since + sliver AND month AT TIME ZONE zone < until - sliver) AS bounds(bound)
       ORDER BY bound
    LOOP
      CONTINUE WHEN upper_inf(piece);
      name := 'mesh_six_events_' || to_char((lower(piece) + (upper(piece) - lower(piece)) / 2) AT TIME ZONE zone, 'YYYY_MM');
      IF name = ANY (names) THEN
        name := 'mesh_six_events_' || to_char(lower(piece) AT TIME ZONE zone, 'YYYY_MM_DD');
      END IF;
      IF name = ANY (names) THEN
        name := 'mesh_six_events_' || to_char(lower(piece) AT TIME ZONE zone, 'YYYY_MM_DD_HH24MI');
      END IF;
      waiting_rows := 0;
      -- A piece that reaches to a neighbour beyond the horizon takes rows along that none was wanted for.
      IF waiting && piece OR fallback IS NOT NULL AND NOT piece <@ tstzrange(keep_from, horizon) THEN
        EXECUTE format('SELECT count(*) FROM %2$s WHERE %1$s >= $1 AND %1$s < $2', key, fallback) INTO waiting_rows USING lower(piece), upper(piece);
      END IF;
      flaw := NULL;
      IF to_regclass(format('%I.%I', events.schema, name)) IS NOT NULL THEN
        flaw := 'expected the name to be free, got a relation that is no partition of mesh_six_events';
        remedy := format('rename that relation, or attach it FOR VALUES FROM (''%s'') TO (''%s'')', lower(piece), upper(piece));
      ELSIF waiting_rows > 0 AND cascading IS NOT NULL THEN
        -- To such a key a row that moves is one that is deleted.
        flaw := format('expected to move %s rows out of %s, got foreign keys that would delete or change the rows referring to them: %s', waiting_rows, fallback, cascading);
        remedy := 'drop those keys, run this again, and add them again';
      END IF;
      -- The other partitions are made nevertheless; then the upkeep fails with this.
      IF flaw IS NOT NULL THEN
        refusals := refusals || jsonb_build_object('action', 'refuse', 'partition', name, 'note', flaw,
          'statement', format('DO %L', format('BEGIN RAISE EXCEPTION USING MESSAGE = %L, HINT = %L; END',
            format('partition %I.%I: %s', events.schema, name, flaw), remedy)));
        CONTINUE;
      END IF;
      names := names || name;
      partitions := partitions || jsonb_build_object('name', name, 'from', lower(piece), 'to', upper(piece));
      steps := steps || jsonb_build_object('action', 'create', 'partition', name,
        'note', format('%s to %s', lower(piece), upper(piece)) || CASE WHEN waiting_rows > 0 THEN format('; rows waiting in %s to be moved: %s', fallback, waiting_rows) ELSE '' END,
        'statement', concat_ws(E';\n',
          -- Locked from the strongest on, and before the rows are moved: no row can arrive behind the move.
          format('LOCK TABLE ONLY %s IN SHARE UPDATE EXCLUSIVE MODE', events.ident),
          CASE WHEN fallback IS NOT NULL THEN format('LOCK TABLE %s IN ACCESS EXCLUSIVE MODE', fallback) END,
          -- Attaching lets readers and writers of the log go on; CREATE TABLE … PARTITION OF does not.
          format('CREATE TABLE %I.%I (LIKE %s INCLUDING ALL EXCLUDING INDEXES EXCLUDING IDENTITY)', events.schema, name, events.ident)
            || coalesce(' TABLESPACE ' || quote_ident(events.tablespace), ''),
          CASE WHEN events.owner <> current_user THEN format('ALTER TABLE %I.%I OWNER TO %I', events.schema, name, events.owner) END,
          CASE WHEN fallback IS NOT NULL THEN format('WITH moved AS (DELETE FROM %1$s WHERE %2$s >= %3$L AND %2$s < %4$L RETURNING %5$s) INSERT INTO %6$I.%7$I (%5$s) SELECT %5$s FROM moved',
            fallback, key, lower(piece), upper(piece), columns, events.schema, name) END,
          format('ALTER TABLE %s ATTACH PARTITION %I.%I FOR VALUES FROM (%L) TO (%L)', events.ident, events.schema, name, lower(piece), upper(piece))));
    END LOOP;
  END LOOP;

  -- The new ones first: an old one that cannot go, as when rows of another table refer to its rows, stops the upkeep.
  steps := steps || leaving;

  -- Whoever may only look is told what is missing, and refused when it comes to do something about it.
  IF steps <> '[]' AND NOT events.ours THEN
    steps := jsonb_build_array(jsonb_build_object('action', 'refuse', 'partition', 'mesh_six_events', 'note', format('its owner is %s', events.owner),
      'statement', format('DO %L', format('BEGIN RAISE EXCEPTION USING MESSAGE = %L, HINT = %L; END',
        format('%s: expected to be kept by its owner %s, got role %s', events.ident, events.owner, current_user),
        format('connect as %1$I, or GRANT %1$I TO %2$I', events.owner, current_user)))));
  END IF;

  PERFORM set_config('mesh_six.plan', jsonb_build_object(
    'coveredUntil', (SELECT upper(t) FROM unnest(taken) AS t WHERE t @> now()),
    'partitions', partitions,
    'steps', steps || refusals)::text, false);
END
$plan$;

SELECT step ->> 'statement' AS statement
  FROM jsonb_array_elements(current_setting('mesh_six.plan')::jsonb -> 'steps') WITH ORDINALITY AS plan(step, position)
 ORDER BY position
