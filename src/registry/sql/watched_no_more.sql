-- $1 the host id. Its rows are a snapshot from now on, unless another session than ours watches it.
update plumbline.hosts set watching_since = null
where host_id = $1 and watching_since is not null
  and not exists (
    select from pg_locks
    where locktype = 'advisory' and granted and objsubid = 1 and pid <> pg_backend_pid()
      and database = (select oid from pg_database where datname = current_database())
      and (classid::bigint << 32 | objid::bigint) = hashtextextended('plumbline:watch:' || $1::text, 0::bigint)
  )
