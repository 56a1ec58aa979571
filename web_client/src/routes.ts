/** Addresses of the screens: `#/name/argument/…`. Only the court's own screens are in the first download. */
import { defineAsyncComponent, type Component } from 'vue';
import type { Key } from './i18n';
import PageFailed from './components/PageFailed.vue';
import PageLoading from './components/PageLoading.vue';
import HearingVisit from './views/HearingVisit.vue';
import Join from './views/Join.vue';

export interface Route {
  view: Component;
  title: Key;
  /** What follows the name in the address, decoded. A view gets it as `args`. */
  args: string[];
}

function lazy(load: () => Promise<{ default: Component }>): Component {
  return defineAsyncComponent({ loader: load, loadingComponent: PageLoading, errorComponent: PageFailed, delay: 200 });
}

const SCREENS: Record<string, { view: Component; title: Key }> = {
  '': { view: lazy(() => import('./views/StaffHome.vue')), title: 'title_staff' },
  'sign-in': { view: lazy(() => import('./views/SignIn.vue')), title: 'title_sign_in' },
  setup: { view: lazy(() => import('./views/Setup.vue')), title: 'title_setup' },
  staff: { view: lazy(() => import('./views/StaffHome.vue')), title: 'title_staff' },
  archive: { view: lazy(() => import('./views/Archive.vue')), title: 'title_archive' },
  join: { view: Join, title: 'title_join' },
  hearing: { view: HearingVisit, title: 'title_hearing' },
  kiosk: { view: lazy(() => import('./views/Kiosk.vue')), title: 'title_kiosk' },
};

function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}

/** The screen of an address, or null when there is none. */
export function routeOf(hash: string): Route | null {
  const path = hash.replace(/^#\/?/, '').split('?')[0] ?? '';
  const [name = '', ...args] = path.split('/').map(decoded);
  const screen = SCREENS[name];
  return screen === undefined ? null : { ...screen, args };
}
