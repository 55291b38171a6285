import { type Disposable, createEmitter } from '../event.ts';
import type { Endpoint, Model, ModelId } from '../model.ts';
import type { Catalog, Pace } from './catalog.ts';
import { type Station, type StationParts, createStation } from './station.ts';

export interface CatalogParts extends StationParts {
  readonly endpoints: () => readonly Endpoint[];
}

/** Asks nobody until told to. */
export function createCatalog(parts: CatalogParts): Catalog {
  const changed = createEmitter<void>();
  let stations: readonly Station[] = [];
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
  const reconcile = () => {
    const before = stations;
    const wanted = parts.endpoints();
    stations = wanted.map((endpoint) => before.find((known) => same(known.endpoint, endpoint)) ?? start(endpoint));
    for (const gone of before.filter((known) => !stations.includes(known))) gone.close();
    if (before.length !== stations.length || before.some((known, index) => known !== stations[index])) tell();
  };
  const all = () => (models ??= stations.flatMap((station) => station.models));
  const start = (endpoint: Endpoint) => createStation(endpoint, parts, tell);
  const refresh = async (pace: Pace = 'now') => {
    if (disposed) return;
    reconcile();
    await Promise.all(stations.map((station) => station.ask(pace)));
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

  reconcile();
  return {
    get endpoints() {
      return stations.map(({ state }) => state);
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
      for (const station of stations) station.close();
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
