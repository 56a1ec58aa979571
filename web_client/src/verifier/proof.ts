/** A proof that one line stood in the sealed record. See `recorder/verification/proof.py`. */

import { textOf, unbase64, unhex, utf8 } from './bytes';
import { isoTime, Report } from './findings';
import { object, parseObject, shown, text, whole } from './json';
import { statementWrong } from './keys';
import { holdsLeaf } from './merkle';
import { tellKey, type Trust } from './sealFile';
import { leafOf } from './sealedLines';
import { checkStamps } from './timeStamp';

export async function verifyProof(file: File, trust: Trust): Promise<Report> {
  const report = new Report();
  try {
    await check(report, file.name, new Uint8Array(await file.arrayBuffer()), trust);
  } catch {
    report.find('proof_unreadable', file.name);
  }
  return report;
}

/** Throws on anything that is no proof. */
async function check(report: Report, name: string, data: Uint8Array, trust: Trust): Promise<void> {
  const proof = parseObject(textOf(data), ['format', 'file', 'text', 'index', 'path', 'seal']);
  const seal = object(proof?.get('seal'));
  const statement = object(seal?.get('statement'));
  const [number, sealedAtMs] = [whole(statement?.get('number')), whole(statement?.get('sealed_at_ms'))];
  const [of, said, path] = [text(proof?.get('file')), text(proof?.get('text')), proof?.get('path')];
  const [size, index, root] = [whole(statement?.get('leaves')), whole(proof?.get('index')), text(statement?.get('root'))];
  if (proof?.get('format') !== 'hearing-proof/1' || seal === null || statement === null || !Array.isArray(path)) throw new TypeError();
  if (number === null || sealedAtMs === null || of === null || said === null || size === null || index === null || root === null) throw new TypeError();
  const key = shown(statement.get('key'));
  const wrong = await statementWrong(statement, seal.get('signature'));
  if (wrong !== null) {
    report.find(wrong, name, null, null, { number, key });
    return;
  }
  tellKey(report, name, number, key, trust.keys);
  await checkStamps(report, number, unbase64(seal.get('signature')), seal.get('stamps'), trust.authority);
  const steps = path.map((step) => unhex(text(step) ?? '-'));
  if (!holdsLeaf(unhex(root), size, index, unhex(leafOf(of, utf8(said))), steps)) {
    report.find('proof_wrong', name);
    return;
  }
  const told = { number, at: isoTime(sealedAtMs), hearing: shown(statement.get('hearing')), text: said };
  report.notice('proof_good', name, { of, ...told });
}
