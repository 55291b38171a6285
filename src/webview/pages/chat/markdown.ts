import MarkdownIt, { type Env, type Token } from 'markdown-it';

/** Only these leave the page, and only by way of the editor after a click. */
const LINK = /^(https?:\/\/|mailto:)/iu;

/**
 * CommonMark with tables and strikethrough. HTML in an answer is text; links carry only web and mail addresses; images are
 * never loaded and stand as a link with their description.
 */
const md = new MarkdownIt({ html: false, linkify: false, typographer: false });
md.validateLink = (url) => LINK.test(url.trim());
md.renderer.rules['image'] = (tokens, index) => {
  const token = tokens[index];
  const text = md.utils.escapeHtml(token?.content || 'image');
  const source = md.utils.escapeHtml(String(token?.attrGet('src') ?? ''));
  return `<a href="${source}" title="${source}">[${text}]</a>`;
};
md.renderer.rules['link_open'] = (tokens, index, options, _env, self) => {
  const token = tokens[index];
  // The address is always to be seen: the words of a link may say anything.
  token?.attrSet('title', token.attrGet('href') ?? '');
  return self.renderToken(tokens, index, options);
};
for (const cell of ['th_open', 'td_open']) {
  md.renderer.rules[cell] = (tokens, index, options, _env, self) => {
    const token = tokens[index];
    const style = token?.attrGet('style');
    if (token && typeof style === 'string') {
      // Alignment as a class: the page's policy takes no inline styles.
      token.attrs = [['class', style.replace('text-align:', 'align-')]];
    }
    return self.renderToken(tokens, index, options);
  };
}
const fence = (tokens: readonly Token[], index: number): string => {
  const token = tokens[index];
  const language = token?.info.trim().split(/\s+/u, 1)[0] ?? '';
  return `<pre data-language="${md.utils.escapeHtml(language)}"><code>${md.utils.escapeHtml(token?.content ?? '')}</code></pre>`;
};
md.renderer.rules['fence'] = fence;
md.renderer.rules['code_block'] = fence;

export interface Blocks {
  /** HTML of the blocks that more text cannot change any more. */
  readonly done: string;
  /** Where the last block begins, in characters of the text. */
  readonly lastAt: number;
  /** HTML of the last block, which may still grow. */
  readonly last: string;
  /** The last block is a fence that has not been closed. */
  readonly openFence?: OpenFence;
}

export interface OpenFence {
  readonly language: string;
  /** A line that closes the fence. */
  readonly closer: RegExp;
}

/** Splits a text whose beginning lies on a block's beginning; `env` keeps link definitions between calls. */
export function parseBlocks(text: string, env: Env): Blocks {
  const tokens = md.parse(text, env);
  let last = -1;
  for (const [index, token] of tokens.entries()) if (token.level === 0 && token.nesting >= 0 && token.map) last = index;
  if (last < 0) return { done: '', lastAt: 0, last: '' };
  const open = openFence(tokens[last], text);
  return {
    done: md.renderer.render(tokens.slice(0, last), md.options, env),
    lastAt: offsetOfLine(text, tokens[last]?.map?.[0] ?? 0),
    last: md.renderer.render(tokens.slice(last), md.options, env),
    ...(open && { openFence: open }),
  };
}

function openFence(token: Token | undefined, text: string): OpenFence | undefined {
  if (token?.type !== 'fence' || !token.map) return undefined;
  const opening = text.slice(offsetOfLine(text, token.map[0]));
  // Indented fences shift their lines; they take the slow way.
  if (!opening.startsWith(token.markup) || !opening.includes('\n')) return undefined;
  const mark = token.markup.charAt(0);
  const closer = new RegExp(`^ {0,3}${mark}{${token.markup.length},}[ \\t]*$`, 'u');
  const lines = opening.slice(opening.indexOf('\n') + 1).split('\n');
  if (lines.some((line) => closer.test(line))) return undefined;
  return { language: token.info.trim().split(/\s+/u, 1)[0] ?? '', closer };
}

function offsetOfLine(text: string, line: number): number {
  let at = 0;
  for (let n = 0; n < line; n += 1) {
    const end = text.indexOf('\n', at);
    if (end < 0) return text.length;
    at = end + 1;
  }
  return at;
}
