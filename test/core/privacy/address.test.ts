import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { readBaseUrl } from '../../../src/core/privacy/address.ts';
import { readNetworkHost, zoneOf } from '../../../src/core/privacy/zone.ts';

/** Refused, or at least not taken for this machine. */
function zoneOrProblem(url: string, hosts: readonly string[] = [], notThisMachine = false): string {
  const address = readBaseUrl(url);
  return 'problem' in address ? 'problem' : zoneOf(address, hosts, notThisMachine);
}

describe('honest addresses of this machine', () => {
  it.each([
    ['http://127.0.0.1:11434', 'http://127.0.0.1:11434'],
    ['http://127.0.0.1', 'http://127.0.0.1'],
    ['http://127.0.0.1:80/', 'http://127.0.0.1'],
    ['http://127.0.0.2:8080', 'http://127.0.0.2:8080'],
    ['http://127.255.255.254:1', 'http://127.255.255.254:1'],
    ['http://localhost:11434/', 'http://localhost:11434'],
    ['HTTP://LocalHost:11434', 'http://localhost:11434'],
    ['https://localhost', 'https://localhost'],
    ['http://[::1]:11434', 'http://[::1]:11434'],
    ['http://127.0.0.1:1234/v1', 'http://127.0.0.1:1234/v1'],
    ['http://127.0.0.1:1234/v1/', 'http://127.0.0.1:1234/v1'],
  ])('%s', (raw, url) => {
    expect(readBaseUrl(raw)).toMatchObject({ url });
    expect(zoneOrProblem(raw)).toBe('device');
  });
});

const NEVER_THIS_MACHINE = [
  // decimal, octal, hexadecimal, short
  'http://2130706433',
  'http://017700000001',
  'http://0x7f000001',
  'http://0x7f.0.0.1',
  'http://0x7F.0x0.0x0.0x1',
  'http://0177.0.0.1',
  'http://127.1',
  'http://127.0.1',
  'http://127.0.0.01',
  'http://127.000.000.001',
  'http://127.0.0.0x1',
  'http://127.0.0.1.',
  'http://127.0.0.256',
  'http://127.0.0.1.1',
  'http://127.0.0.',
  'http://127..0.1',
  'http://0x',
  // every address, none
  'http://0.0.0.0:11434',
  'http://0',
  'http://0.0.0.1',
  'http://[::]:11434',
  'http://',
  'http://:11434',
  'http:///127.0.0.1',
  // IPv6
  'http://[::ffff:127.0.0.1]',
  'http://[::ffff:7f00:1]',
  'http://[::127.0.0.1]',
  'http://[::7f00:1]',
  'http://[0:0:0:0:0:0:0:1]',
  'http://[0000::0001]',
  'http://[::0001]',
  'http://[::1%25lo]',
  'http://[::1%lo]',
  'http://[64:ff9b::7f00:1]',
  'http://[fe80::1]',
  'http://[::2]',
  'http://::1:11434',
  'http://[::1',
  'http://[::1]evil.example',
  // user information, and what looks like it
  'http://127.0.0.1@evil.example',
  'http://localhost:11434@evil.example',
  'http://user:secret@127.0.0.1',
  'http://@127.0.0.1',
  'http://evil.example\\@127.0.0.1',
  'http://127.0.0.1\\.evil.example',
  'http:\\\\127.0.0.1',
  'http:127.0.0.1',
  'http:/127.0.0.1',
  '//127.0.0.1',
  '127.0.0.1:11434',
  // suffixes, prefixes, dots
  'http://localhost.',
  'http://localhost.evil.example',
  'http://127.0.0.1.evil.example',
  'http://127.0.0.1.nip.io',
  'http://evil.localhost',
  'http://localhost.localdomain',
  'http://localhost-evil.example',
  'http://ip6-localhost',
  'http://localtest.me',
  'http://.localhost',
  'http://local_host',
  // letters that only look right, or are mapped
  'http://ⓛocalhost',
  'http://ｌｏｃａｌｈｏｓｔ',
  'http://lосalhost',
  'http://127。0。0。1',
  'http://１２７.0.0.1',
  'http://127.0.0.1\u200b',
  'http://local\u00adhost',
  'http://xn--lcalhost-n2f',
  'http://localhost%2eevil.example',
  'http://%6c%6f%63alhost',
  'http://127.0.0.1%00.evil.example',
  // ports, schemes, white space, rests
  'http://127.0.0.1:0',
  'http://127.0.0.1:',
  'http://127.0.0.1:080',
  'http://127.0.0.1:65536',
  'http://127.0.0.1:80:80',
  'http://127.0.0.1:+80',
  'http://127.0.0.1:8０',
  'ftp://127.0.0.1',
  'ws://127.0.0.1',
  'file:///127.0.0.1',
  'unix:///var/run/ollama.sock',
  'javascript:127.0.0.1',
  ' http://127.0.0.1',
  'http://127.0.0.1 ',
  'http://127.0.0.1\n',
  'http://127.0.0.1\t.evil.example',
  'ht\ntp://127.0.0.1',
  'http://127.0.0.1?@evil.example',
  'http://127.0.0.1#@evil.example',
  'http://127.0.0.1/?x=http://evil.example',
  'http://127.0.0.1/../x',
  'http://127.0.0.1/%2e%2e/x',
  'http://127.0.0.1//evil.example',
  'http://128.0.0.1',
  'http://10.0.0.1',
  '',
];

