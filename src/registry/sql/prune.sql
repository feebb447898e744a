-- $1 the host id, $2 when the look was, $3 how many days events are kept.
-- Whichever clock is behind counts, so that one that is wrong takes no history away. No event is a hundred years old,
-- and a time before the calendar would be an error. What is more than fits into one pass goes with the next.
delete from plumbline.session_events
where ctid = any (array(
  select ctid from plumbline.session_events
  where host_id = $1
    and at < least(now(), $2::timestamptz) - make_interval(days => least($3::bigint, 36500)::integer)
  order by at
  limit 1000
))
