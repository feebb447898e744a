/** `plumb fdw --help`. */
export const FDW_HELP = `
A schema gets the tables of plumb serve, each read from the kernel for every
query; with --table also sessions_checked, the rows of that table beside the
kernel, and a view that is called and shaped like the table, in which what says
of a session is the kernel's. See docs/fdw.md. With --via bpf Postgres reads the
kernel itself, and nothing of plumb runs: docs/fdw-bpf.md.

Examples:
  plumb serve --pg /run/plumbline --allow-user postgres
  plumb fdw install --db postgres:///fleet
  plumb fdw install --db postgres:///fleet --apply --grant clerk
  plumb fdw install --db … --endpoint ada=10.0.0.2:5433 --endpoint bob=10.0.0.3:5433
  plumb fdw install --db … --table public.agents --key name --pid pid --this-host
  plumb fdw install --via bpf --db postgres:///fleet --apply; plumb homes --store --db postgres:///fleet
  plumb fdw remove --db postgres:///fleet --apply
`;
