import { type Mutant, inFile } from './mutant.ts';

const OLLAMA = [['test/providers/ollama.test.ts']];

/** What keeps a local Ollama from passing private requests on. */
export const OLLAMA_MUTANTS: readonly Mutant[] = [
  ...inFile(
    'src/providers/ollamaClient.ts',
    OLLAMA,
    [
      'an answer that came from elsewhere',
      "call.model.zone !== 'cloud' && (host || model)",
      "call.model.zone !== 'cloud' && (host && !host)",
    ],
    ['an answer that tells only the model from elsewhere', '(host || model))', 'host)'],
  ),
  ...inFile(
    'src/providers/ollamaLocal.ts',
    OLLAMA,
    ['a cloud name that reached the provider', 'if (isCloudName(name)) {', "if (name === '') {"],
    ['the local form where the server has it', 'if (known) return local;', 'if (known) return name;'],
    [
      'a server of another version is another server',
      'if (versions.has(url) && versions.get(url) !== version) knows.delete(url);',
      '',
    ],
    [
      'an older server is asked each time',
      'if (known === undefined) {',
      'if (known === false) return name;\n      if (known === undefined) {',
    ],
    [
      'only a server that says so lacks the local form',
      '(error.facts.status === 404 || error.facts.status === 400)',
      'error.facts.status !== -1',
    ],
    ['an alias on an older server', 'if (host || model) {', 'if (host && !host) {'],
  ),
  ...inFile(
    'src/providers/ollamaModels.ts',
    OLLAMA,
    [
      'metadata that names another server',
      'find((entry) => entry?.remote_host || entry?.remote_model)',
      'find((entry) => entry === null)',
    ],
    ['metadata of the list', '[tag, shown, running].find(', '[shown, running].find('],
    ['metadata of the details', '[tag, shown, running].find(', '[tag, running].find('],
    ['metadata of what is loaded', '[tag, shown, running].find(', '[tag, shown].find('],
    ['names that dial the cloud', 'if (isCloudName(tag.name)) {', "if (tag.name === '') {"],
    [
      'no details about cloud names',
      'if (tag.remote_host || tag.remote_model || isCloudName(tag.name)) return false;',
      '',
    ],
  ),
];
