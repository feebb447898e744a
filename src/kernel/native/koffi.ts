import { PlumblineError } from '../../model/errors.ts';

/** The calls that Node lacks, through koffi: loaded where one is made, since most commands make none. */
export async function loadKoffi() {
  try {
    const { default: koffi } = await import('koffi');
    return koffi;
  } catch (error) {
    // Node adds, in lines of their own, who has asked for it.
    const [why = ''] = String(error).split('\n');
    throw new PlumblineError('unsupported_platform', `koffi, which makes system calls, does not load here: ${why}`, {
      hint: 'install plumbline on the machine that runs it (npm ci); koffi has binaries for glibc and musl, x64 and arm64',
      cause: error,
    });
  }
}
