/** The one model of the closed API. In a file of its own, because reading `elsewhere.ts` starts it. */
export const CLOSED_MODEL = 'closed-model';
