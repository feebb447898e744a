import { ABOUT_SIGHT, examine } from '../../doctor/examine.ts';
import type { Finding } from '../../doctor/finding.ts';
import { openRegistry } from '../../open-registry.ts';
import { isVacant } from '../../registry/embedded/directory.ts';
import { dataDirectory } from '../../registry/embedded/place.ts';
import { FINDINGS } from '../../relations/findings.ts';
import { toWire } from '../../relations/wire.ts';
import { type Call, formatOf, settingsOf } from '../call.ts';
import { EXIT, type ExitCode, worstOf } from '../exit-codes.ts';
import { embeddedDirectory, openTableOf } from '../registry-of.ts';
import { escapeField, escapeMessage } from '../render/escape.ts';
import { tsvLine } from '../render/tsv.ts';

/** `plumb doctor`: what plumbline can and cannot see and do here, and what mends it. */
export async function doctor(call: Call): Promise<ExitCode> {
  const settings = await settingsOf(call);
  const { env, versions } = globalThis.process;
  const { registryUrl: url, table } = settings;
  const directory = embeddedDirectory();
  const place = url === null ? { directory } : { url };
  const open = async () => {
    if (table) return openTableOf(settings, table, 'write');
    if (url === null && isVacant(dataDirectory(directory))) return null;
    return openRegistry({ ...place, env, label: 'plumb doctor', mends: false });
  };
  const findings = await examine({
    ...settings,
    openRegistry: open,
    registryPlace: directory,
    nodeVersion: versions.node,
  });
  const { output } = call;
  const format = formatOf(call);
  if (format === 'json') {
    const answer = { schema_version: 1, findings: findings.map((it) => toWire(FINDINGS, it)) };
    output.data(`${JSON.stringify(answer, null, output.isTerminal ? 2 : 0)}\n`);
  } else {
    output.data(findings.map(format === 'tsv' ? tsv : describe).join(''));
  }
  return worstOf(findings.map(exitOf));
}

function exitOf({ what, state }: Finding): ExitCode {
  if (state === 'failed') return EXIT.registry;
  return state === 'lost' && ABOUT_SIGHT.has(what) ? EXIT.blind : EXIT.ok;
}

function describe({ what, state, found, lost, mend }: Finding): string {
  const rest = [lost === '' ? '' : `lost: ${lost}`, mend === '' ? '' : `mend: ${mend}`].filter((it) => it !== '');
  const head = `${state.padEnd(6)}  ${what.padEnd(11)}  `;
  return [found, ...rest]
    .map((text, index) => `${index === 0 ? head : ' '.repeat(head.length)}${escapeMessage(text)}\n`)
    .join('');
}

function tsv({ what, state, found, lost, mend }: Finding): string {
  return tsvLine([what, state, found, lost, mend].map((text) => escapeField({ text, base64: null })));
}
