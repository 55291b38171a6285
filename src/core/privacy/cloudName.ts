/**
 * Whether a local Ollama would send a model of this name to its vendor, even if no such model was ever pulled. Follows
 * `parseSourceSuffix` of Ollama's `internal/modelref/modelref.go` (v0.34.0), and is stricter where spellings are odd:
 * anything that might be read as a cloud name counts as one.
 */
export function isCloudName(name: string): boolean {
  return endsInCloud(name) || endsInCloud(percentDecoded(name));
}

function endsInCloud(name: string): boolean {
  const plain = name
    .normalize('NFKC')
    .replace(/[\p{White_Space}\p{Cf}\p{Cc}]/gu, '')
    .replace(/\p{Dash_Punctuation}/gu, '-')
    .toLowerCase();
  return plain
    .split(/[:@?#]/u)
    .map((part) => part.replace(/[/\\.]+$/u, ''))
    .some((part, index) => part.endsWith('-cloud') || (index > 0 && part === 'cloud'));
}

/** Names travel in paths too, where servers decode them. */
function percentDecoded(name: string): string {
  return name.replace(/%([0-7][0-9a-f])/giu, (_, hex: string) => String.fromCodePoint(Number.parseInt(hex, 16)));
}
