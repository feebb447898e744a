import type { LiveTable } from '../../src/sql/tables/live-table.ts';
import { LIVE_TABLES } from '../../src/sql/tables/live-tables.ts';

/** docs/sql-tables.md: every table of SQL with its columns. */
export function sqlPage(): string {
  return `# Tables of SQL

What \`plumb serve --pg\`, \`plumb sql\` and \`plumb fdw\` show of the kernel. Nothing of it is stored: a table that a statement
names is read when the statement runs, and one that it does not name is not. In a transaction block all tables are of one
look. What could not be seen is in \`coverage\`.

| type | how it is made |
|---|---|
| \`text\` | names are bytes to the kernel: one that is not UTF-8 has \`\\xHH\` for each of its bytes above 127, zeros are \`\\x00\`, and a backslash is doubled, so that two names are never the same text. Words of plumbline's own are as they are |
| \`numeric(20)\` | numbers of the kernel that can pass 2^63, such as inodes |
| \`text[]\`, \`bigint[]\` | lists of values: \`'ada' = any (sessions)\` |
| \`jsonb\` | lists with several columns, as [json.md](json.md) has them: numbers of the kernel as strings, U+FFFD and \`<name>_base64\` beside it where a text is not UTF-8, U+FFFD for a zero |
| \`timestamptz\` | a terminal's owner can set its times: they can be of any year, and null where no calendar reaches |

What is not known is null. Rows of different tables belong together by

- a process: \`pid\` and \`start_time_ticks\`; its number alone may be another's a moment later
- a session: \`sessions.name\` is \`session\` of the others; with homes it is unique
- a terminal: \`terminal\` and \`terminal_dev\`; in \`terminals\` itself \`name\` and \`dev\`
- a pane: \`sessions.pane_server_pid\` and \`pane\` are \`panes.server_pid\` and \`id\`

${LIVE_TABLES.map(table).join('\n\n')}
`;
}

function table({ name, comment, columns }: LiveTable): string {
  const lines = columns.map((it) => `| \`${it.name}\` | ${it.type} | ${it.comment.replaceAll('|', '\\|')} |`);
  return `## ${name}\n\n${comment}\n\n| column | type | what it is |\n|---|---|---|\n${lines.join('\n')}`;
}
