-- $1 what is told of each row, as an array of payloads.
select count(pg_notify('plumbline', payload))::text as told from jsonb_array_elements_text($1::jsonb) as payload
