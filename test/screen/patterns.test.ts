import { describe, expect, it } from 'vitest';
import { ALWAYS_IGNORED, pathForPatterns } from '../../src/core/privacy/ignoredFiles.ts';
import { readPatterns } from '../../src/screen/patterns.ts';

const always = readPatterns(ALWAYS_IGNORED);

describe('the files that never leave', () => {
  it.each([
    '.env',
    '../.env',
    '.env.local',
    '.env.production',
    '.ENV',
    '.envrc',
    'apps/shop/.env',
    'prod.env',
    'certs/server.pem',
    'server.key',
    'Server.KEY',
    'login.p12',
    'login.pfx',
    'ca.crt',
    'android/release.keystore',
    'release.jks',
    'home/ada/.ssh/config',
    'home/ada/.ssh/id_rsa',
    'id_ed25519',
    'id_rsa.pub',
    '.npmrc',
    'packages/web/.npmrc',
    '.pypirc',
    '.netrc',
    '.git-credentials',
    'home/ada/.aws/credentials',
    'home/ada/.aws/sso/cache/x.json',
    'home/ada/.kube/config',
    'home/ada/.config/gcloud/application_default_credentials.json',
    'home/ada/.docker/config.json',
    'infra/prod.tfvars',
    'infra/terraform.tfstate',
    'service-account-prod.json',
    'client_secret_12.json',
    'config/secrets.yml',
    'vault.kdbx',
  ])('have %s among them', (path) => expect(always(path)).toBeDefined());

  it.each([
    'src/env.ts',
    'src/environment/index.ts',
    'src/keyboard.ts',
    'docs/key.md',
    'src/pem.rs',
    'src/secrets.ts',
    'package.json',
    'src/aws/client.ts',
    'README.md',
    'monkey.py',
    'Untitled-1',
    '',
  ])('do not have %s among them', (path) => expect(always(path)).toBeUndefined());
});

describe('patterns of the user', () => {
  it.each([
    [['*.sql'], 'db/dump.sql', '*.sql'],
    [['/db/'], 'db/dump.sql', '/db/'],
    [['/db/'], 'src/db/dump.sql', undefined],
    [['# a comment', '', 'customers/**'], 'customers/a/b.csv', 'customers/**'],
    [['*.csv', '!public.csv'], 'public.csv', undefined],
    [['*.csv', '!public.csv'], 'private.csv', '*.csv'],
    [['../outside'], 'src/a.ts', undefined],
  ])('%j for %s: %s', (lines, path, rule) => expect(readPatterns(lines)(path)).toBe(rule));

  it('take nothing back from another source', () => {
    expect(readPatterns(['!.env', '!*'])('.env')).toBeUndefined();
    expect(always('.env')).toBeDefined();
  });

  it.each([
    ['/home/ada/shop/.env', 'home/ada/shop/.env'],
    ['/c:/Users/ada/.ssh/id_rsa', 'Users/ada/.ssh/id_rsa'],
    ['//server/share/a.pem', 'server/share/a.pem'],
    ['Untitled-1', 'Untitled-1'],
    ['c:/a', 'a'],
  ])('see %s as %s', (path, seen) => expect(pathForPatterns(path)).toBe(seen));
});
