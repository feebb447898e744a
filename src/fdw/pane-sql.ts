import { quoteLiteral } from '../registry/identifiers.ts';
import { dollarQuoted } from './dollar-quoted.ts';
import type { Made } from './made.ts';
import type { Names } from './names.ts';
import { OWN_PATH } from './own-path.ts';

/**
 * What src/registry/table/pane-forms.ts says of how rows write panes, for queries. A test compares the two over all forms.
 */
export function paneFunctions(names: Names): Made {
  const [form, place, value] = ['pane_form', 'pane_place', 'pane_value'].map(names.within) as [string, string, string];
  const inner = names.inner;
  return {
    statements: [
      // In another language than SQL it is not put into the query, which would have to be planned with it each time.
      `create or replace function ${form}(written text) returns text language plpgsql immutable ${OWN_PATH} as ${dollarQuoted(FORM)};`,
      `comment on function ${form}(text) is ${quoteLiteral(
        'how a row writes a pane: id, both, address, window, session or screen; null for anything else',
      )};`,
      `create or replace function ${place}(form text, address text) returns text language sql immutable as ${dollarQuoted(PLACE)};`,
      `comment on function ${place}(text, text) is ${quoteLiteral('an address in one of those forms')};`,
      `create or replace function ${value}(
  stored text, usual text, multiplexer text, id text, address text, also_at text[]
) returns text language plpgsql immutable ${OWN_PATH} as ${dollarQuoted(valueBody(form, place))};`,
      `comment on function ${value}(text, text, text, text, text, text[]) is ${quoteLiteral(
        'what a row says of a pane that is known: what it has, where that is right in its own form',
      )};`,
    ],
    objects: [
      { kind: 'function', schema: inner, name: 'pane_form', takes: 'text' },
      { kind: 'function', schema: inner, name: 'pane_place', takes: 'text, text' },
      { kind: 'function', schema: inner, name: 'pane_value', takes: 'text, text, text, text, text, text[]' },
    ],
  };
}

const FORM = `
begin
  return case
    when written is null then null
    when written ~ '^[0-9]+\\.[^:]*(:([0-9]+|\\?))?$' then 'screen'
    when written ~ '^%[0-9]+$' then 'id'
    when written ~ '^[^\\n]+ %[0-9]+$' then 'both'
    when written ~ ':[0-9]+\\.[0-9]+$' then 'address'
    when written ~ ':[0-9]+$' then 'window'
    when written ~ '[:%]' then null
    else 'session'
  end;
end
`;

const PLACE = `
  select case form
    when 'window' then regexp_replace(address, '\\.[0-9]+$', '')
    when 'session' then regexp_replace(address, ':[0-9]+\\.[0-9]+$', '')
    else address
  end
`;

function valueBody(form: string, place: string): string {
  return `
declare
  had constant text := nullif(btrim(stored, E' \\t\\n\\r\\f\\v'), '');
  had_form constant text := ${form}(had);
  -- As it is stored a backslash stands twice; a byte that is no UTF-8 has only one.
  at_place constant text := case
    when replace(address, '\\\\', '') !~ '\\\\' then replace(address, '\\\\', '\\')
  end;
  wanted text;
  session text;
  bare text;
  its_window text;
begin
  if at_place is null or (had is not null and had_form is null) then
    return stored;
  end if;
  if multiplexer = 'screen' then
    session := case when id is null then at_place else left(at_place, -length(id) - 1) end;
    bare := regexp_replace(session, '^[0-9]+\\.', '');
    its_window := coalesce(':' || id, '');
    wanted := case had_form when 'session' then bare when 'window' then bare || its_window else session || its_window end;
    if had_form = 'screen' and had !~ ':' then
      wanted := session;
    end if;
    return case
      when had_form = 'screen' and split_part(had, ':', 1) = session
        and (split_part(had, ':', 2) in ('', '?', id) or id is null) then stored
      when had_form = 'session' and had = bare then stored
      when had_form = 'window' and regexp_replace(had, ':[0-9]+$', '') = bare
        and (substring(had from ':([0-9]+)$') = id or id is null) then stored
      else wanted
    end;
  end if;
  if had_form = 'id' and had = id then
    return stored;
  end if;
  if had_form = 'both' and substring(had from '(%[0-9]+)$') = id
    and regexp_replace(had, ' %[0-9]+$', '') = any (at_place || coalesce(also_at, '{}')) then
    return stored;
  end if;
  if had_form in ('address', 'window', 'session') and exists (
    select from unnest(at_place || coalesce(also_at, '{}')) as other (at_other) where ${place}(had_form, at_other) = had
  ) then
    return stored;
  end if;
  wanted := coalesce(nullif(had_form, 'screen'), usual, 'id');
  return case wanted
    when 'id' then id
    when 'both' then concat_ws(' ', at_place, id)
    else ${place}(wanted, at_place)
  end;
end
`;
}
