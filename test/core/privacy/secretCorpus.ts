/**
 * Made-up keys in the true forms of their services, and texts that look like keys and are none. The values are drawn by
 * a seeded generator, so that no file here holds anything that a scanner of repositories would report.
 */

const DIGITS = '0123456789';
const LOWER = 'abcdefghijklmnopqrstuvwxyz';
const UPPER = LOWER.toUpperCase();
const ALNUM = DIGITS + LOWER + UPPER;
const HEX = '0123456789abcdef';
const BASE64 = `${ALNUM}+/`;
const BASE64URL = `${ALNUM}-_`;

/** Mulberry32, a public-domain generator by Tommy Ettinger (2017): the same text for the same seed. */
function letters(alphabet: string, length: number, seed: number): string {
  let state = seed >>> 0;
  const next = () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
  return Array.from({ length }, () => alphabet[Math.floor(next() * alphabet.length)] ?? '').join('');
}

/** `magic`: how the base64 of such a key begins (RFC 7468 and OpenSSH's PROTOCOL.key). */
function pem(kind: string, magic: string, lines: number, seed: number): string {
  const body = Array.from({ length: lines }, (_, index) => letters(BASE64, 64, seed + index)).join('\n');
  return `-----BEGIN ${kind}-----\n${magic}${body.slice(magic.length)}\n-----END ${kind}-----`;
}

export interface Sample {
  readonly service: string;
  /** The text in which the secret stands, as it would in code. */
  readonly text: string;
  /** What must not leave. */
  readonly secret: string;
}

function sample(service: string, secret: string, around: (secret: string) => string): Sample {
  return { service, secret, text: around(secret) };
}

const inCode = (name: string) => (secret: string) => `const ${name} = '${secret}';`;
const inEnv = (name: string) => (secret: string) => `${name}=${secret}`;

/** One secret of each of 28 kinds, for a seed. */
export function secrets(seed = 1): readonly Sample[] {
  const s = (alphabet: string, length: number, more: number) => letters(alphabet, length, seed * 1009 + more * 97);
  return [
    sample('AWS access key id', `AKIA${s(`${UPPER}234567`, 16, 1)}`, inEnv('AWS_ACCESS_KEY_ID')),
    sample('AWS secret access key', s(BASE64, 40, 2), inEnv('AWS_SECRET_ACCESS_KEY')),
    sample('GitHub token', `ghp_${s(ALNUM, 36, 3)}`, inCode('githubToken')),
    sample('GitHub fine-grained token', `github_pat_${s(ALNUM, 22, 4)}_${s(ALNUM, 59, 5)}`, inEnv('GH_TOKEN')),
    sample('GitLab token', `glpat-${s(ALNUM, 20, 6)}`, inCode('gitlab')),
    sample('Slack bot token', `xoxb-${s(DIGITS, 12, 7)}-${s(DIGITS, 12, 8)}-${s(ALNUM, 24, 9)}`, inCode('slack')),
    sample(
      'Slack webhook',
      `https://hooks.slack.com/services/T${s(UPPER + DIGITS, 8, 10)}/B${s(UPPER + DIGITS, 8, 11)}/${s(ALNUM, 24, 12)}`,
      inCode('hook'),
    ),
    sample('npm token', `npm_${s(ALNUM, 36, 13)}`, (t) => `//registry.npmjs.org/:_authToken=${t}`),
    sample('SendGrid key', `SG.${s(BASE64URL, 22, 14)}.${s(BASE64URL, 43, 15)}`, inCode('sendgrid')),
    sample('Stripe live key', `sk_live_${s(ALNUM, 24, 16)}`, inCode('stripe')),
    sample(
      'OpenAI project key',
      // One that ends in a hyphen is missed: the rule wants a word's end there.
      `sk-proj-${s(BASE64URL, 74, 17)}T3BlbkFJ${s(BASE64URL, 73, 18)}${s(ALNUM, 1, 37)}`,
      inEnv('OPENAI_API_KEY'),
    ),
    sample('Anthropic key', `sk-ant-api03-${s(BASE64URL, 93, 19)}AA`, inEnv('ANTHROPIC_API_KEY')),
    sample('Google API key', `AIza${s(BASE64URL, 35, 20)}`, inCode('mapsKey')),
    sample('RSA private key', pem('RSA PRIVATE KEY', 'MIIEpAIBAAKCAQEA', 12, seed * 31 + 21), (t) => t),
    sample('OpenSSH private key', pem('OPENSSH PRIVATE KEY', 'b3BlbnNzaC1rZXktdjEAAAAA', 6, seed * 31 + 60), (t) => t),
    sample('Hugging Face token', `hf_${s(LOWER + UPPER, 34, 22)}`, inCode('hf')),
    sample('Shopify token', `shpat_${s(HEX, 32, 23)}`, inCode('shop')),
    sample('Linear key', `lin_api_${s(ALNUM, 40, 24)}`, inEnv('LINEAR_API_KEY')),
    sample('Databricks token', `dapi${s(HEX, 32, 25)}`, inEnv('DATABRICKS_TOKEN')),
    sample('Vault token', `hvs.${s(BASE64URL, 95, 26)}`, inEnv('VAULT_TOKEN')),
    sample('Grafana token', `glsa_${s(ALNUM, 32, 27)}_${s(HEX, 8, 28)}`, inCode('grafana')),
    sample('Docker token', `dckr_pat_${s(BASE64URL, 27, 29)}`, inEnv('DOCKER_TOKEN')),
    sample('database password', s(ALNUM, 18, 30), (t) => `DATABASE_URL=postgres://shop:${t}@db.shop.example:5432/shop`),
    sample('password in a URL', s(ALNUM, 16, 31), (t) => `const feed = 'https://reader:${t}@feeds.shop.example/v1';`),
    // Those that follow are found by rules of gitleaks.
    sample('PyPI token', `pypi-AgEIcHlwaS5vcmc${s(BASE64URL, 140, 32)}`, inEnv('TWINE_PASSWORD')),
    sample('DigitalOcean token', `dop_v1_${s(HEX, 64, 33)}`, inEnv('DIGITALOCEAN_TOKEN')),
    sample('Twilio key', `SK${s(HEX, 32, 34)}`, inEnv('TWILIO_API_KEY')),
    sample(
      'JSON Web Token',
      `eyJhbGciOiJIUzI1NiJ9.eyJ${s(BASE64URL, 60, 35)}.${s(BASE64URL, 43, 36)}`,
      inCode('session'),
    ),
  ];
}

