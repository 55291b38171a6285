import { type Verdict, judge } from './judge.ts';
import type { Policy } from './noise.ts';
import type { OracleRequest } from './oracle.ts';
import type { Plan } from './plan.ts';
import { randomOf } from './random.ts';
import { type Screen, createScreen } from './screen.ts';
import type { Subject, SubjectKind, World } from './subject.ts';
import type { VirtualTime } from './virtualTime.ts';
import { type Key, createWriter } from './writer.ts';

/** One change of the document by the user, and the text that he then saw. Times in ms of the clock. */
export interface KeyRecord {
  readonly at: number;
  /** In the truth. */
  readonly place: number;
  readonly what: string;
  readonly mistyped: boolean;
  /** When a valid text stood there for this state of the document; the key's own time when it stood there already. */
  ghostAt: number | undefined;
  /** Whether that was the text from before, typed into. */
  stayed: boolean;
  /** What came after it, if nothing was there before. */
  fresh: { readonly at: number; readonly place: number; readonly text: string } | undefined;
}

/** A text when it came on the screen. */
export interface Showing {
  readonly at: number;
  readonly place: number;
  readonly text: string;
  /** `undefined` where there is no truth: behind a typing error. */
  readonly verdict: Verdict | undefined;
  /** How the model behind it answered; `undefined` where its text is not found in any answer. */
  readonly policy: Policy | undefined;
}

export interface SessionResult {
  readonly keys: readonly KeyRecord[];
  readonly showings: readonly Showing[];
  /** Texts that went, or changed, without a key that spoke against them. */
  readonly flickers: number;
  /** Characters that came by accepting. */
  readonly accepted: number;
  readonly acceptances: number;
  /** Real milliseconds that the subject kept the thread, per key and its call of the provider. */
  readonly blocking: readonly number[];
  readonly requests: readonly OracleRequest[];
  readonly startedAt: number;
  /** Characters that were to be written. */
  readonly plan: number;
}

export interface SessionOptions {
  readonly plan: Plan;
  readonly kind: SubjectKind;
  readonly world: Omit<World, 'askAgain'>;
  /** The world's clock. */
  readonly time: VirtualTime;
  readonly requests: readonly OracleRequest[];
  /** `type`: everything is typed, whatever is shown. `accept`: what is right is taken, now and then. */
  readonly mode: 'type' | 'accept';
  readonly trace?: (line: string) => void;
}

/** Shortest time that a text must stand before somebody sees it, and how often it is looked at, at a key. */
const SEEN_MS = 180;
const LOOKS = 0.65;
const SHORTEST_WORTH = 4;

