/** Routes and rules of all kinds, for a network namespace of the test's own. */

/** Two links with both their ends, and one whose other end is down; made when the kernel has given all of them addresses. */
const LINKS = [
  // An address that is still being checked for doubles is in no table yet, and that takes seconds.
  'for conf in all default; do echo 0 > /proc/sys/net/ipv6/conf/$conf/accept_dad; done',
  'ip link set lo up',
  'ip link add d0 type veth peer name p0; ip link add d1 type veth peer name p1; ip link add down0 type veth peer name down1',
  'for link in d0 d1 p0 p1 down0; do ip link set $link up; done',
  'ip addr add 10.1.0.2/24 dev d0; ip addr add 10.2.0.2/24 dev d1; ip addr add 10.3.0.2/24 dev down0',
  'ip addr add fd00:1::2/64 dev d0 nodad; ip addr add fd00:2::2/64 dev d1 nodad',
  'until [ $(ip -6 route show table local | grep -c "^local fe80") = 4 ]; do sleep 0.05; done',
  'until ip route show | grep -q "dev down0 .*linkdown"; do sleep 0.05; done',
];

const IPV4 = [
  'ip route add default via 10.1.0.1',
  'ip route add 10.9.0.0/16 nexthop via 10.1.0.1 weight 2 nexthop via 10.2.0.1 weight 1',
  'ip route add unreachable 10.10.0.0/16; ip route add prohibit 10.12.0.0/16; ip route add throw 10.13.0.0/16',
  'ip route add blackhole 10.11.0.0/16 table 123; ip route add blackhole 10.18.0.0/16',
  'ip route add 10.14.0.0/16 via 10.1.0.9 mtu 1400 advmss lock 1300 rtt 20ms rttvar 8ms congctl reno table 200 metric 7 proto static tos 0x10',
  'ip route add 10.14.0.0/16 via 10.1.0.7 table 70000 metric 4294967295 proto 77 realms 3/4',
  'ip route add 10.16.0.0/16 via 192.168.99.1 dev d0 onlink; ip route add 10.17.0.0/16 via inet6 fd00:1::1 dev d0',
  'ip route add 10.17.0.0/16 dev d1 metric 5 src 10.2.0.2; ip route add broadcast 10.19.255.255 dev d0 table main',
  'ip nexthop add id 10 via 10.1.0.5 dev d0; ip route add 10.15.0.0/16 nhid 10',
];

const IPV6 = [
  'ip route add default via fd00:1::1; ip route add fd00:9::/64 nexthop via fd00:1::1 weight 3 nexthop via fd00:2::1',
  'ip route add unreachable fd00:a::/64; ip route add blackhole fd00:b::/64 table 55; ip route add prohibit fd00:c::/64',
  'ip route add fd00:d::/64 via fd00:1::7 expires 5000 mtu 1300; ip route add fd00:f::/64 via fd00:2::9 metric 5',
];

/** Rules that change where packets of one source, user, mark or interface are led. */
const RULES = [
  'ip rule add from 10.1.0.2 lookup 123 prio 100; ip rule add fwmark 0x1/0xff lookup 200 prio 101',
  'ip rule add uidrange 1000-1999 to 10.20.0.0/16 prohibit prio 102; ip rule add iif d0 ipproto tcp dport 80-90 goto 32000 prio 103',
  'ip rule add not to 10.5.0.0/16 lookup main suppress_prefixlength 0 prio 104; ip rule add oif d1 tos 0x10 lookup 70000 prio 105',
  'ip rule add iif gone0 sport 53 ipproto udp lookup 70000 prio 106; ip rule add nop prio 107',
  'ip -6 rule add from fd00:1::2 lookup 55 prio 100; ip -6 rule add uidrange 3001-3001 to fd00:e::/64 blackhole prio 101',
];

/** The lines of a shell that make all of it. */
export const ALL_ROUTES = [...LINKS, ...IPV4, ...IPV6, ...RULES].join('; ');
/** The same without rules: local and main share one trie then. */
export const ROUTES_WITHOUT_RULES = [...LINKS, ...IPV4, ...IPV6].join('; ');
