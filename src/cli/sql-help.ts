/** Behind the options of `plumb sql --help`. */
export const SQL_HELP = `
Every table is read from the kernel for this answer; several statements, with ;
between them, are of one snapshot. Without a statement, or with -, they stand on
stdin. Nothing can be written. --tables lists the tables, and with the name of
one its columns.

  plumb sql 'select name, pid, pane from sessions'
  plumb sql "select s.name, c.protocol, c.peer
             from sessions s join connections c on c.session = s.name
             where c.state = 'ESTAB'"
  plumb sql -o csv < report.sql > report.csv

-o csv writes a line of headings; only quotes tell an empty text from NULL. In tsv
both are empty. What could not be seen is told on stderr, and by -o json beside
the rows; the table coverage has all of it.

Exit code 2: a statement is wrong, or is refused. 1: it was ended, for its time or
its size. 4: the server that --connect or --socket names does not answer.
`;

/** Behind the options of `plumb serve --help`. */
export const SERVE_HELP = `
  plumb serve --pg 127.0.0.1:5433       then: psql -h 127.0.0.1 -p 5433
  plumb serve --pg /run/plumbline       then: psql -h /run/plumbline

A Postgres server that holds nothing: each statement's tables are read from the
kernel before it runs, with the rights that plumb serve has. Nothing can be written.

Root, and the user that plumb serve runs as, may connect from this machine, and
whoever --allow-user names: the kernel says who it is, and there is no password.
Any other address takes --tls-cert, --tls-key and --users. A line of that file is
made from a password on stdin:

  plumb serve --user-line ada < password >> /etc/plumbline/users

SIGTERM or SIGINT ends it: statements that run are waited for, and a second
signal does not wait.
`;
