/**
 * The HTTP API of the server, one typed function per path. No DOM, no Vue, no wording.
 *
 * Every refusal is an `HttpRefusal` with the server's stable code. Times are UTC in milliseconds.
 */

import type {
  Archive,
  CaseList,
  CaseView,
  CopiesView,
  ExportsView,
  HearingDetail,
  HearingList,
  HearingStep,
  IntegrityView,
  JoinLink,
  JoinRequest,
  JournalPage,
  KioskCode,
  KioskJoinRequest,
  KioskList,
  LineQuality,
  LoginRequest,
  NewCase,
  NewHearing,
  NewParticipant,
  NewPassword,
  NewStaffMember,
  OwnPassword,
  PairedKiosk,
  PairingCode,
  PairRequest,
  RetentionView,
  RevisionList,
  Seat,
  SeatView,
  ServerInfo,
  SetupRequest,
  StaffList,
  StaffMember,
  StaffStanding,
  UtterancePage,
} from '../protocol/api.gen';
import { HttpRefusal, request } from './http';

/** An address below `/api/` with its parts escaped, so that an id cannot leave its place. */
export function path(strings: TemplateStringsArray, ...parts: string[]): string {
  const tail = strings.map((text, at) => text + (at < parts.length ? encodeURIComponent(parts[at] ?? '') : ''));
  return `/api/${tail.join('')}`;
}

/** Adds the given parameters; those without a value are left out. */
export function withQuery(address: string, query: Record<string, string | number | undefined>): string {
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) {
    if (value !== undefined && value !== '') search.set(name, String(value));
  }
  const text = search.toString();
  return text === '' ? address : `${address}?${text}`;
}

const get = <T>(address: string, token?: string): Promise<T> =>
  request<T>('GET', address, token === undefined ? {} : { token });
const post = <T>(address: string, body: object = {}, token?: string): Promise<T> =>
  request<T>('POST', address, token === undefined ? { body } : { body, token });
const put = <T>(address: string, body: object): Promise<T> => request<T>('PUT', address, { body });
const remove = <T = null>(address: string, token?: string): Promise<T> =>
  request<T>('DELETE', address, token === undefined ? {} : { token });

