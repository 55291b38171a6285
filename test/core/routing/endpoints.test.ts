import { describe, expect, test } from 'vitest';
import { BUILTIN, type EndpointEntry, resolveEndpoints } from '../../../src/core/routing/endpoints.ts';

const facts = { allows: () => true, networkHosts: ['gpu.corp.example'], ollamaUrl: 'http://127.0.0.1:11434' };
const ollama: EndpointEntry = { id: 'ollama', label: 'Ollama', protocol: 'ollama' };
const resolve = (entry: EndpointEntry, more = {}) => resolveEndpoints([entry], { ...facts, ...more });

describe('resolveEndpoints', () => {
  test('an Ollama without a url is where Ollama itself would look', () => {
    expect(resolve(ollama).endpoints).toEqual([
      {
        id: 'ollama',
        label: 'Ollama',
        protocol: 'ollama',
        url: 'http://127.0.0.1:11434',
        zone: 'device',
        needsKey: false,
      },
    ]);
  });

  test.each([
    ['http://gpu.corp.example:11434', 'network'],
    ['https://ollama.example', 'cloud'],
    ['http://localhost:8080/v1', 'device'],
    ['http://[::1]:8080/v1', 'device'],
  ])('%s is %s', (url, zone) => {
    expect(resolve({ id: 'a', protocol: 'openai', url }).endpoints[0]?.zone).toBe(zone);
  });

  test('a tunnel on loopback is no device', () => {
    const { problems, endpoints } = resolve({ ...ollama, url: 'http://127.0.0.1:9000', notThisMachine: true });
    expect(endpoints).toEqual([]);
    expect(problems[0]?.problem).toMatch(/https only/);
  });

  test('OLLAMA_HOST cannot name a host that the user did not', () => {
    const evil = resolve(ollama, { ollamaUrl: 'https://evil.example' });
    expect(evil.endpoints).toEqual([]);
    expect(evil.problems[0]?.problem).toContain('evil.example');
    const own = resolve(ollama, { ollamaUrl: 'http://gpu.corp.example:11434' });
    expect(own.endpoints[0]?.zone).toBe('network');
  });

  test('http in the cloud, no url, a bad url and a second use of an id are problems by name', () => {
    const { endpoints, problems } = resolveEndpoints(
      [
        { id: 'plain', protocol: 'openai', url: 'http://api.example/v1' },
        { id: 'none', protocol: 'openai' },
        { id: 'user', protocol: 'openai', url: 'http://127.0.0.1@evil.example' },
        ollama,
        { ...ollama, url: 'http://127.0.0.1:1' },
      ],
      facts,
    );
    expect(endpoints.map(({ url }) => url)).toEqual(['http://127.0.0.1:11434']);
    expect(problems.map(({ id }) => id)).toEqual(['plain', 'none', 'user', 'ollama']);
  });

  test('the id of the built-in engine is no server’s, installed or not', () => {
    for (const builtin of [true, false]) {
      const { endpoints, problems } = resolve({ ...ollama, id: 'builtin' }, { builtin });
      expect(endpoints).toEqual(builtin ? [BUILTIN] : []);
      expect(problems.map(({ id }) => id)).toEqual(['builtin']);
      expect(problems[0]?.problem).toContain('built-in engine');
    }
  });

  test('the organisation’s policy keeps servers out that are not on this machine', () => {
    const none = { allows: () => false };
    const { endpoints, problems } = resolve({ ...ollama, url: 'http://gpu.corp.example:11434' }, none);
    expect([endpoints, problems[0]?.problem]).toEqual([[], expect.stringContaining('policy')]);
    expect(resolve({ id: 'a', protocol: 'openai', url: 'https://api.example' }, none).endpoints).toEqual([]);
    expect(resolve(ollama, none).endpoints).toHaveLength(1);
  });

  test('keys are expected where OpenAI’s protocol is spoken over https', () => {
    const needsKey = (entry: Partial<EndpointEntry>) =>
      resolve({ id: 'a', protocol: 'openai', url: 'https://api.openai.com/v1', ...entry }).endpoints[0]?.needsKey;
    expect(needsKey({})).toBe(true);
    expect(needsKey({ url: 'http://127.0.0.1:1234/v1' })).toBe(false);
    expect(needsKey({ url: 'http://127.0.0.1:1234/v1', key: true })).toBe(true);
  });

  test.each([
    ['llamacpp', 'http://127.0.0.1:8080', 'device', false],
    ['mistral', 'https://api.mistral.ai/v1', 'cloud', true],
    ['deepseek', 'https://api.deepseek.com', 'cloud', true],
    ['anthropic', 'https://api.anthropic.com/v1', 'cloud', true],
    ['gemini', 'https://generativelanguage.googleapis.com/v1beta', 'cloud', true],
  ] as const)('%s without a URL: %s, %s, with a key: %s', (protocol, url, zone, needsKey) => {
    expect(resolve({ id: 'a', protocol }).endpoints[0]).toMatchObject({ url, zone, needsKey });
    // The address decides, not the vendor's name.
    expect(resolve({ id: 'a', protocol, url: 'http://127.0.0.1:9' }).endpoints[0]?.zone).toBe('device');
  });
});
