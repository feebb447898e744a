import type { NextHop } from '../model/network-route.ts';
import { toText } from '../model/text.ts';
import type { Column } from './column.ts';

/** The next hops of a route that has several. */
export const NEXT_HOPS: readonly Column<NextHop>[] = [
  { name: 'gateway', type: 'word', unit: null, doc: 'the router; null without one', value: (it) => it.gateway },
  {
    name: 'interface',
    type: 'text',
    unit: null,
    doc: 'the interface',
    value: (it) => it.interface && toText(it.interface),
  },
  { name: 'weight', type: 'integer', unit: null, doc: 'its share of the traffic', value: (it) => it.weight },
  { name: 'flags', type: 'words', unit: null, doc: 'onlink, linkdown, dead and so on', value: (it) => it.flags },
];