export const api = {
  server: () => get<ServerInfo>(path`server`),

  setup: (body: SetupRequest) => post<StaffMember>(path`setup`, body),
  login: (body: LoginRequest) => post<StaffMember>(path`login`, body),
  logout: () => post<null>(path`logout`),
  me: () => get<StaffMember>(path`me`),
  staff: () => get<StaffList>(path`staff`),
  addStaff: (body: NewStaffMember) => post<StaffMember>(path`staff`, body),
  setStanding: (staff: string, disabled: boolean) =>
    put<StaffMember>(path`staff/${staff}/standing`, { disabled } satisfies StaffStanding),
  setPassword: (staff: string, body: NewPassword) => put<null>(path`staff/${staff}/password`, body),
  changeOwnPassword: (body: OwnPassword) => put<null>(path`me/password`, body),

  cases: (query: string) => get<CaseList>(withQuery(path`cases`, { query })),
  addCase: (body: NewCase) => post<CaseView>(path`cases`, body),
  case: (id: string) => get<CaseView>(path`cases/${id}`),
  caseHearings: (id: string) => get<HearingList>(path`cases/${id}/hearings`),
  addHearing: (caseId: string, body: NewHearing) => post<HearingDetail>(path`cases/${caseId}/hearings`, body),

  hearings: (from_ms: number, to_ms: number) =>
    get<HearingList>(withQuery(path`hearings`, { from_ms, to_ms })),
  hearing: (id: string) => get<HearingDetail>(path`hearings/${id}`),
  changeHearing: (id: string, body: NewHearing) => put<HearingDetail>(path`hearings/${id}`, body),
  stepHearing: (id: string, body: HearingStep) => post<HearingDetail>(path`hearings/${id}/status`, body),

  addParticipant: (hearing: string, body: NewParticipant) =>
    post<SeatView>(path`hearings/${hearing}/participants`, body),
  removeParticipant: (hearing: string, participant: string) =>
    remove(path`hearings/${hearing}/participants/${participant}`),
  issueLink: (hearing: string, participant: string) =>
    post<JoinLink>(path`hearings/${hearing}/participants/${participant}/link`),
  withdrawLink: (hearing: string, participant: string) =>
    remove(path`hearings/${hearing}/participants/${participant}/link`),
  issueCode: (hearing: string, participant: string) =>
    post<KioskCode>(path`hearings/${hearing}/participants/${participant}/code`),

  join: (body: JoinRequest) => post<Seat>(path`join`, body),
  seat: (hearing: string) => post<Seat>(path`hearings/${hearing}/seat`),

  kiosks: () => get<KioskList>(path`kiosks`),
  issuePairingCode: () => post<PairingCode>(path`kiosks/pairing`),
  withdrawKiosk: (kiosk: string) => remove(path`kiosks/${kiosk}`),
  kioskPair: (body: PairRequest) => post<PairedKiosk>(path`kiosk/pair`, body),
  kioskHello: (device_token: string) => post<PairedKiosk>(path`kiosk/hello`, { device_token }),
  kioskJoin: (body: KioskJoinRequest) => post<Seat>(path`kiosk/join`, body),

  transcript: (hearing: string, before_ms?: number, limit?: number, token?: string) =>
    get<UtterancePage>(withQuery(path`hearings/${hearing}/transcript`, { before_ms, limit }), token),
  revisions: (hearing: string, utterance: string, token?: string) =>
    get<RevisionList>(path`hearings/${hearing}/transcript/${utterance}/revisions`, token),
  lines: (hearing: string, after_ms: number | undefined, token: string) =>
    get<LineQuality>(withQuery(path`hearings/${hearing}/quality`, { after_ms }), token),
  archive: (hearing: string, token?: string) => get<Archive>(path`hearings/${hearing}/archive`, token),
  seal: (hearing: string, token?: string) => get<IntegrityView>(path`hearings/${hearing}/seal`, token),
  askSeal: (hearing: string) => post<IntegrityView>(path`hearings/${hearing}/seal`),
  askCheck: (hearing: string, token?: string) => post<IntegrityView>(path`hearings/${hearing}/seal/check`, {}, token),
  copies: (hearing: string, token?: string) => get<CopiesView>(path`hearings/${hearing}/copies`, token),
  compareCopies: (hearing: string, token?: string) =>
    post<CopiesView>(path`hearings/${hearing}/copies/reconciliation`, {}, token),
  retention: (hearing: string) => get<RetentionView>(path`hearings/${hearing}/retention`),
  setRetention: (hearing: string, retention_class: RetentionView['retention_class']) =>
    put<RetentionView>(path`hearings/${hearing}/retention`, { retention_class }),
  placeHold: (hearing: string, reason: string) => post<RetentionView>(path`hearings/${hearing}/holds`, { reason }),
  liftHold: (hearing: string, hold: string) =>
    request<RetentionView>('DELETE', path`hearings/${hearing}/holds/${hold}`),
  approveDeletion: (hearing: string, list_sha256: string) =>
    post<RetentionView>(path`hearings/${hearing}/retention/approval`, { list_sha256 }),
  exports: (hearing: string, token?: string) => get<ExportsView>(path`hearings/${hearing}/exports`, token),
  askExport: (hearing: string, kind: string, token?: string) =>
    post<ExportsView>(path`hearings/${hearing}/exports/${kind}`, {}, token),
  removeExport: (hearing: string, kind: string, token?: string) =>
    remove<ExportsView>(path`hearings/${hearing}/exports/${kind}`, token),
  journal: (hearing: string, after: number, limit: number) =>
    get<JournalPage>(withQuery(path`hearings/${hearing}/journal`, { after, limit })),
};

/** Bytes of one archived segment, by the address that `Archive` gave. */
export async function fetchSegment(address: string, signal: AbortSignal, token?: string): Promise<ArrayBuffer> {
  const headers: Record<string, string> = token === undefined ? {} : { Authorization: `Bearer ${token}` };
  const response = await fetch(address, { headers, credentials: 'same-origin', signal });
  if (!response.ok) throw new HttpRefusal('not_found', '', response.status);
  return response.arrayBuffer();
}
