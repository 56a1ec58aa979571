/** What a verification finds, by code and values; the same report as `verify.py --json` gives. */

import { CHINESE_NAMES, SENTENCES, SUMMARIES, type Code, type SummaryCode } from './wording.gen';

export type Language = 'zh-CN' | 'en';
export type Values = Record<string, string | number>;

export interface Finding {
  code: Code;
  file: string;
  /** Counts from 1. */
  line: number | null;
  field: string | null;
  values: Values;
}

export interface SealSummary {
  number: number | null;
  root: string | null;
  leaves: number | null;
  sealed_at_ms: number | null;
  key: string | null;
  /** These three only once the signature holds, unless another key was given. */
  hearing?: string;
  case_number?: string;
  court?: string;
  stamp?: { state: string; at: string | null };
}

const MOST_OF_A_KIND = 20;
/** Values that people read as times. */
const TIMES = ['at', 'until'];

export class Report {
  findings: Finding[] = [];
  readonly notices: Finding[] = [];
  readonly seals: SealSummary[] = [];
  files = 0;
  lines = 0;

  find(code: Code, file: string, line: number | null = null, field: string | null = null, values: Values = {}): void {
    this.findings.push({ code, file, line, field, values });
  }

  notice(code: Code, file: string, values: Values = {}): void {
    this.notices.push({ code, file, line: null, field: null, values });
  }

  blames(file: string): boolean {
    return this.findings.some((finding) => finding.file === file);
  }

  asObject(): object {
    return {
      format: 'hearing-verification/1',
      findings: inShort(this.findings),
      notices: this.notices,
      seals: this.seals,
      files: this.files,
      lines: this.lines,
    };
  }
}

/** At most so many of each kind and file, then one that tells how many more there are. */
export function inShort(findings: readonly Finding[]): Finding[] {
  const counts = new Map<string, { code: Code; file: string; count: number }>();
  const kept: Finding[] = [];
  for (const finding of findings) {
    const file = finding.line === null ? '' : finding.file;
    const kind = counts.get(`${finding.code} ${file}`) ?? { code: finding.code, file, count: 0 };
    kind.count += 1;
    counts.set(`${finding.code} ${file}`, kind);
    if (kind.count <= MOST_OF_A_KIND) kept.push(finding);
  }
  for (const { code, file, count } of counts.values()) {
    if (count <= MOST_OF_A_KIND) continue;
    kept.push({ code: 'and_more', file, line: null, field: null, values: { kind: code, count: count - MOST_OF_A_KIND } });
  }
  return kept;
}

export function sentence(finding: Finding, language: Language): string {
  const english = language === 'en';
  const name = english ? undefined : CHINESE_NAMES[finding.file];
  let where = name === undefined ? finding.file : `${name} ${finding.file}`;
  if ('person' in finding.values) where += english ? ` (${finding.values['person']})` : `（${finding.values['person']}）`;
  if (finding.line !== null) where += english ? `, line ${finding.line}` : ` 第 ${finding.line} 行`;
  if (finding.field !== null) where += english ? ` (field ${finding.field})` : `（字段 ${finding.field}）`;
  const template: string = SENTENCES[finding.code][english ? 1 : 0];
  return filled(/[行）]$/.test(where) ? template.replace('{where} ', '{where}') : template, { where, ...finding.values });
}

export const summary = (code: SummaryCode, language: Language, values: Values): string =>
  filled(SUMMARIES[code][language === 'en' ? 1 : 0], values);

/** The whole report in one sentence; empty when it is about one line only. */
export function verdict(report: Report, language: Language): string {
  if (report.findings.length > 0) return summary('broken', language, { count: report.findings.length });
  if (report.lines === 0) return '';
  const known = report.notices.some((notice) => notice.code === 'key_trusted');
  return summary(known ? 'whole' : 'whole_unknown_key', language, { files: report.files, lines: report.lines });
}

const filled = (template: string, values: Values): string =>
  template.replace(/\{(\w+)\}/g, (_, name: string) => {
    const value = String(values[name] ?? '');
    return TIMES.includes(name) ? value.replace('T', ' ').replace('Z', ' UTC') : value;
  });

/** Whether a number that stands in a file is a time between 1970 and 9999. */
export const isMoment = (atMs: number | null): boolean => atMs !== null && atMs >= 0 && atMs < 253_402_300_800_000;

/** UTC to the millisecond. Throws `RangeError`. */
export function isoTime(atMs: number): string {
  if (!isMoment(atMs)) throw new RangeError('no time');
  return new Date(Math.round(atMs)).toISOString();
}
