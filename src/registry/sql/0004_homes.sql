-- A schema with these two tables alone is no registry: plumb fdw install makes them where there is none.
create table if not exists plumbline.homes (
  host_id text not null,
  name text not null,
  path text not null,
  dev numeric(20),
  ino numeric(20),
  level text check (level ~ '^[0-9a-f]{24}$'),
  generation bigint,
  born_at timestamptz,
  boot_id uuid not null,
  problem text,
  stored_at timestamptz not null default now(),
  primary key (host_id, name)
);
comment on table plumbline.homes is 'the homes of each machine, as the kernel compares directories: kept by plumb sync and plumb homes --store';
comment on column plumbline.homes.dev is 'st_dev of the directory; null where it was not seen';
comment on column plumbline.homes.ino is 'st_ino of the directory';
comment on column plumbline.homes.level is 'the same as a BPF iterator tells it: 8 hexadecimal digits of the device, 16 of the inode; null where its file system does not let them be compared';
comment on column plumbline.homes.generation is 'of the inode, which tells it from a later one of the same number; null where the file system does not say';
comment on column plumbline.homes.born_at is 'when the directory was made; null where the file system does not say';
comment on column plumbline.homes.boot_id is 'the boot in which the numbers were read: in another one a device can have another number';
comment on column plumbline.homes.problem is 'why the home cannot be compared; null where it can';

create table if not exists plumbline.home_rules (
  host_id text primary key,
  commands text[],
  shells text[] not null default '{}',
  terminal text not null default 'required' check (terminal in ('required', 'optional')),
  stored_at timestamptz not null default now()
);
comment on table plumbline.home_rules is 'which programs are sessions in the homes of each machine: kept by plumb sync and plumb homes --store';
comment on column plumbline.home_rules.commands is 'as configured: {claude}, {*} for any but a shell, a multiplexer or a launcher; null for whatever runs in a home';
comment on column plumbline.home_rules.shells is 'the base names in /etc/shells, for {*}';
comment on column plumbline.home_rules.terminal is 'whether a process needs a controlling terminal to own a home beside those that have one';
