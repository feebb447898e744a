-- $1 the events, for a database that has the schema plumbline as well.
insert into plumbline.session_events overriding user value
select event.*
from jsonb_array_elements($1::jsonb) with ordinality as input (value, number),
  jsonb_populate_record(null::plumbline.session_events, input.value) as event
order by number
