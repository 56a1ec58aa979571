/** Keeps the screen on during a hearing. The lock ends whenever the page is hidden, so it is asked for again. */
export function keepAwake(): () => void {
  let lock: WakeLockSentinel | null = null;
  let over = false;

  const ask = (): void => {
    if (over || document.visibilityState !== 'visible' || navigator.wakeLock === undefined) return;
    navigator.wakeLock
      .request('screen')
      .then((granted) => {
        if (over) void granted.release();
        else lock = granted;
      })
      .catch(() => {
        // Refused, for instance by a low battery: the hearing goes on without.
      });
  };

  document.addEventListener('visibilitychange', ask);
  ask();
  return () => {
    over = true;
    document.removeEventListener('visibilitychange', ask);
    void lock?.release();
  };
}
