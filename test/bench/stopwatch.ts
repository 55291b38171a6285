import type { Page } from 'playwright-core';

/**
 * Milliseconds from a key press to the end of the first frame in which `holds` is true: from the time stamp that the browser
 * gives the key to the moment after the picture. `holds` is an expression in the page's own JavaScript, asked after every
 * change of the document; it must be false before the key.
 */
export async function timeKey(page: Page, key: string, holds: string): Promise<number> {
  await page.evaluate(`{
    const holds = () => Boolean(${holds});
    if (holds()) throw new Error('true before the key was pressed');
    globalThis.switchyardTimer = new Promise((resolve, reject) => {
      let start;
      const observer = new MutationObserver(check);
      const timer = setTimeout(() => {
        observer.disconnect();
        reject(new Error('not within ${WAIT_MS} ms'));
      }, ${WAIT_MS});
      const onKey = ({ key, timeStamp }) => {
        if (['Control', 'Alt', 'Shift', 'Meta'].includes(key)) return;
        removeEventListener('keydown', onKey, true);
        start = timeStamp;
        check();
      };
      addEventListener('keydown', onKey, true);
      observer.observe(document.body, { subtree: true, childList: true, characterData: true, attributes: true });
      function check() {
        if (start === undefined || !holds()) return;
        observer.disconnect();
        clearTimeout(timer);
        const { port1, port2 } = new MessageChannel();
        port1.onmessage = () => resolve(performance.now() - start);
        requestAnimationFrame(() => port2.postMessage(undefined));
      }
    });
    globalThis.switchyardTimer.catch(() => {});
    undefined;
  }`);
  await page.keyboard.press(key);
  const ms: unknown = await page.evaluate('globalThis.switchyardTimer');
  if (typeof ms !== 'number') throw new Error('the stopwatch did not run');
  return ms;
}

const WAIT_MS = 30_000;
