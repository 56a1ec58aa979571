/** The local clock for screens: ticks once a second while anybody looks. */
import { onBeforeUnmount, onMounted, readonly, ref } from 'vue';

const now = ref(Date.now());
let watchers = 0;
let timer = 0;

function tick(): void {
  now.value = Date.now();
}

/** Local time in milliseconds, renewed each second while the calling component is on screen. */
export function useNow() {
  onMounted(() => {
    watchers += 1;
    if (watchers === 1) timer = window.setInterval(tick, 1000);
    tick();
  });
  onBeforeUnmount(() => {
    watchers -= 1;
    if (watchers === 0) window.clearInterval(timer);
  });
  return readonly(now);
}
