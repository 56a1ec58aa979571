/** What the browser hands over, as paths below the hearing's folder or its bag: the topmost folder that holds a seal, a manifest or a bag's
 * declaration. */

import { BAG } from './bag';
import type { Folder } from './storedFiles';

const MARKS = [BAG, 'seal.json', 'manifest.jsonl'];

export function picked(files: readonly File[]): Folder {
  return below(files.map((file) => [file.webkitRelativePath || file.name, file] as const));
}

export async function dropped(entries: readonly FileSystemEntry[]): Promise<{ folder: Folder } | { proof: File }> {
  const found: [string, File][] = [];
  const only = entries[0];
  for (const entry of entries) for await (const each of filesIn(entry)) found.push(each);
  const file = found[0]?.[1];
  if (entries.length === 1 && only?.isFile === true && file !== undefined) return { proof: file };
  return { folder: below(found) };
}

/** Without what stands before the hearing's folder. */
function below(files: readonly (readonly [string, File])[]): Folder {
  const places = files.map(([path]) => path.replace(/^\//, '')).filter((path) => MARKS.includes(path.slice(path.lastIndexOf('/') + 1)));
  places.sort((one, other) => one.length - other.length);
  const first = places[0];
  const top = first !== undefined ? first.slice(0, first.lastIndexOf('/') + 1) : (files[0]?.[0].replace(/^\//, '').replace(/\/.*$/, '/') ?? '');
  return new Map(
    files.flatMap(([path, file]) => {
      const plain = path.replace(/^\//, '');
      return plain.startsWith(top) ? [[plain.slice(top.length), file] as const] : [];
    }),
  );
}

async function* filesIn(entry: FileSystemEntry): AsyncGenerator<[string, File]> {
  if (entry.isFile) {
    const file = await new Promise<File>((done, failed) => (entry as FileSystemFileEntry).file(done, failed));
    yield [entry.fullPath, file];
    return;
  }
  const reader = (entry as FileSystemDirectoryEntry).createReader();
  for (;;) {
    // At most a hundred a call; an empty answer is the end.
    const some = await new Promise<FileSystemEntry[]>((done, failed) => reader.readEntries(done, failed));
    if (some.length === 0) return;
    for (const each of some) yield* filesIn(each);
  }
}
