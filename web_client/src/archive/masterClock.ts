/** The one clock that all pictures and voices of a playback follow. Pure: the time of the machine is passed in. */
export class MasterClock {
  private anchorS = 0;
  /** Machine time at the anchor; null while the clock stands. */
  private sinceMs: number | null = null;
  private speed = 1;

  constructor(private readonly nowMs: () => number) {}

  get running(): boolean {
    return this.sinceMs !== null;
  }

  get rate(): number {
    return this.speed;
  }

  position(): number {
    return this.sinceMs === null ? this.anchorS : this.anchorS + ((this.nowMs() - this.sinceMs) / 1000) * this.speed;
  }

  run(): void {
    this.sinceMs ??= this.nowMs();
  }

  stand(): void {
    this.anchorS = this.position();
    this.sinceMs = null;
  }

  seek(positionS: number): void {
    this.anchorS = positionS;
    if (this.sinceMs !== null) this.sinceMs = this.nowMs();
  }

  setRate(rate: number): void {
    this.seek(this.position());
    this.speed = rate;
  }
}