describe('spellings that are never this machine', () => {
  it('are at least sixty', () => {
    expect(new Set(NEVER_THIS_MACHINE).size).toBeGreaterThanOrEqual(60);
  });

  it.each(NEVER_THIS_MACHINE)('%j', (raw) => {
    expect(zoneOrProblem(raw)).not.toBe('device');
    // A list that names this machine in every honest way does not let them in either.
    expect(zoneOrProblem(raw, ['localhost', '127.0.0.0/8', '::1'])).toMatch(/^(problem|cloud)$/);
  });
});

describe('what is wrong with an address', () => {
  it.each([
    ['http://127.0.0.1 ', 'no spaces and only ASCII'],
    ['http://127。0。0。1', 'no spaces and only ASCII'],
    ['http://user@127.0.0.1', 'must not contain a user name'],
    ['http://127.0.0.1/a@b', 'must not contain a user name'],
    ['http://127.0.0.1/?q', 'must not contain a query'],
    ['http://127.0.0.1#f', 'must not contain a query or a fragment'],
    ['ftp://127.0.0.1', 'begins with http'],
    ['http://127.0.0.1/../x', 'The path of an address'],
    ['http://127.0.0.1/a/./x', 'The path of an address'],
    ['http://127.0.0.1/%2e', 'The path of an address'],
    ['http://127.0.0.1:080', 'A port is a number'],
    ['http://127.0.0.1:65536', 'A port is a number'],
    ['http://', 'has no host'],
    ['http://localhost.', 'must not end in a dot'],
    ['http://127.0.0.1.', 'must not end in a dot'],
    ['http://127.1', 'four decimal numbers'],
    ['http://0x7f000001', 'four decimal numbers'],
    ['http://0.0.0.0', '0.0.0.0 is not an address to connect to'],
    ['http://[::1%25lo]', 'only hexadecimal digits and colons'],
    ['http://[::127.0.0.1]', 'only hexadecimal digits and colons'],
    ['http://[:::]', 'do not hold an IPv6 address'],
    ['http://[0:0:0:0:0:0:0:1]', 'has a shorter spelling: [::1]'],
    ['http://[::]', '[::] is not an address to connect to'],
    ['http://[::ffff:7f00:1]', 'without its IPv6 form'],
    ['http://a_b-.example', 'is not a host name'],
    [`http://${'a.'.repeat(126)}ab`, 'is not a host name'],
  ])('%s: %s', (raw, words) => {
    expect(readBaseUrl(raw)).toMatchObject({ problem: expect.stringContaining(words) as unknown });
  });

  it('may be that the platform, which dials, reads something else in it', () => {
    onTestFinished(() => void vi.unstubAllGlobals());
    class Elsewhere {
      readonly href = 'http://127.0.0.1.evil.example/';
      static readonly canParse = () => true;
    }
    vi.stubGlobal('URL', Elsewhere);
    expect(readBaseUrl('http://127.0.0.1')).toMatchObject({ problem: 'The address can be read in more than one way.' });
  });
});

describe('the user’s list of network hosts', () => {
  const hosts = [
    'gpu.corp.example',
    'box:8080',
    '10.0.0.0/8',
    'fd00::/8',
    '*.lab.example',
    '192.168.1.7',
    '[fe80::2]:9',
  ];
  it.each([
    ['http://gpu.corp.example:11434', 'network'],
    ['https://GPU.corp.example/v1', 'network'],
    ['http://box:8080', 'network'],
    ['http://box:8081', 'cloud'],
    ['http://10.200.3.4', 'network'],
    ['http://11.0.0.1', 'cloud'],
    // The same first bits, of the other kind.
    ['http://[a00::1]', 'cloud'],
    ['http://[fd12:3456::1]', 'network'],
    ['http://[fe80::2]:9', 'network'],
    ['http://[fe80::2]', 'cloud'],
    ['http://192.168.1.7', 'network'],
    ['http://192.168.1.70', 'cloud'],
    ['http://a.lab.example', 'network'],
    ['http://a.b.lab.example', 'network'],
    ['http://lab.example', 'cloud'],
    ['http://evillab.example', 'cloud'],
    ['http://gpu.corp.example.evil.example', 'cloud'],
    ['http://evil.gpu.corp.example', 'cloud'],
    ['https://api.openai.com/v1', 'cloud'],
  ])('%s is %s', (url, zone) => {
    expect(zoneOrProblem(url, hosts)).toBe(zone);
  });

  it.each([
    '*',
    '*.',
    '',
    '0.0.0.0/0',
    '10.0.0.0/7',
    '::/0',
    '10.0.0.0/33',
    '10.0.0.0/8/8',
    '10.0.0.0/08',
    'a.*.example',
    'cafe/16',
    'gpu.corp.example/8',
  ])('reads nothing in %j', (entry) => {
    expect(readNetworkHost(entry)).toBeUndefined();
  });

  it.each([
    '*evil.example',
    'http://gpu',
    'gpu:0',
    'gpu:',
    'user@gpu',
    'gpu.',
    'ɢpu',
    '0.0.0.0',
    '127.1',
    '*.10.0.0.1',
  ])('nor in %j', (entry) => {
    expect(readNetworkHost(entry)).toBeUndefined();
  });
});

describe('a loopback address that the user calls another machine', () => {
  it('is cloud unless it is listed', () => {
    expect(zoneOrProblem('http://127.0.0.1:11434', [], true)).toBe('cloud');
    expect(zoneOrProblem('http://localhost:11434', ['localhost:11434'], true)).toBe('network');
    expect(zoneOrProblem('http://127.0.0.1:11434', ['127.0.0.1:9'], true)).toBe('cloud');
  });
});
