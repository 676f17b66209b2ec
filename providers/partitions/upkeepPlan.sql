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
--   notices       what the plan could not see, in words
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
  replicating text;
  hush text;
  wake text;
  child record;
  expired boolean;
  name text;
  names text[] := '{}';
  dated text;
  ident text;
  -- Whom a new partition is made like: the newest with bounds, and of those with row security the newest.
  neighbour oid;
  secured oid;
  like_whom record;
  flaws text[] := '{}';
  protection text;
  attachment text;
  hides boolean;
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
  notices jsonb := '[]';
  partitions jsonb := '[]';
BEGIN
  -- So that bounds read from the catalogue and bounds written into statements mean the same in every session.
  PERFORM set_config('TimeZone', 'UTC', true), set_config('DateStyle', 'ISO', true);

  SELECT c.oid, n.nspname AS schema, format('%I.%I', n.nspname, c.relname) AS ident,
         r.rolname AS owner, c.relowner, n.oid AS schema_oid,
         pg_has_role(c.relowner, 'USAGE') AS ours, s.spcname AS tablespace
    INTO events
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace JOIN pg_roles r ON r.oid = c.relowner
         LEFT JOIN pg_tablespace s ON s.oid = c.reltablespace
   WHERE c.oid = to_regclass('mesh_six_events');
  IF events.oid IS NULL THEN
    RAISE EXCEPTION 'table mesh_six_events: expected to be there, got none in %', current_schemas(false)
      USING HINT = 'apply migrations/003_mesh_six_events.sql first', ERRCODE = 'undefined_table';
  END IF;

  SELECT format('%I', a.attname), CASE WHEN d.oid IS NOT NULL THEN format('%I.%I', n.nspname, d.relname) END
    INTO key, fallback
    FROM pg_partitioned_table p
         JOIN pg_attribute a ON a.attrelid = p.partrelid AND a.attnum = p.partattrs[0]
         LEFT JOIN pg_class d ON d.oid = p.partdefid LEFT JOIN pg_namespace n ON n.oid = d.relnamespace
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
    SELECT c.oid, c.relrowsecurity, c.relname, n.nspname = events.schema AS beside, format('%I.%I', n.nspname, c.relname) AS ident, i.inhdetachpending AS pending,
           coalesce(obj_description(c.oid, 'pg_class'), '') = doomed AS doomed, b.range
      FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid JOIN pg_namespace n ON n.oid = c.relnamespace,
           regexp_match(pg_get_expr(c.relpartbound, c.oid), '^FOR VALUES FROM [(](.*)[)] TO [(](.*)[)]$') AS bound,
           LATERAL (SELECT tstzrange(replace(trim('''' FROM bound[1]), 'MINVALUE', '-infinity')::timestamptz,
                                     replace(trim('''' FROM bound[2]), 'MAXVALUE', 'infinity')::timestamptz) AS range) AS b
     WHERE i.inhparent = events.oid AND bound IS NOT NULL
     ORDER BY lower(b.range)
  LOOP
    neighbour := child.oid;
    IF child.relrowsecurity THEN
      secured := child.oid;
    END IF;
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

  -- A new table has neither row security nor the rights of its neighbours, yet it can be read by its own name. Where
  -- only one of the neighbours has row security, new ones get it too.
  SELECT c.oid, c.relacl, c.relowner, c.relreplident, c.reloptions, t.reloptions AS toast, format('%I.%I', n.nspname, c.relname) AS ident
    INTO like_whom
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace LEFT JOIN pg_class t ON t.oid = c.reltoastrelid
   WHERE c.oid = coalesce(neighbour, fallback::regclass::oid, events.oid);
  SELECT coalesce(secured, max(c.oid) FILTER (WHERE c.oid <> events.oid), max(c.oid)) INTO secured
    FROM pg_class c WHERE c.oid IN (fallback::regclass::oid, events.oid) AND c.relrowsecurity;
  SELECT coalesce(array_agg(what ORDER BY what), '{}') INTO flaws
    FROM (
      -- Such a policy names the table's own columns by the table's name.
      SELECT format('policy %I of %s, which names its own table', polname, polrelid::regclass)
        FROM pg_policy JOIN pg_class c ON c.oid = polrelid
       WHERE polrelid = secured AND position(quote_ident(c.relname) || '.' IN concat(pg_get_expr(polqual, polrelid), ' ', pg_get_expr(polwithcheck, polrelid))) > 0
      UNION ALL
      SELECT format('rule %I of %s', rulename, ev_class::regclass) FROM pg_rewrite WHERE ev_class = like_whom.oid AND ev_class <> events.oid
      UNION ALL
      SELECT format('trigger %I of %s', tgname, tgrelid::regclass)
        FROM pg_trigger
       WHERE tgrelid = like_whom.oid AND tgrelid <> events.oid AND NOT tgisinternal AND tgparentid = 0
         AND array_length(string_to_array(pg_get_triggerdef(oid), format(' ON %s ', like_whom.ident)), 1) <> 2
    ) AS irreproducible(what);
  hides := fallback IS NOT NULL AND row_security_active(fallback);
  IF hides THEN
    notices := notices || to_jsonb(format('row security of %s hides rows from role %s: rows it hides are neither counted nor moved', fallback, current_user));
    RAISE WARNING '%', notices ->> 0;
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
    -- A subscriber is told that the row is deleted, and not that it is in a table that is no partition yet.
    SELECT string_agg(format('%I', p.pubname), ', ' ORDER BY p.pubname) INTO replicating
      FROM pg_publication p
     WHERE p.pubdelete AND CASE
             WHEN EXISTS (SELECT FROM pg_publication_rel r WHERE r.prpubid = p.oid AND r.prrelid IN (
                    SELECT relid FROM pg_partition_ancestors(fallback::regclass) UNION SELECT relid FROM pg_partition_tree(fallback::regclass))) THEN true
             ELSE p.pubviaroot AND EXISTS (SELECT FROM pg_publication_tables t WHERE t.pubname = p.pubname AND format('%I.%I', t.schemaname, t.tablename) = events.ident)
           END;
    -- Nor does a row that moves concern triggers that guard or follow deletions: they rest while it does.
    SELECT string_agg(format('ALTER TABLE ONLY %I.%I DISABLE TRIGGER %I', n.nspname, c.relname, tgname), E';\n' ORDER BY c.oid, tgname),
           string_agg(format('ALTER TABLE ONLY %I.%I ENABLE %sTRIGGER %I', n.nspname, c.relname, CASE tgenabled WHEN 'A' THEN 'ALWAYS ' ELSE '' END, tgname), E';\n' ORDER BY c.oid, tgname)
      INTO hush, wake
      -- The default partition can have partitions of its own.
      FROM pg_partition_tree(fallback::regclass) t JOIN pg_class c ON c.oid = t.relid JOIN pg_namespace n ON n.oid = c.relnamespace
           JOIN pg_trigger ON tgrelid = c.oid
     WHERE NOT tgisinternal AND tgenabled IN ('O', 'A')
       -- The bit of TRIGGER_TYPE_DELETE.
       AND tgtype & 8 <> 0;
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
      -- After several changes of time zone two bounds can bear the same local time.
      dated := name;
      FOR nth IN 2 .. 1000 LOOP
        EXIT WHEN name <> ALL (names);
        name := dated || '_' || nth;
      END LOOP;
      ident := format('%I.%I', events.schema, name);
      waiting_rows := 0;
      -- A piece that reaches to a neighbour beyond the horizon takes rows along that none was wanted for.
      IF waiting && piece OR fallback IS NOT NULL AND NOT piece <@ tstzrange(keep_from, horizon) THEN
        EXECUTE format('SELECT count(*) FROM %2$s WHERE %1$s >= $1 AND %1$s < $2', key, fallback) INTO waiting_rows USING lower(piece), upper(piece);
      END IF;
      flaw := NULL;
      IF to_regclass(ident) IS NOT NULL THEN
        flaw := 'expected the name to be free, got a relation that is no partition of mesh_six_events';
        remedy := format('rename that relation, or attach it FOR VALUES FROM (''%s'') TO (''%s'')', lower(piece), upper(piece));
      ELSIF waiting_rows > 0 AND cascading IS NOT NULL THEN
        -- To such a key a row that moves is one that is deleted.
        flaw := format('expected to move %s rows out of %s, got foreign keys that would delete or change the rows referring to them: %s', waiting_rows, fallback, cascading);
        remedy := 'drop those keys, run this again, and add them again';
      ELSIF waiting_rows > 0 AND replicating IS NOT NULL THEN
        flaw := format('expected to move %s rows out of %s, got publications that tell their subscribers of the deletion alone: %s', waiting_rows, fallback, replicating);
        remedy := 'ALTER PUBLICATION … SET (publish = ''insert, update, truncate''), run this again, and SET (publish = ''insert, update, delete, truncate'') again';
      ELSIF flaws <> '{}' THEN
        flaw := format('expected to protect it as its neighbours are, got what cannot be made again by itself: %s', array_to_string(flaws, ', '));
        remedy := format('write a policy without the table''s name, else make the partition by hand FOR VALUES FROM (''%s'') TO (''%s'')', lower(piece), upper(piece));
      END IF;
      -- The other partitions are made nevertheless; then the upkeep fails with this.
      IF flaw IS NOT NULL THEN
        refusals := refusals || jsonb_build_object('action', 'refuse', 'partition', name, 'note', flaw,
          'statement', format('DO %L', format('BEGIN RAISE EXCEPTION USING MESSAGE = %L, HINT = %L; END',
            format('partition %s: %s', ident, flaw), remedy)));
        CONTINUE;
      END IF;
      SELECT string_agg(statement, E';\n' ORDER BY position, statement) INTO protection
        FROM (
          -- What ALTER DEFAULT PRIVILEGES gives to new tables.
          SELECT 1, format('REVOKE ALL ON TABLE %s FROM %s', ident, string_agg(DISTINCT coalesce(quote_ident(r.rolname), 'PUBLIC'), ', '))
            FROM pg_default_acl d, aclexplode(d.defaclacl) AS a LEFT JOIN pg_roles r ON r.oid = a.grantee
           WHERE d.defaclobjtype = 'r' AND d.defaclrole = (SELECT oid FROM pg_roles WHERE rolname = current_user) AND d.defaclnamespace IN (0, events.schema_oid)
             AND a.grantee NOT IN (d.defaclrole, events.relowner)
          HAVING count(*) > 0
          UNION ALL
          SELECT 1, format('REVOKE %s ON TABLE %s FROM %I', string_agg(a.privilege_type, ', ' ORDER BY a.privilege_type), ident, events.owner)
            FROM aclexplode(acldefault('r', like_whom.relowner)) AS a
           WHERE like_whom.relacl IS NOT NULL AND NOT EXISTS (
                   SELECT FROM aclexplode(like_whom.relacl) AS has WHERE has.grantee = like_whom.relowner AND has.privilege_type = a.privilege_type)
          HAVING count(*) > 0
          UNION ALL
          SELECT 2, format('GRANT %s ON TABLE %s TO %s', string_agg(a.privilege_type, ', ' ORDER BY a.privilege_type), ident, coalesce(quote_ident(r.rolname), 'PUBLIC'))
                    || CASE WHEN a.is_grantable THEN ' WITH GRANT OPTION' ELSE '' END
            FROM aclexplode(like_whom.relacl) AS a LEFT JOIN pg_roles r ON r.oid = a.grantee
           WHERE a.grantee NOT IN (like_whom.relowner, events.relowner)
           GROUP BY a.grantee, r.rolname, a.is_grantable
          UNION ALL
          SELECT 2, format('GRANT %s (%I) ON TABLE %s TO %s', a.privilege_type, c.attname, ident, coalesce(quote_ident(r.rolname), 'PUBLIC'))
                    || CASE WHEN a.is_grantable THEN ' WITH GRANT OPTION' ELSE '' END
            FROM pg_attribute c, aclexplode(c.attacl) AS a LEFT JOIN pg_roles r ON r.oid = a.grantee
           WHERE c.attrelid = like_whom.oid AND NOT c.attisdropped AND a.grantee NOT IN (like_whom.relowner, events.relowner)
          UNION ALL
          SELECT 3, format('ALTER TABLE %s ENABLE ROW LEVEL SECURITY', ident) WHERE secured IS NOT NULL
          UNION ALL
          SELECT 3, format('ALTER TABLE %s FORCE ROW LEVEL SECURITY', ident)
           WHERE secured IS NOT NULL AND EXISTS (SELECT FROM pg_class WHERE oid IN (secured, events.oid) AND relforcerowsecurity)
          UNION ALL
          SELECT 4, format('CREATE POLICY %I ON %s AS %s FOR %s TO %s', polname, ident, CASE WHEN polpermissive THEN 'PERMISSIVE' ELSE 'RESTRICTIVE' END,
                           CASE polcmd WHEN 'r' THEN 'SELECT' WHEN 'a' THEN 'INSERT' WHEN 'w' THEN 'UPDATE' WHEN 'd' THEN 'DELETE' ELSE 'ALL' END,
                           (SELECT string_agg(coalesce(quote_ident(r.rolname), 'PUBLIC'), ', ') FROM unnest(polroles) AS p(role) LEFT JOIN pg_roles r ON r.oid = p.role))
                    || coalesce(' USING (' || pg_get_expr(polqual, polrelid) || ')', '') || coalesce(' WITH CHECK (' || pg_get_expr(polwithcheck, polrelid) || ')', '')
            FROM pg_policy WHERE polrelid = secured
          UNION ALL
          SELECT 5, format('ALTER TABLE %s REPLICA IDENTITY %s', ident, CASE like_whom.relreplident WHEN 'f' THEN 'FULL' ELSE 'NOTHING' END)
           WHERE like_whom.relreplident IN ('f', 'n')
          UNION ALL
          SELECT 5, format('ALTER TABLE %s SET (%s)', ident, string_agg(format('%s%I = %L', prefix, option_name, option_value), ', '))
            FROM (VALUES ('', like_whom.reloptions), ('toast.', like_whom.toast)) AS o(prefix, options), pg_options_to_table(o.options)
          HAVING count(*) > 0
          UNION ALL
          SELECT 6, format('SECURITY LABEL FOR %I ON %s%s IS %L', l.provider, CASE WHEN a.attname IS NULL THEN 'TABLE ' ELSE 'COLUMN ' END,
                           ident || coalesce('.' || quote_ident(a.attname), ''), l.label)
            FROM pg_seclabel l LEFT JOIN pg_attribute a ON a.attrelid = l.objoid AND a.attnum = l.objsubid AND l.objsubid > 0
           WHERE l.classoid = 'pg_class'::regclass AND l.objoid = like_whom.oid
          UNION ALL
          -- Triggers of the log itself come with attaching; these are the neighbours' own.
          SELECT 7, replace(pg_get_triggerdef(oid), format(' ON %s ', like_whom.ident), format(' ON %s ', ident))
                    || CASE tgenabled WHEN 'O' THEN '' ELSE format(E';\nALTER TABLE %s %s TRIGGER %I', ident,
                         CASE tgenabled WHEN 'D' THEN 'DISABLE' WHEN 'R' THEN 'ENABLE REPLICA' ELSE 'ENABLE ALWAYS' END, tgname) END
            FROM pg_trigger WHERE tgrelid = like_whom.oid AND tgrelid <> events.oid AND NOT tgisinternal AND tgparentid = 0
        ) AS guards(position, statement);
      attachment := format('ALTER TABLE %s ATTACH PARTITION %s FOR VALUES FROM (%L) TO (%L)', events.ident, ident, lower(piece), upper(piece));
      names := names || name;
      partitions := partitions || jsonb_build_object('name', name, 'from', lower(piece), 'to', upper(piece));
      steps := steps || jsonb_build_object('action', 'create', 'partition', name,
        'note', format('%s to %s', lower(piece), upper(piece)) || coalesce('; row security as ' || secured::regclass, '') || CASE WHEN waiting_rows > 0 THEN format('; rows waiting in %s to be moved: %s', fallback, waiting_rows) ELSE '' END,
        'statement', concat_ws(E';\n',
          -- Locked from the strongest on, and before the rows are moved: no row can arrive behind the move.
          format('LOCK TABLE ONLY %s IN SHARE UPDATE EXCLUSIVE MODE', events.ident),
          CASE WHEN fallback IS NOT NULL THEN format('LOCK TABLE %s IN ACCESS EXCLUSIVE MODE', fallback) END,
          -- Attaching lets readers and writers of the log go on; CREATE TABLE … PARTITION OF does not.
          format('CREATE TABLE %s (LIKE %s INCLUDING ALL EXCLUDING INDEXES EXCLUDING IDENTITY)', ident, events.ident)
            || coalesce(' TABLESPACE ' || quote_ident(events.tablespace), ''),
          CASE WHEN events.owner <> current_user THEN format('ALTER TABLE %s OWNER TO %I', ident, events.owner) END,
          -- ALTER DEFAULT PRIVILEGES can take rights from the owner too, who needs them for the rows that are moved.
          CASE WHEN EXISTS (SELECT FROM pg_default_acl WHERE defaclobjtype = 'r' AND defaclnamespace = 0 AND defaclrole = (SELECT oid FROM pg_roles WHERE rolname = current_user))
            THEN format('GRANT ALL ON TABLE %s TO %I', ident, events.owner) END,
          hush,
          CASE WHEN fallback IS NOT NULL THEN format('WITH moved AS (DELETE FROM %1$s WHERE %2$s >= %3$L AND %2$s < %4$L RETURNING %5$s) INSERT INTO %6$s (%5$s) SELECT %5$s FROM moved',
            fallback, key, lower(piece), upper(piece), columns, ident) END,
          wake,
          protection,
          CASE WHEN hides THEN format('DO %L', format('BEGIN %s; EXCEPTION WHEN check_violation THEN RAISE EXCEPTION USING MESSAGE = %L, HINT = %L; END', attachment,
              format('partition %s: expected none of its rows left in %s, got some that row security hides from role %s', ident, fallback, current_user),
              format('run this once as a role with BYPASSRLS, or with ALTER TABLE %s NO FORCE ROW LEVEL SECURITY until it has run', fallback)))
            ELSE attachment END,
          -- A trigger of the log that on the neighbour fires for replicated rows too.
          (SELECT string_agg(format('ALTER TABLE %s ENABLE ALWAYS TRIGGER %I', ident, logs.tgname), E';\n' ORDER BY logs.tgname)
             FROM pg_trigger t JOIN pg_trigger logs ON logs.oid = t.tgparentid
            WHERE t.tgrelid = like_whom.oid AND t.tgenabled = 'A' AND logs.tgrelid = events.oid AND logs.tgenabled <> 'A' AND NOT t.tgisinternal),
          -- The index of a replica identity is there once the partition is attached.
          CASE WHEN like_whom.relreplident = 'i' THEN coalesce(
            (SELECT format('DO %L', format('BEGIN EXECUTE %L || (SELECT quote_ident(c.relname) FROM pg_partition_tree(%s) AS t JOIN pg_index i ON i.indexrelid = t.relid JOIN pg_class c ON c.oid = t.relid WHERE i.indrelid = %L::regclass); END',
                      format('ALTER TABLE %s REPLICA IDENTITY USING INDEX ', ident), coalesce(h.inhparent, x.indexrelid), ident))
               FROM pg_index x LEFT JOIN pg_inherits h ON h.inhrelid = x.indexrelid
              WHERE x.indrelid = like_whom.oid AND x.indisreplident AND (h.inhparent IS NOT NULL OR x.indrelid = events.oid)),
            -- An index of the neighbour's own: every column identifies a row as well.
            format('ALTER TABLE %s REPLICA IDENTITY FULL', ident)) END));
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
    'notices', notices,
    'steps', steps || refusals)::text, false);
END
$plan$;

SELECT step ->> 'statement' AS statement
  FROM jsonb_array_elements(current_setting('mesh_six.plan')::jsonb -> 'steps') WITH ORDINALITY AS plan(step, position)
 ORDER BY position
