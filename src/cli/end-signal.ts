/** The first SIGTERM or SIGINT asks to end; a second one ends, as if nobody had listened. */
export function endSignal(): AbortSignal {
  const controller = new AbortController();
  const end = () => {
    globalThis.process.off('SIGTERM', end);
    globalThis.process.off('SIGINT', end);
    controller.abort();
  };
  globalThis.process.on('SIGTERM', end);
  globalThis.process.on('SIGINT', end);
  return controller.signal;
}
