export { PlumblineError, type PlumblineErrorCode } from './model/errors.ts';
export { type ObserveOptions, observe } from './observe.ts';