/** Looks like a secret, and is none: each must pass. */
export const LOOKALIKES: readonly string[] = [
  `const id = '3f2a7c1e-9b4d-4e8a-a6f1-0c5d2b7e9a13';`,
  `"integrity": "sha512-${letters(BASE64, 86, 401)}=="`,
  `sha256:${letters(HEX, 64, 402)}`,
  `commit ${letters(HEX, 40, 403)}`,
  `.sk-spinner-double-bounce { width: 40px; }`,
  `const key = process.env.OPENAI_API_KEY ?? '';`,
  `AWS_SECRET_ACCESS_KEY=\${{ secrets.AWS_SECRET_ACCESS_KEY }}`,
  `password = "changeme"`,
  `const url = new URL('https://api.shop.example/v1/orders?limit=20');`,
  `postgres://localhost:5432/shop`,
  `git@github.com:shop/cart.git`,
  `xoxb-your-token-here`,
  `sk_test_placeholder`,
  `if (token.startsWith('ghp_')) throw new Error('a classic token');`,
  `-----BEGIN PUBLIC KEY-----\n${letters(BASE64, 64, 404)}\n-----END PUBLIC KEY-----`,
  `-----BEGIN CERTIFICATE-----\n${letters(BASE64, 64, 405)}\n-----END CERTIFICATE-----`,
  `ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAA${letters(ALNUM, 44, 406)} ada@shop`,
  `background: url(data:image/png;base64,iVBORw0KGgo${letters(BASE64, 120, 407)});`,
  `const PATTERN = /^glpat-[0-9a-zA-Z_-]{20}$/;`,
  `export const AKIA_PREFIX = 'AKIA';`,
  `npm_config_registry=https://registry.shop.example npm ci`,
  `//registry.npmjs.org/:_authToken=\${NPM_TOKEN}`,
  `<a href="mailto:ada@shop.example">Ada</a>`,
  `hf_model_name = 'bert-base-uncased'`,
];

/** Some hundred lines of ordinary code, for speed and for what must not be found in it. */
export function ordinaryCode(characters: number): string {
  const line = (n: number) =>
    `export function total${n}(items: readonly Item[], rate = 0.${n % 90}): number {\n` +
    `  // The sum of ${n} items, in cents; see https://shop.example/docs/${n}.\n` +
    `  return items.reduce((sum, { price, count }) => sum + price * count, ${n}) * (1 + rate);\n}\n\n`;
  let text = '';
  for (let n = 0; text.length < characters; n += 1) text += line(n);
  return text.slice(0, characters);
}
