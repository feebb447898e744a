select privilege || ' on plumbline.' || name as missing
from (values
  ('hosts', 'select'), ('hosts', 'insert'), ('hosts', 'update'),
  ('sessions', 'select'), ('sessions', 'insert'), ('sessions', 'update'),
  ('session_events', 'insert'), ('migrations', 'select')
) as needed (name, privilege)
where not has_table_privilege('plumbline.' || name, privilege)
order by name, privilege
