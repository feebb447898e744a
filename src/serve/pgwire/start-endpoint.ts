import type { StartEndpoint } from './endpoint-options.ts';

/** Starts an endpoint. All that it is made of is loaded then, and not with the library. */
export const startEndpoint: StartEndpoint = async (options) => {
  const { openEndpoint } = await import('./open-endpoint.ts');
  return openEndpoint(options);
};
