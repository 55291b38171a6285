/** What `elsewhere.ts` answers, in a file of its own, because reading that one starts it. */

/** The one model of the closed API. */
export const CLOSED_MODEL = 'closed-model';

/**
 * What an Ollama asks its vendor of its own accord when it starts (server/model_recommendations.go and model_show_cache.go,
 * v0.34.0): answered well, it asks again after four hours; answered badly, after five minutes, and thus in the midst of a test.
 */
export const VENDOR: readonly (readonly [path: string, answer: object])[] = [
  ['/api/experimental/model-recommendations', { recommendations: [{ model: 'qwen3.5:2b', description: 'A model.' }] }],
  ['/api/tags', { models: [] }],
];
