import { type Mutant, inFile } from './mutant.ts';

const OLLAMA = [['test/providers/ollama.test.ts']];
const WATCH = [['test/providers/ollamaWatch.test.ts']];

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
  ...inFile(
    'src/providers/ollamaSigns.ts',
    WATCH,
    ['an Ollama tells its version', "return { is: 'ollama', native };", "return { is: 'other' };"],
    ['an Ollama was suspected', "if (suspected) return { is: 'closed' };", ''],
    ['the words of an Ollama', "if (type === 'not_found_error' && ", "if (type === '' && "],
    ['answers that tell nothing', "? { is: 'unknown', failure } :", "? { is: 'other' } :"],
    [
      'a name that keeps a model local is answered as it was asked',
      'return !said.failure && entry.success && entry.data.id === local;',
      'return local !== undefined;',
    ],
  ),
  ...inFile(
    'src/providers/ollamaWatch.ts',
    WATCH,
    ['a cloud name behind another protocol', 'if (isCloudName(model.name)) throw', "if (model.name === '') throw"],
    ['a server is asked before it gets a text', '?? (await find(call));', "?? ({ is: 'other' } as Found);"],
    ['a server is asked again after a failure', 'known.delete(call.endpoint.url);', ''],
    ['the local form behind /v1', 'return `${model.name}:local`;', 'return model.name;'],
    ['no local form behind /v1', "throw refuse('remoteModel', passesOn(call.endpoint));", 'return model.name;'],
    ['no text where nothing could be told', 'throw found.failure;', 'return model.name;'],
    ['cloud where nothing could be told', 'return listed.map(cloud(untold(endpoint)));', 'return listed;'],
    ['cloud without the local form', 'local && !isCloudName(model.name) ?', '!isCloudName(model.name) ?'],
    ['a cloud name in a list', 'local && !isCloudName(model.name) ?', 'local ?'],
    ['the zone that the server’s own list tells', 'zone: same.zone,', ''],
    [
      'a model that the server’s own list lacks',
      'if (!same) return cloud(passesOn(endpoint))(model);',
      'if (!same) return model;',
    ],
    ['an answer that names another server', 'if (host || remote) {', 'if (host && !host) {'],
    [
      'an answer with the mark of an Ollama',
      'if (fingerprint !== FINGERPRINT ||',
      'if (fingerprint === FINGERPRINT ||',
    ],
    ['what an answer gave away is remembered', "seen.set(endpoint.url, 'answer');", ''],
    ['what a list gave away', "void seen.set(url, 'list')", 'void url'],
  ),
  ...['openai', 'llamacpp', 'mistral', 'deepseek'].flatMap((protocol) =>
    inFile(`src/providers/${protocol}.ts`, WATCH, [
      `an Ollama behind the protocol ${protocol}`,
      'return watch.guard({',
      'return ({',
    ]),
  ),
  ...inFile('src/providers/anthropic.ts', WATCH, [
    'an Ollama behind the protocol anthropic',
    'createOllamaWatch().guard({',
    '({',
  ]),
];
