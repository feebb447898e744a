-- $1 the table as SQL names it. What has to be known of it before a row is read or written; nothing where it is not there.
select
  c.relkind::text as kind,
  format('%I.%I', n.nspname, c.relname) as name,
  row_security_active(c.oid)::text as hides_rows,
  current_user::text as role,
  (
    select jsonb_agg(jsonb_build_object(
      'name', a.attname,
      'type', format_type(a.atttypid, a.atttypmod),
      'cast', case coalesce(b.typname, t.typname) when 'bpchar' then 'pg_catalog.bpchar'
        else format_type(coalesce(b.oid, t.oid), null) end,
      'base', coalesce(b.typname, t.typname),
      'category', t.typcategory::text,
      'labels', (select jsonb_agg(e.enumlabel order by e.enumsortorder) from pg_enum e where e.enumtypid = a.atttypid),
      'not_null', a.attnotnull or t.typnotnull,
      'is_filled', a.atthasdef or a.attidentity <> '',
      'is_computed', a.attgenerated <> '' or a.attidentity = 'a',
      'may_select', has_column_privilege(c.oid, a.attnum, 'select'),
      'may_update', has_column_privilege(c.oid, a.attnum, 'update'),
      'may_insert', has_column_privilege(c.oid, a.attnum, 'insert')
    ) order by a.attnum)
    from pg_attribute a
    join pg_type t on t.oid = a.atttypid
    left join pg_type b on b.oid = t.typbasetype
    where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
  )::text as columns,
  (
    select coalesce(jsonb_agg((
      select jsonb_agg(a.attname order by a.attname)
      from unnest(i.indkey[0:i.indnkeyatts - 1]) as k (attnum)
      join pg_attribute a on a.attrelid = c.oid and a.attnum = k.attnum
    )), '[]')
    from pg_index i
    where i.indrelid = c.oid and i.indisunique and i.indisvalid and i.indpred is null and i.indexprs is null
  )::text as unique_keys
from pg_class c
join pg_namespace n on n.oid = c.relnamespace
where c.oid = pg_catalog.to_regclass($1::text)
