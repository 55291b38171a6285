import { type Disposable, createEmitter } from '../event.ts';
import type { Endpoint, Model, ModelId } from '../model.ts';
import type { Catalog, Pace } from './catalog.ts';
import { type Station, type StationParts, createStation } from './station.ts';

export interface CatalogParts extends StationParts {
  readonly endpoints: () => readonly Endpoint[];
}

/** Asks nobody until told to, and does not look for servers before somebody wants to know. */
export function createCatalog(parts: CatalogParts): Catalog {
  const changed = createEmitter<void>();
  let known: readonly Station[] | undefined;
  let models: readonly Model[] | undefined;
  let byId: ReadonlyMap<ModelId, Model> | undefined;
  const intervals = new Set<{ readonly everyMs: number }>();
  let timer: Disposable | undefined;
  let disposed = false;

  const tell = () => {
    models = undefined;
    byId = undefined;
    if (!disposed) changed.fire();
  };
  const start = (endpoint: Endpoint) => createStation(endpoint, parts, tell);
  const stations = () => (known ??= parts.endpoints().map(start));
  const reconcile = () => {
    const before = stations();
    const wanted = parts.endpoints();
    const now = wanted.map((endpoint) => before.find((station) => same(station.endpoint, endpoint)) ?? start(endpoint));
    known = now;
    for (const gone of before.filter((station) => !now.includes(station))) gone.close();
    if (before.length !== now.length || before.some((station, index) => station !== now[index])) tell();
  };
  const all = () => (models ??= stations().flatMap((station) => station.models));
  const refresh = async (pace: Pace = 'now') => {
    if (disposed) return;
    reconcile();
    await Promise.all(stations().map((station) => station.ask(pace)));
  };
  const schedule = () => {
    timer?.dispose();
    timer = undefined;
    if (intervals.size === 0) return;
    timer = parts.clock.after(Math.min(...[...intervals].map(({ everyMs }) => everyMs)), () => {
      schedule();
      void refresh('gently');
    });
  };

  return {
    get endpoints() {
      return stations().map(({ state }) => state);
    },
    get models() {
      return all();
    },
    find(id) {
      byId ??= new Map(all().map((model) => [model.id, model]));
      return byId.get(id);
    },
    onDidChange: changed.event,
    refresh,
    poll(everyMs) {
      const own = { everyMs };
      intervals.add(own);
      schedule();
      void refresh('gently');
      return {
        dispose() {
          if (intervals.delete(own)) schedule();
        },
      };
    },
    dispose() {
      disposed = true;
      intervals.clear();
      timer?.dispose();
      for (const station of known ?? []) station.close();
      changed.dispose();
    },
  };
}

function same(a: Endpoint, b: Endpoint): boolean {
  return (
    a.id === b.id &&
    a.label === b.label &&
    a.protocol === b.protocol &&
    a.url === b.url &&
    a.zone === b.zone &&
    a.needsKey === b.needsKey
  );
}
