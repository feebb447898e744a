import { type RouteTaken, readRoutesTaken } from '../look/routes-taken.ts';
import { toText } from '../model/text.ts';
import { nested } from './column.ts';
import { type KernelColumn, kernelRelation } from './kernel-relation.ts';
import { NEXT_HOPS } from './next-hops.ts';
import { tableWord } from './routing-table.ts';
import { JOINED_BY, SESSION } from './session-columns.ts';

const TAKEN = 'rtnetlink(7) RTM_GETROUTE';
const MATCH = 'rtnetlink(7) RTM_GETROUTE with RTM_F_FIB_MATCH';

/** Where packets do not arrive by such an answer, as far as this machine decides. */
const NOWHERE: ReadonlySet<string> = new Set([
  'unreachable',
  'prohibit',
  'blackhole',
  'no_route',
  'refused',
  'no_source',
  'no_interface',
]);

const taken: readonly KernelColumn<RouteTaken>[] = [
  {
    name: 'type',
    type: 'word',
    unit: null,
    doc:
      'unicast, local, broadcast, anycast or multicast; where packets go nowhere unreachable, prohibit or blackhole, as a ' +
      'route or a rule says, no_route where there is none or a rule says unreachable, refused where the kernel sends no such packets, as from ' +
      '127.0.0.1 to another machine, no_source and no_interface where ' +
      'that address or interface is not there; null where the kernel could not be asked',
    source: TAKEN,
    value: ({ answer }) => answer?.type ?? null,
  },
  {
    name: 'gateway',
    type: 'word',
    unit: null,
    doc: 'the router; null where the address is on that link. Of several next hops another socket may get another one',
    source: TAKEN,
    value: ({ answer }) => answer?.gateway ?? null,
  },
  {
    name: 'interface',
    type: 'text',
    unit: null,
    doc: 'the interface that they leave by; null where they go nowhere',
    source: TAKEN,
    value: ({ answer }) => (answer?.interface ? toText(answer.interface) : null),
  },
  {
    name: 'source_address',
    type: 'word',
    unit: null,
    doc: 'the source address that they get',
    source: TAKEN,
    value: ({ answer }) => answer?.sourceAddress ?? null,
  },
];

const matched: readonly KernelColumn<RouteTaken>[] = [
  {
    name: 'routing_table',
    type: 'word',
    unit: null,
    doc: 'the table of the route that was found, as in routes; null where they go nowhere, and where no table has it',
    source: MATCH,
    value: ({ answer }) => tableWord(answer?.entry?.table ?? null),
  },
  {
    name: 'destination',
    type: 'word',
    unit: null,
    doc: 'the prefix of that route, as in routes',
    source: MATCH,
    value: ({ answer }) => answer?.entry?.destination ?? null,
  },
  {
    name: 'metric',
    type: 'integer',
    unit: null,
    doc: 'its metric, as in routes',
    source: MATCH,
    value: ({ answer }) => answer?.entry?.metric ?? null,
  },
  {
    name: 'protocol',
    type: 'word',
    unit: null,
    doc: 'who made it, as in routes',
    source: MATCH,
    value: ({ answer }) => answer?.entry?.protocol ?? null,
  },
  {
    ...nested(
      { name: 'next_hops', type: 'list', unit: null, doc: 'all its next hops where it has several' },
      NEXT_HOPS,
      ({ answer }: RouteTaken) => answer?.entry?.nextHops ?? null,
    ),
    source: MATCH,
  },
];

/** Which way the packets of each session take to one address. */
export const ROUTES_TAKEN = kernelRelation<RouteTaken>({
  name: 'routes_taken',
  row: 'the way that packets of a session take to the address of `--to`',
  summary: 'which way packets take',
  none: 'there are no sessions',
  doc:
    'What the kernel itself answers in the network namespace of the owner of each session, for a socket of its user. A ' +
    'rule for marks, for protocols and ports, or for a type of service is gone through as for packets that have none of ' +
    'them: a mark that a socket, a control group or nftables gives is not known before there is a packet. Exits with 1 ' +
    'where packets of the session that is named go nowhere.',
  needs: 'koffi; root to enter another network namespace',
  shown: [
    'session',
    'address',
    'type',
    'gateway',
    'interface',
    'source_address',
    'routing_table',
    'destination',
    'metric',
  ],
  columns: [
    SESSION,
    JOINED_BY,
    {
      name: 'pid',
      type: 'integer',
      unit: null,
      doc: 'the process whose packets they are',
      source: '/proc/<pid>/stat',
      value: (it) => it.pid,
    },
    {
      name: 'uid',
      type: 'integer',
      unit: null,
      doc: 'as which user it opens sockets; null where that could not be read',
      source: '/proc/<pid>/status, line Uid',
      value: (it) => it.uid,
    },
    {
      name: 'net_namespace',
      type: 'u64',
      unit: null,
      doc: 'its network namespace; null where we may not see it',
      source: '/proc/<pid>/ns/net',
      value: ({ namespace }) => namespace?.inode ?? null,
    },
    {
      name: 'address',
      type: 'word',
      unit: null,
      doc: 'where the packets go',
      source: 'the command line',
      value: (it) => it.address,
    },
    ...taken,
    ...matched,
  ],
  answer: (rows) => {
    if (rows.some(({ answer }) => answer !== null && NOWHERE.has(answer.type))) return 'no';
    return rows.length === 0 || rows.some(({ answer }) => answer === null) ? 'unknown' : 'yes';
  },
  rows: readRoutesTaken,
});
