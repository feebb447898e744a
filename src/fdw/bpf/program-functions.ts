import { GRAMMARS, type Grammar, PLAIN_NAME, SCRIPT_ENDING } from '../../identity/interpreter.ts';
import { quoteLiteral } from '../../registry/identifiers.ts';
import { dollarQuoted } from '../dollar-quoted.ts';
import type { Made } from '../made.ts';
import type { Names } from '../names.ts';
import { OWN_PATH } from '../own-path.ts';
import { postgresRegex } from './postgres-regex.ts';
import { basenameSql, matchesSql, textArray } from './sql-values.ts';

/** Functions that say which script an interpreter runs, by the same rules as src/identity/interpreter.ts. */
export function programFunctions(names: Names): Made {
  const script = names.within('script_of');
  const ending = names.within('without_ending');
  return {
    statements: [
      scriptSql(script),
      `comment on function ${script}(text[], text, boolean) is ${quoteLiteral('what an interpreter runs: {} nothing, {name, true} or {name, false} where it may be the value of an option; null where the command line ends before that is known')};`,
      `create or replace function ${ending}(script text) returns text language sql immutable as ${dollarQuoted(
        `\n  select regexp_replace(script collate "C", ${quoteLiteral(postgresRegex(SCRIPT_ENDING))}, '')\n`,
      )};`,
      `comment on function ${ending}(text) is ${quoteLiteral("a script's name without its ending")};`,
    ],
    objects: [
      { kind: 'function', schema: names.inner, name: 'script_of', takes: 'text[], text, boolean' },
      { kind: 'function', schema: names.inner, name: 'without_ending', takes: 'text' },
    ],
  };
}

function grammarRow([name, grammar]: readonly [RegExp, Grammar]): string {
  const { value, code, cluster, module, before, instead } = grammar;
  const fields = [
    quoteLiteral(postgresRegex(name)),
    textArray(value),
    textArray(code),
    cluster === null ? 'null' : quoteLiteral(postgresRegex(cluster)),
    module === null ? 'null' : quoteLiteral(module),
    textArray(before),
    textArray(instead),
  ];
  return `(${fields.join(', ')})`;
}

/** In the order of the grammars; an interpreter of none of their names is read as the first one. */
function grammarsSql(): string {
  const fallback = GRAMMARS[0] === undefined ? [] : [[/^/, GRAMMARS[0][1]] as const];
  const cases = [...GRAMMARS, ...fallback].map((it, place) => `(${place}, ${grammarRow(it).slice(1)}`);
  return `(values\n    ${cases.join(',\n    ')}\n  ) g (place, name, value, code, cluster, module, before, instead)`;
}

function scriptSql(name: string): string {
  return `create or replace function ${name}(argv text[], interpreter text, whole boolean) returns text[]
language plpgsql immutable ${OWN_PATH} as ${dollarQuoted(`
declare
  rules record;
  argument text;
  option text;
  found text[];
  is_whole boolean;
  takes_next boolean;
  after_option boolean := false;
  place integer := 0;
  is_no_value boolean;
  last constant integer := coalesce(array_length(argv, 1), 0);
begin
  select * into strict rules from ${grammarsSql()} where (interpreter collate "C") ~ g.name order by g.place limit 1;
  -- What stands behind the end of a command line that was cut is not known.
  for i in 2 .. last + 1 loop
    place := greatest(place, i);
    if place > last then
      return case when whole then '{}'::text[] end;
    end if;
    continue when place > i;
    argument := argv[i];
    if not starts_with(argument, '-') then
      if argument = any (rules.instead) then
        return '{}';
      end if;
      if argument = any (rules.before) then
        after_option := false;
        continue;
      end if;
      is_no_value := not after_option;
      exit;
    end if;
    if argument = '--' then
      place := i + 1;
      is_no_value := true;
      exit;
    end if;
    if argument = '-' then
      return '{}';
    end if;
    found := case when rules.cluster is not null then regexp_match(argument collate "C", rules.cluster) end;
    if found is not null then
      option := '-' || found[1];
      is_whole := found[2] = '';
    else
      option := split_part(argument, '=', 1);
      is_whole := option = argument;
    end if;
    if option = any (rules.code) then
      return '{}';
    end if;
    if option = rules.module then
      if not is_whole then
        return '{}';
      end if;
      place := i + 1;
      is_no_value := true;
      exit;
    end if;
    takes_next := option = any (rules.value) and is_whole;
    if takes_next then
      place := i + 2;
    end if;
    after_option := not (
      takes_next or position('=' in argument) > 0
      or (rules.cluster is not null and substr(argument, 2, 1) not in ('', '-'))
    );
  end loop;
  if place > last then
    return case when whole then '{}'::text[] end;
  end if;
  argument := argv[place];
  return array[
    ${basenameSql('argument')},
    (${matchesSql('argument', PLAIN_NAME)}
      and (is_no_value or position('/' in argument) > 0 or ${matchesSql('argument', SCRIPT_ENDING)}))::text
  ];
end
`)};`;
}
