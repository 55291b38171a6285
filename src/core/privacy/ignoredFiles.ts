/**
 * Files that never leave this machine, as gitignore patterns for the whole path: what programs keep keys and passwords
 * in. The user can add to them; nobody can take away.
 */
export const ALWAYS_IGNORED: readonly string[] = [
  // Environments
  '*.env',
  '.env',
  '.env.*',
  '.env[-_]*',
  '.envrc',
  // Private keys, certificates, key stores
  '*.pem',
  '*.key',
  '*.p12',
  '*.pfx',
  '*.p8',
  '*.pkcs12',
  '*.ppk',
  '*.crt',
  '*.cer',
  '*.der',
  '*.csr',
  '*.jks',
  '*.keystore',
  '*.bcfks',
  '*.kdb',
  '*.kdbx',
  '*.keychain',
  '*.keychain-db',
  '*.asc',
  '*.gpg',
  '*.pgp',
  'id_rsa*',
  'id_dsa*',
  'id_ecdsa*',
  'id_ed25519*',
  '.ssh/',
  '.gnupg/',
  // Credentials of tools
  '.npmrc',
  '.yarnrc.yml',
  '.pypirc',
  '.netrc',
  '_netrc',
  '.git-credentials',
  '.pgpass',
  '.my.cnf',
  '.htpasswd',
  '.dockercfg',
  '**/.docker/config.json',
  '.aws/',
  '.azure/',
  '**/.config/gcloud/',
  '**/.config/gh/hosts.yml',
  '**/.kube/config',
  'kubeconfig',
  '*.kubeconfig',
  '**/.cargo/credentials',
  '**/.cargo/credentials.toml',
  '**/.gem/credentials',
  '.terraformrc',
  '**/.terraform.d/credentials.tfrc.json',
  '*.tfvars',
  '*.tfvars.json',
  '*.tfstate',
  '*.tfstate.backup',
  '.vault-token',
  'credentials.json',
  'client_secret*.json',
  'service-account*.json',
  'service_account*.json',
  'secrets.yml',
  'secrets.yaml',
  'secrets.json',
  'secrets.toml',
  'wp-config.php',
  '*.mobileprovision',
  '*.ovpn',
];

/** Matches one path: the pattern that says no, or `undefined`. Paths have `/` between their parts and none in front. */
export type MatchPath = (path: string) => string | undefined;
/** Reads lines in gitignore's syntax. */
export type ReadPatterns = (lines: readonly string[]) => MatchPath;

/** The path of a URI as patterns want it: without a leading slash or a drive. */
export function pathForPatterns(path: string): string {
  return path.replace(/^\/*([A-Za-z]:(?=\/))?\/*/u, '');
}
