/** The engine has ended, or cannot be used any more: only another one can go on. */
export class EngineDied extends Error {
  constructor(why: string) {
    super(why);
    this.name = 'EngineDied';
  }
}
