import { expect, test } from 'vitest';
import { ollamaHost, ollamaUrl } from '../../src/providers/ollamaHost.ts';

// The cases of TestHost and TestConnectableHost in envconfig/config_test.go, Ollama v0.34.0.
test.each([
  ['', 'http://127.0.0.1:11434'],
  ['1.2.3.4', 'http://1.2.3.4:11434'],
  [':1234', 'http://:1234'],
  ['1.2.3.4:1234', 'http://1.2.3.4:1234'],
  ['example.com', 'http://example.com:11434'],
  ['example.com:1234', 'http://example.com:1234'],
  [':0', 'http://:0'],
  [':66000', 'http://:11434'],
  [':-1', 'http://:11434'],
  ['[::1]', 'http://[::1]:11434'],
  ['[::]', 'http://[::]:11434'],
  ['::1', 'http://[::1]:11434'],
  ['[::1]:1337', 'http://[::1]:1337'],
  [' 1.2.3.4 ', 'http://1.2.3.4:11434'],
  ['"1.2.3.4"', 'http://1.2.3.4:11434'],
  [' " 1.2.3.4 " ', 'http://1.2.3.4:11434'],
  ["'1.2.3.4'", 'http://1.2.3.4:11434'],
  ['http://1.2.3.4', 'http://1.2.3.4:80'],
  ['http://1.2.3.4:4321', 'http://1.2.3.4:4321'],
  ['https://1.2.3.4', 'https://1.2.3.4:443'],
  ['https://1.2.3.4:4321', 'https://1.2.3.4:4321'],
  ['https://example.com/ollama', 'https://example.com:443/ollama'],
  ['ollama.com', 'https://ollama.com:443'],
])('%j is %s', (value, expected) => {
  expect(ollamaHost(value)).toBe(expected);
});

test.each([
  [undefined, 'http://127.0.0.1:11434'],
  ['', 'http://127.0.0.1:11434'],
  ['127.0.0.1:1234', 'http://127.0.0.1:1234'],
  ['0.0.0.0', 'http://127.0.0.1:11434'],
  ['0.0.0.0:1234', 'http://127.0.0.1:1234'],
  ['[::]', 'http://[::1]:11434'],
  ['[::]:1234', 'http://[::1]:1234'],
  ['[0:0:0:0:0:0:0:0]:1234', 'http://[::1]:1234'],
  ['[::1]', 'http://[::1]:11434'],
  ['192.168.1.5:8080', 'http://192.168.1.5:8080'],
  ['example.com', 'http://example.com:11434'],
  ['https://0.0.0.0:4321', 'https://127.0.0.1:4321'],
  [':1234', 'http://127.0.0.1:1234'],
  // Canonical: the scheme's own port goes, and so does a slash at the end.
  ['http://1.2.3.4', 'http://1.2.3.4'],
  ['https://example.com/ollama/', 'https://example.com/ollama'],
  ['ollama.com', 'https://ollama.com'],
])('%j is reached at %s', (value, expected) => {
  expect(ollamaUrl(value)).toBe(expected);
});

test.each(['ftp://1.2.3.4', 'unix:///run/ollama.sock', 'user@example.com', 'a b', 'example.com?x', 'example.com#x'])(
  '%j is no address for a client',
  (value) => {
    expect(ollamaUrl(value)).toBeUndefined();
  },
);
