/**
 * Names of models in Ollama's form, `[host/][namespace/]model[:tag]`: parts and their lengths as in `types/model/name.go`
 * of Ollama v0.34.0.
 */
const PART = /^[A-Za-z0-9_][A-Za-z0-9_.-]{0,79}$/u;
const HOST = /^[A-Za-z0-9_][A-Za-z0-9_.:-]{0,349}$/u;

/** What is wrong with a name to pull, as a sentence; `undefined` when nothing is. */
export function modelNameProblem(name: string): string | undefined {
  if (name === '') return 'Enter the name of a model, for example qwen2.5-coder:7b.';
  const parts = name.split('/');
  const [model = '', tag, ...rest] = (parts.at(-1) ?? '').split(':');
  const before = parts.slice(0, -1);
  const namespace = before.at(-1);
  const host = before.length > 1 ? before[0] : undefined;
  const fits =
    parts.length <= 3 &&
    rest.length === 0 &&
    PART.test(model) &&
    (tag === undefined || PART.test(tag)) &&
    (namespace === undefined || PART.test(namespace)) &&
    (host === undefined || HOST.test(host));
  return fits ? undefined : 'A name looks like qwen2.5-coder:7b, or hf.co/owner/model:Q4_K_M.';
}

/** The host that Ollama downloads a model from. */
export function sourceOf(name: string): string {
  const parts = name.split('/');
  return (parts.length > 2 ? parts[0] : undefined) ?? 'ollama.com';
}
