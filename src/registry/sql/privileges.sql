select privilege || ' on plumbline.' || name as missing
from (values
  ('hosts', 'select', 1), ('hosts', 'insert', 1), ('hosts', 'update', 1),
  ('sessions', 'select', 1), ('sessions', 'insert', 1), ('sessions', 'update', 1),
  ('session_events', 'insert', 1), ('session_events', 'select', 2), ('session_events', 'delete', 2),
  ('homes', 'select', 4), ('homes', 'insert', 4), ('homes', 'update', 4), ('homes', 'delete', 4),
  ('home_rules', 'select', 4), ('home_rules', 'insert', 4), ('home_rules', 'update', 4), ('home_rules', 'delete', 4),
  ('migrations', 'select', 1)
) as needed (name, privilege, since)
where since <= (select max(version) from plumbline.migrations)
  and not has_table_privilege('plumbline.' || name, privilege)
order by name, privilege
