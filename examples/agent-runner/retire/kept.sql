-- Whether a watch keeps the rows of agents right now: its lock is there for as long as its connection is.
select exists (
  select from pg_locks
  where locktype = 'advisory' and granted and objsubid = 1
    and database = (select oid from pg_database where datname = current_database())
    and (classid::bigint << 32 | objid::bigint) = hashtextextended('plumbline:connected:runner:public.agents', 0)
);
