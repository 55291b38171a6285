import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readBaseUrl } from '../../../src/core/privacy/address.ts';
import { allowsHost, narrowNetworkHosts, readOrganisationPolicy } from '../../../src/core/privacy/organisation.ts';
import { zoneOf } from '../../../src/core/privacy/zone.ts';

const address = (url: string) => {
  const read = readBaseUrl(url);
  if ('problem' in read) throw new Error(read.problem);
  return read;
};

describe('the organisation’s policy', () => {
  it('is read in full', () => {
    const policy = {
      version: 1,
      maximumLevel: 'internal',
      folders: [{ match: 'git.corp.example/**', level: 'private' }],
      networkHosts: ['llm.corp.example', '10.0.0.0/8', '*.gpu.example'],
      allowedHosts: ['api.openai.com'],
    };
    expect(readOrganisationPolicy(JSON.stringify(policy))).toEqual(policy);
    expect(readOrganisationPolicy('\uFEFF{"version":1}')).toEqual({ version: 1 });
  });

  it.each([
    ['', 'JSON'],
    ['{"version":1', 'JSON'],
    ['[]', 'version 1'],
    ['null', 'version 1'],
    ['{}', '“version”'],
    ['{"version":2}', '“version”'],
    ['{"version":"1"}', '“version”'],
    ['{"version":1,"maximumLevel":"secret"}', '“maximumLevel”'],
    ['{"version":1,"folders":[{"match":"","level":"private"}]}', '“folders.0.match”'],
    ['{"version":1,"folders":[{"match":"/x"}]}', '“folders.0.level”'],
    ['{"version":1,"networkHosts":["*"]}', '“networkHosts.0”'],
    ['{"version":1,"allowedHosts":["http://x"]}', '“allowedHosts.0”'],
    // A restriction of a later version must not be overlooked.
    ['{"version":1,"forbidden":[]}', 'version 1'],
  ])('is not taken from %j', (text, where) => {
    const read = readOrganisationPolicy(text);
    expect('problem' in read && read.problem).toContain(where);
  });

  it('survives any text', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.json()), (text) => {
        const read = readOrganisationPolicy(text);
        expect('problem' in read || read.version === 1).toBe(true);
      }),
    );
  });
});

describe('hosts under a policy', () => {
  it.each<[string[], string[] | undefined, string[]]>([
    [['a.example', 'b.example'], undefined, ['a.example', 'b.example']],
    [['a.example', 'b.example'], ['a.example'], ['a.example']],
    [['a.example'], [], []],
    [['a.gpu.example'], ['*.gpu.example'], ['a.gpu.example']],
    [['*.gpu.example'], ['a.gpu.example'], []],
    [['*.gpu.example'], ['*.gpu.example'], ['*.gpu.example']],
    [['10.1.2.3'], ['10.0.0.0/8'], ['10.1.2.3']],
    [['10.0.0.0/8'], ['10.1.2.3'], []],
    [['a.example'], ['a.example:443'], []],
  ])('%j narrowed to %j', (hosts, networkHosts, expected) => {
    expect(narrowNetworkHosts(hosts, [networkHosts ? { networkHosts } : {}])).toEqual(expected);
  });

  it('never puts a host into the network that the user did not list, nor one that a policy leaves out', () => {
    const entry = fc.constantFrom('a.example', 'b.example', '*.example', 'a.example:8443', '10.0.0.0/8', '10.1.0.0/16');
    const list = fc.array(entry, { maxLength: 4 });
    const url = fc.constantFrom('https://a.example', 'https://a.example:8443', 'https://b.example', 'https://10.1.2.3');
    fc.assert(
      fc.property(list, fc.array(fc.option(list, { nil: undefined }), { maxLength: 3 }), url, (hosts, lists, at) => {
        const policies = lists.map((networkHosts) => (networkHosts ? { networkHosts } : {}));
        const isNetwork = (list: readonly string[] | undefined) => !list || zoneOf(address(at), list) === 'network';
        const isNarrowed = isNetwork(narrowNetworkHosts(hosts, policies));
        expect(!isNarrowed || [hosts, ...lists].every(isNetwork)).toBe(true);
      }),
    );
  });

  it('allows what every policy allows', () => {
    const openai = address('https://api.openai.com/v1');
    expect(allowsHost(openai, [])).toBe(true);
    expect(allowsHost(openai, [{}])).toBe(true);
    expect(allowsHost(openai, [{ allowedHosts: ['api.openai.com'] }])).toBe(true);
    expect(allowsHost(openai, [{ allowedHosts: ['api.openai.com'] }, { allowedHosts: [] }])).toBe(false);
    expect(allowsHost(openai, [{ allowedHosts: ['openai.com'] }])).toBe(false);
  });
});
