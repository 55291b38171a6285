/**
 * Whether a local Ollama would send a model of this name to its vendor, even if no such model was ever pulled. Follows
 * `parseSourceSuffix` of Ollama's `internal/modelref/modelref.go` (v0.34.0), and is stricter where spellings are odd:
 * anything that might be read as a cloud name counts as one.
 */
export function isCloudName(name: string): boolean {
  const plain = name
    .normalize('NFKC')
    .replace(/[\p{White_Space}\p{Cf}\p{Cc}]/gu, '')
    .toLowerCase();
  return plain.split(/[:@?#]/u).some((part, index) => index > 0 && (part === 'cloud' || part.endsWith('-cloud')));
}
