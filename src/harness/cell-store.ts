import { existsSync, readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { FileError, writeFileAtomically } from "../files";
import { type CellRecord, readRecord, writeRecord } from "./cell-record";

/** The measured cells of one experiment: one file each, named by its identity's hash. */
export interface CellStore {
  /** The cell's record; null when it was never measured; a problem in words when its file cannot be trusted. */
  read(id: string): CellRecord | null | { readonly problem: string };
  /** Stores a record in place of one of the same identity. The file is whole at any moment, or absent. */
  write(record: CellRecord): void;
  /** All records that can be trusted, for telling what changed. */
  records(): CellRecord[];
  fileOf(id: string): string;
}

/** @param folder results/store/cells/<experiment>; made when the first cell is written */
export function cellStore(folder: string): CellStore {
  const fileOf = (id: string) => path.join(folder, `${id}.json`);
  const store: CellStore = {
    fileOf,
    read(id) {
      const file = fileOf(id);
      if (!existsSync(file)) return null;
      let text: string;
      try {
        text = readFileSync(file, "utf8");
      } catch (error) {
        return { problem: new FileError("read", file, error).message };
      }
      const read = readRecord(text, id);
      return "record" in read ? read.record : read;
    },
    write: (record) => writeFileAtomically(fileOf(record.id), writeRecord(record)),
    records() {
      if (!existsSync(folder)) return [];
      return readdirSync(folder)
        .filter((name) => /^[0-9a-f]{16}\.json$/.test(name))
        .map((name) => store.read(path.basename(name, ".json")))
        .filter((record): record is CellRecord => record !== null && !("problem" in record));
    },
  };
  return store;
}
