/* netemu: userspace replacement for tc netem (kernel here has no sch_netem, no modules).
   Opens one TUN device in each of two network namespaces and forwards packets between them with loss/delay/jitter/rate/queue limit.
   usage: netemu NS_A DEV_A NS_B DEV_B CTLFILE     (CTLFILE re-read when its mtime changes, polled every 20 ms)
   CTLFILE lines:  ab loss=5 delay=100 jitter=0 rate=2000 queue=300 down=0 dup=0 burst=0
                   ba loss=5 delay=100 ...
   loss %, delay ms one way, jitter ms (+-, order kept), rate kbit/s (0 = unlimited), queue ms (tail drop), down=1 drops all, udpdown=1 drops UDP only,
   only=443 drops everything but IPv4 TCP from or to that port,
   burst=N mean loss burst length (Gilbert-Elliott, 0/1 = independent)
   Statistics on SIGUSR1 and at exit (stderr). */
#define _GNU_SOURCE
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <fcntl.h>
#include <unistd.h>
#include <poll.h>
#include <signal.h>
#include <time.h>
#include <errno.h>
#include <stdint.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/prctl.h>
#include <net/if.h>
#include <linux/if_tun.h>
#define Q 16384
struct pk { int64_t t; int n; unsigned char d[1600]; };
struct dir { double loss, delay, jitter, rate, queue, burst; int down, udpdown, only; struct pk *q; unsigned h, t; int64_t free_at, last; int bad; unsigned long in, out, lost, qdrop, outage, bytes; } D[2];
static volatile sig_atomic_t stop, dump;
static void on(int s) { if (s == SIGUSR1) dump = 1; else stop = 1; }
static int64_t now(void) { struct timespec t; clock_gettime(CLOCK_MONOTONIC, &t); return t.tv_sec * 1000000000LL + t.tv_nsec; }
static double rnd(void) { return random() / 2147483648.0; }
static int tun(const char *ns, const char *dev) {
  char p[256]; snprintf(p, sizeof p, "/run/netns/%s", ns);
  int f = open(p, O_RDONLY); if (f < 0 || setns(f, CLONE_NEWNET)) { perror(p); exit(2); } close(f);
  int fd = open("/dev/net/tun", O_RDWR | O_NONBLOCK); if (fd < 0) { perror("tun"); exit(2); }
  struct ifreq r; memset(&r, 0, sizeof r); r.ifr_flags = IFF_TUN | IFF_NO_PI; strncpy(r.ifr_name, dev, IFNAMSIZ - 1);
  if (ioctl(fd, TUNSETIFF, &r)) { perror("TUNSETIFF"); exit(2); }
  return fd;
}
static void load(const char *f) {
  FILE *fp = fopen(f, "r"); if (!fp) return; char l[512];
  while (fgets(l, sizeof l, fp)) {
    int i = !strncmp(l, "ba", 2); if (!i && strncmp(l, "ab", 2)) continue;
    struct dir *d = &D[i]; d->loss = d->delay = d->jitter = d->rate = d->burst = 0; d->queue = 300; d->down = d->udpdown = d->only = 0;
    for (char *k = strtok(l + 2, " \t\r\n"); k; k = strtok(0, " \t\r\n")) {
      char *e = strchr(k, '='); if (!e) continue; *e++ = 0; double v = atof(e);
      if (!strcmp(k, "loss")) d->loss = v; else if (!strcmp(k, "delay")) d->delay = v; else if (!strcmp(k, "jitter")) d->jitter = v; else if (!strcmp(k, "rate")) d->rate = v;
      else if (!strcmp(k, "queue")) d->queue = v; else if (!strcmp(k, "down")) d->down = v; else if (!strcmp(k, "udpdown")) d->udpdown = v; else if (!strcmp(k, "only")) d->only = v; else if (!strcmp(k, "burst")) d->burst = v;
    }
  }
  fclose(fp);
}
static int passes(struct pk *p, int n, int port) {
  int o = (p->d[0] & 15) * 4;
  return (p->d[0] >> 4) == 4 && p->d[9] == 6 && n >= o + 4 && ((p->d[o] << 8 | p->d[o + 1]) == port || (p->d[o + 2] << 8 | p->d[o + 3]) == port);
}
static void stats(void) { for (int i = 0; i < 2; i++) fprintf(stderr, "%s in=%lu out=%lu lost=%lu qdrop=%lu outage=%lu bytes=%lu\n", i ? "ba" : "ab", D[i].in, D[i].out, D[i].lost, D[i].qdrop, D[i].outage, D[i].bytes); fflush(stderr); }
int main(int c, char **v) {
  if (c < 6) { fprintf(stderr, "usage: netemu NS_A DEV_A NS_B DEV_B CTL\n"); return 1; }
  int root = open("/proc/self/ns/net", O_RDONLY), fd[2];
  fd[0] = tun(v[1], v[2]); setns(root, CLONE_NEWNET); fd[1] = tun(v[3], v[4]); setns(root, CLONE_NEWNET);
  prctl(PR_SET_TIMERSLACK, 50000UL);
  for (int i = 0; i < 2; i++) D[i].q = malloc(sizeof(struct pk) * Q);
  srandom(getenv("NETEMU_SEED") ? atoi(getenv("NETEMU_SEED")) : 1);
  signal(SIGTERM, on); signal(SIGINT, on); signal(SIGUSR1, on); signal(SIGPIPE, SIG_IGN);
  load(v[5]); struct stat st; struct timespec mt = {0}; if (!stat(v[5], &st)) mt = st.st_mtim; int64_t chk = now();
  puts("ready"); fflush(stdout);
  while (!stop) {
    int64_t t = now(), next = t + 20000000;
    for (int i = 0; i < 2; i++) { struct dir *d = &D[i];
      while (d->h != d->t && d->q[d->h % Q].t <= t) { struct pk *p = &d->q[d->h++ % Q]; if (write(fd[1 - i], p->d, p->n) == p->n) { d->out++; d->bytes += p->n; } }
      if (d->h != d->t && d->q[d->h % Q].t < next) next = d->q[d->h % Q].t; }
    struct pollfd pf[2] = {{fd[0], POLLIN, 0}, {fd[1], POLLIN, 0}}; int64_t w = next - now(); if (w < 0) w = 0; struct timespec ts = {w / 1000000000, w % 1000000000};
    ppoll(pf, 2, &ts, 0);
    for (int i = 0; i < 2; i++) if (pf[i].revents & POLLIN) { struct dir *d = &D[i];
      for (int k = 0; k < 64; k++) {
        struct pk *p = &d->q[d->t % Q]; int n = read(fd[i], p->d, sizeof p->d); if (n <= 0) break;
        t = now(); d->in++; int udp = (p->d[0] >> 4) == 4 ? p->d[9] == 17 : p->d[6] == 17;
        if (d->down || (d->udpdown && udp) || (d->only && !passes(p, n, d->only))) { d->outage++; continue; }
        int lose; double P = d->loss / 100;
        if (d->burst > 1) { double r = 1 / d->burst, q = P < 1 ? P * r / (1 - P) : 1; d->bad = d->bad ? rnd() >= r : rnd() < q; lose = d->bad; } else lose = rnd() < P;
        if (lose) { d->lost++; continue; }
        if (d->t - d->h >= Q - 1) { d->qdrop++; continue; }
        int64_t dep = t;
        if (d->rate > 0) { if (d->free_at < t) d->free_at = t; if (d->free_at - t > d->queue * 1e6) { d->qdrop++; continue; } d->free_at += (int64_t)(n * 8e6 / d->rate); dep = d->free_at; }
        dep += (int64_t)((d->delay + (d->jitter ? (2 * rnd() - 1) * d->jitter : 0)) * 1e6); if (dep < d->last) dep = d->last; d->last = dep;
        p->t = dep; p->n = n; d->t++;
      } }
    if (now() - chk > 20000000) { chk = now(); if (!stat(v[5], &st) && (st.st_mtim.tv_sec != mt.tv_sec || st.st_mtim.tv_nsec != mt.tv_nsec)) { mt = st.st_mtim; load(v[5]); } }
    if (dump) { dump = 0; stats(); }
  }
  stats(); return 0;
}