export async function runSession(options: SessionOptions): Promise<SessionResult> {
  const { plan, kind, world, time, requests, mode, trace } = options;
  const writer = createWriter(plan);
  const keys: KeyRecord[] = [];
  const showings: Showing[] = [];
  let flickers = 0;
  let accepted = 0;
  let acceptances = 0;
  const startedAt = time.now();
  const say = (line: string) => trace?.(`${((time.now() - startedAt) / 1000).toFixed(3).padStart(8)}  ${line}`);
  /** What was looked at and not taken. */
  let judged: string | undefined;

  const subject: Subject = kind.create({ ...world, askAgain: () => screen.askAgain() });
  const screen: Screen = createScreen({
    writer,
    subject,
    clock: time,
    file: plan.file,
    onShow(item, replacing) {
      const verdict = writer.mistyped ? undefined : judge(writer, item);
      const policy = policyOf(item.text, writer.at, requests);
      showings.push({ at: time.now(), place: writer.at, text: item.text, verdict, policy });
      if (replacing) flickers++;
      judged = undefined;
      const key = keys.at(-1);
      if (key && verdict?.valid === true && key.ghostAt === undefined) {
        key.ghostAt = time.now();
        key.fresh = { at: time.now(), place: writer.at, text: item.text };
      }
      const harms = verdict ? verdict.harms.join(' ') : 'typing error';
      say(
        `  shown ${replacing ? '(flicker) ' : ''}${JSON.stringify(item.text)} replaces ${item.replaces}` +
          ` right ${verdict?.right ?? '-'}/${item.text.length} ${policy ?? ''} ${harms}`,
      );
    },
    onVanish() {
      flickers++;
      say('  vanished');
    },
  });

  function record(what: string): void {
    const item = screen.visible;
    const stays = item !== undefined && !writer.mistyped && judge(writer, item).valid;
    keys.push({
      at: time.now(),
      place: writer.at,
      what,
      mistyped: writer.mistyped,
      ghostAt: stays ? time.now() : undefined,
      stayed: stays,
      fresh: undefined,
    });
  }

  function pressKey(): void {
    const before = screen.visible;
    const key: Key = writer.press();
    screen.follow(key);
    if (key.kind !== 'move') record(key.kind === 'erase' ? 'erase' : key.text);
    say(`key ${describe(key)}${before && !screen.visible ? ' (hidden)' : screen.visible ? ' (stays)' : ''}`);
    screen.told(key);
  }

  /** Milliseconds of reading, where the user looks at what is shown before the next key. */
  function looks(): number | undefined {
    const item = screen.visible;
    if (mode === 'type' || !item || item.text === judged || writer.mistyped) return undefined;
    if (time.now() - screen.visibleSince < SEEN_MS || item.text.trim().length < SHORTEST_WORTH) return undefined;
    const random = randomOf(plan.seed, 'looks', writer.at);
    if (!random.chance(LOOKS)) return undefined;
    return Math.min(1_200, 220 + 6 * item.text.length) * (0.8 + 0.4 * random.next());
  }

  function acceptOrType(): void {
    const item = screen.visible;
    if (!item || writer.mistyped) return pressKey();
    const verdict = judge(writer, item);
    const characters = partOf(item.text, verdict, randomOf(plan.seed, 'part', writer.at).next());
    if (characters === undefined) {
      judged = item.text;
      return pressKey();
    }
    accepted += characters;
    acceptances++;
    const part = item.text.slice(0, characters);
    screen.accept(characters);
    keys.push({
      at: time.now(),
      place: writer.at,
      what: 'accept',
      mistyped: false,
      ghostAt: screen.visible ? time.now() : undefined,
      stayed: screen.visible !== undefined,
      fresh: undefined,
    });
    say(`accepted ${JSON.stringify(part)}`);
  }

  /** How much of it the user takes: all, a line, a word or nothing. */
  function partOf(text: string, verdict: Verdict, draw: number): number | undefined {
    const fits = (characters: number) => writer.covered(characters) === 0;
    if (verdict.whole) {
      if (draw < 0.9 || !fits(text.length)) return text.length;
      const word = /^\s*\S+/.exec(text)?.[0].length ?? text.length;
      return fits(word) ? word : text.length;
    }
    const [line = ''] = text.split('\n');
    const worth = line.trim().length >= SHORTEST_WORTH && line.length < text.length;
    return worth && verdict.right >= line.length && fits(line.length) && draw < 0.6 ? line.length : undefined;
  }

  const planned = plan.regions.reduce((sum, { start, end }) => sum + end - start, 0);
  const next = () => {
    if (writer.done) return;
    time.after(writer.gap(), () => {
      const reading = looks();
      const act = () => {
        if (reading === undefined) pressKey();
        else acceptOrType();
        next();
      };
      if (reading === undefined) act();
      else time.after(reading, act);
    });
  };
  next();
  while (!writer.done) await time.run(time.now() + 1_000);
  // What is under way may end.
  await time.run(time.now() + 3_000);
  screen.dispose();
  subject.dispose();
  await time.run(time.now() + 2_000);
  return {
    keys,
    showings,
    flickers,
    accepted,
    acceptances,
    blocking: screen.blocking,
    requests,
    startedAt,
    plan: planned,
  };
}

/** White space apart, which a pipeline may change. */
function policyOf(text: string, place: number, requests: readonly OracleRequest[]): Policy | undefined {
  const compact = (some: string) => some.replaceAll(/\s/g, '');
  const head = compact(text).slice(0, 16);
  const found = requests.findLast(({ spot, text: all }) => spot && spot.at <= place && compact(all).includes(head));
  return found?.answer?.policy;
}

function describe(key: Key): string {
  if (key.kind === 'type' || key.kind === 'over')
    return JSON.stringify(key.text) + (key.kind === 'over' ? ' over' : '');
  return key.kind;
}
