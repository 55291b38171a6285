import { type CodeBlock, type Send, createCodeBlock, dressCode } from './codeBlock.ts';
import { type OpenFence, parseBlocks } from './markdown.ts';

export interface StreamedText {
  append(text: string): void;
  /** Renders everything now. */
  finish(): void;
  dispose(): void;
}

/** A render may take this share of the time, so that typing and scrolling stay quick however long the last block is. */
const SHARE = 4;

/**
 * Markdown that grows. At most once a frame the last block is rendered again; blocks before it are left alone, and an open
 * code block only gets its new lines.
 */
export function createStreamedText(into: HTMLElement, send: Send, rendered: () => void): StreamedText {
  const env = {};
  const tail = document.createElement('div');
  into.append(tail);
  /** What is not yet rendered for good. */
  let rest = '';
  let fence: (OpenFence & { readonly block: CodeBlock }) | undefined;
  let frame: number | undefined;
  let timer: number | undefined;
  let pausedUntil = 0;

  const fragmentOf = (html: string) => {
    const template = document.createElement('template');
    template.innerHTML = html;
    dressCode(template.content, send);
    return template.content;
  };

  /** Moves whole lines into the open fence, up to the one that closes it. */
  const feedFence = () => {
    if (!fence) return;
    const until = lastPlainLine(rest, fence.closer);
    if (until > 0) fence.block.append(rest.slice(0, until));
    rest = rest.slice(until);
    const end = rest.indexOf('\n');
    if (end < 0) return;
    closeFence(rest.slice(end + 1));
  };
  const closeFence = (after: string) => {
    fence?.block.finish();
    fence = undefined;
    rest = after;
  };

  const render = (last: boolean) => {
    feedFence();
    if (fence && last) {
      if (rest && !fence.closer.test(rest)) fence.block.append(rest);
      closeFence('');
    }
    if (fence) return;
    const blocks = parseBlocks(rest, env);
    if (blocks.done) tail.before(fragmentOf(blocks.done));
    rest = rest.slice(blocks.lastAt);
    if (!blocks.openFence || last) {
      tail.replaceChildren(fragmentOf(blocks.last));
      return;
    }
    fence = { ...blocks.openFence, block: createCodeBlock(blocks.openFence.language, send) };
    tail.replaceChildren();
    tail.before(fence.block.element);
    rest = rest.slice(rest.indexOf('\n') + 1);
    feedFence();
  };

  const timed = () => {
    frame = undefined;
    const before = performance.now();
    render(false);
    rendered();
    pausedUntil = performance.now() + (performance.now() - before) * SHARE;
  };
  const schedule = () => {
    if (frame !== undefined || timer !== undefined) return;
    const wait = pausedUntil - performance.now();
    if (wait <= 16) {
      frame = requestAnimationFrame(timed);
      return;
    }
    timer = window.setTimeout(() => {
      timer = undefined;
      frame = requestAnimationFrame(timed);
    }, wait);
  };
  const cancel = () => {
    if (frame !== undefined) cancelAnimationFrame(frame);
    window.clearTimeout(timer);
    frame = undefined;
    timer = undefined;
  };
  return {
    append(text) {
      rest += text.replaceAll('\r', '');
      schedule();
    },
    finish() {
      cancel();
      render(true);
      rendered();
    },
    dispose: cancel,
  };
}

/** End of the last whole line before one that closes the fence. */
function lastPlainLine(text: string, closer: RegExp): number {
  let until = 0;
  for (;;) {
    const end = text.indexOf('\n', until);
    if (end < 0 || closer.test(text.slice(until, end))) return until;
    until = end + 1;
  }
}
