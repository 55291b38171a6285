/** As much of a page's element as the driver reads: the DOM's own types would be global to the whole project. */
export interface Dom {
  readonly textContent: string | null;
  readonly classList: { contains(name: string): boolean; add(name: string): void };
  getAttribute(name: string): string | null;
  querySelector(selector: string): Dom | null;
  querySelectorAll(selector: string): Iterable<Dom>;
  cloneNode(deep: true): Dom;
  remove(): void;
}
