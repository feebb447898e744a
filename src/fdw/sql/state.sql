-- $1 the schema, $2 the one behind it, $3 the wrapper's extension. What is there, and what we may do: one row.
select
  current_setting('server_version_num') as version,
  current_database()::text as database,
  current_user::text as role,
  (select r.rolsuper from pg_catalog.pg_roles r where r.rolname = current_user)::text as is_superuser,
  pg_catalog.has_database_privilege(current_database(), 'create')::text as may_create,
  (select true from pg_catalog.pg_available_extensions e where e.name = $3)::text as is_available,
  (select true from pg_catalog.pg_extension e where e.extname = $3)::text as has_extension,
  (
    select pg_catalog.has_foreign_data_wrapper_privilege(w.oid, 'usage')
    from pg_catalog.pg_foreign_data_wrapper w where w.fdwname = $3
  )::text as may_use_wrapper,
  (pg_catalog.to_regnamespace('plumbline') is not null)::text as has_plumbline,
  (pg_catalog.to_regclass('plumbline.migrations') is not null)::text as has_registry,
  (pg_catalog.to_regclass('plumbline.homes') is not null)::text as has_homes,
  (
    select pg_catalog.jsonb_object_agg(n.nspname, pg_catalog.jsonb_build_object(
      'comment', pg_catalog.obj_description(n.oid, 'pg_namespace'),
      'is_mine', pg_catalog.pg_has_role(n.nspowner, 'usage')
    ))
    from pg_catalog.pg_namespace n where n.nspname in ($1, $2)
  )::text as schemas,
  (
    select pg_catalog.jsonb_agg(pg_catalog.jsonb_build_object(
      'schema', n.nspname,
      'name', c.relname,
      'kind', c.relkind::text,
      'columns', (
        select pg_catalog.jsonb_agg(pg_catalog.jsonb_build_object(
          'name', a.attname,
          'type', pg_catalog.format_type(a.atttypid, a.atttypmod)
        ) order by a.attnum)
        from pg_catalog.pg_attribute a where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
      ),
      'server', s.srvname,
      'options', pg_catalog.to_jsonb(f.ftoptions),
      'bound', pg_catalog.pg_get_expr(c.relpartbound, c.oid)
    ))
    from pg_catalog.pg_class c
    join pg_catalog.pg_namespace n on n.oid = c.relnamespace
    left join pg_catalog.pg_foreign_table f on f.ftrelid = c.oid
    left join pg_catalog.pg_foreign_server s on s.oid = f.ftserver
    where n.nspname in ($1, $2) and c.relkind in ('r', 'p', 'v', 'm', 'f')
  )::text as relations,
  (
    select pg_catalog.jsonb_object_agg(s.srvname, pg_catalog.jsonb_build_object(
      'comment', pg_catalog.obj_description(s.oid, 'pg_foreign_server'),
      'options', pg_catalog.to_jsonb(s.srvoptions),
      'has_mapping', exists (
        select from pg_catalog.pg_user_mappings u where u.srvid = s.oid and u.umuser = 0
      )
    ))
    from pg_catalog.pg_foreign_server s
  )::text as servers
