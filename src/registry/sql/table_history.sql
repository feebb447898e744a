-- $1 the events, $2 the host id; for a database that has the schema plumbline as well. A session that has a row of
-- plumbline's own there has its history from that, and nothing is written twice.
insert into plumbline.session_events overriding user value
select event.*
from jsonb_array_elements($1::jsonb) with ordinality as input (value, number),
  jsonb_populate_record(null::plumbline.session_events, input.value) as event
where not exists (
  select from plumbline.sessions s where s.host_id = $2 and s.name = input.value ->> 'name'
)
order by number
