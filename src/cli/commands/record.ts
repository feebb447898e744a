import { recordScene } from '../../record.ts';
import { type Call, settingsOf } from '../call.ts';
import { EXIT, type ExitCode } from '../exit-codes.ts';

/** `plumb record DIR`: what the kernel says now, for a test or a bug report. */
export async function record(call: Call, directory: string): Promise<ExitCode> {
  const { files, processes } = await recordScene(directory, await settingsOf(call));
  call.output.note(`${processes} processes in ${files} files; look through ${directory} before you hand it on`);
  return EXIT.ok;
}
