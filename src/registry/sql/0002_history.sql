-- An older plumb goes on: it leaves these null. Whatever session_events gains without breaking must be nullable, since
-- apply.sql fills the columns that it knows, and null into the others.
alter table plumbline.session_events add column before jsonb;
alter table plumbline.session_events add column after jsonb;
comment on column plumbline.session_events.before is 'what was compared of the row before; null for a new row, and where an older plumb wrote the event';
comment on column plumbline.session_events.after is 'the same of the row that was written; null where an older plumb wrote the event';
-- What is too old is looked for each time that something is written. Events come in the order of their times, so a summary
-- of each block range is enough, and costs next to nothing to keep.
create index session_events_by_time on plumbline.session_events using brin (at) with (autosummarize = on);
