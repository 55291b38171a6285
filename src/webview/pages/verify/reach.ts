import { el } from '../parts/dom.ts';

/**
 * The only script of the pages that names what can reach a network: it exists to show that the page's policy lets none of
 * it through.
 */

interface Try {
  readonly way: string;
  readonly blocked: boolean;
  readonly detail: string;
}

/** Resolves when the way was open; rejects when it was shut. What does neither was shut as well: the listener counts. */
type Way = (url: string) => Promise<unknown>;

/** Milliseconds for one way. */
const PATIENCE_MS = 600;

const WAYS: Readonly<Record<string, Way>> = {
  fetch: async (url) => fetch(url, { mode: 'no-cors' }),
  XMLHttpRequest: async (url) =>
    new Promise((resolve, reject) => {
      const request = new XMLHttpRequest();
      request.addEventListener('load', resolve);
      request.addEventListener('error', reject);
      request.open('POST', url);
      request.send('harmless');
    }),
  WebSocket: async (url) => events(new WebSocket(url.replace('http:', 'ws:')), 'open'),
  EventSource: async (url) => events(new EventSource(url), 'open'),
  sendBeacon: async (url) => {
    navigator.sendBeacon(url, 'harmless');
    return never;
  },
  Worker: async (url) => events(new Worker(url), 'message'),
  image: async (url) => inPage(el('img', { src: url, alt: '' })),
  script: async (url) => inPage(el('script', { src: url })),
  'style sheet': async (url) => inPage(el('link', { rel: 'stylesheet', href: url })),
  prefetch: async (url) => inPage(el('link', { rel: 'prefetch', href: url })),
  font: async (url) => new FontFace('harmless', `url(${url})`).load(),
  frame: async (url) => inPage(el('iframe', { src: url }), 'never'),
  object: async (url) => inPage(el('object', { data: url })),
  video: async (url) => inPage(el('video', { src: url, preload: 'auto' }), 'loadeddata'),
  background: async (url) => {
    const box = el('div', {}, 'x');
    box.style.backgroundImage = `url(${url})`;
    return inPage(box);
  },
  form: async (url) => {
    const frame = el('iframe', { name: 'harmless' });
    const form = el('form', { action: url, method: 'post', target: 'harmless' });
    document.body.append(frame, form);
    form.submit();
    return inPage(frame, 'never').finally(() => form.remove());
  },
};

const never = new Promise<never>(() => undefined);

/** Tries every way at once, and says what came of each. */
export async function reach(url: string): Promise<readonly Try[]> {
  const violated = new Map<string, string>();
  const note = (event: SecurityPolicyViolationEvent) => violated.set(event.blockedURI, event.effectiveDirective);
  document.addEventListener('securitypolicyviolation', note);
  const tries = await Promise.all(
    Object.entries(WAYS).map(async ([way, run]): Promise<Try> => {
      const target = `${url}/${encodeURIComponent(way)}`;
      try {
        const open = await Promise.race([run(target).then(() => true), after(PATIENCE_MS).then(() => false)]);
        return { way, blocked: !open, detail: '' };
      } catch {
        return { way, blocked: true, detail: violated.get(target) ?? '' };
      }
    }),
  );
  document.removeEventListener('securitypolicyviolation', note);
  return tries;
}

async function inPage(element: HTMLElement, loaded = 'load'): Promise<unknown> {
  const waiting = Promise.race([events(element, loaded), after(PATIENCE_MS).then(() => never)]);
  // Out of sight, but not hidden: what is hidden need not be loaded.
  element.style.position = 'fixed';
  element.style.insetInlineStart = '-9999px';
  document.body.append(element);
  void after(PATIENCE_MS).then(() => element.remove());
  return waiting;
}

async function events(target: EventTarget, open: string): Promise<unknown> {
  return new Promise((resolve, reject) => {
    target.addEventListener(open, resolve, { once: true });
    target.addEventListener('error', () => reject(new Error('blocked')), { once: true });
  });
}

async function after(ms: number): Promise<void> {
  return new Promise((resolve) => {
    window.setTimeout(resolve, ms);
  });
}
