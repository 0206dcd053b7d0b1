import { createHash } from "node:crypto";
import { type FileHandle, open } from "node:fs/promises";
import { zstdCompressSync, zstdDecompressSync } from "node:zlib";
import { DamagedFile, type FileFacts } from "@twin/db/archives/files";
import type { ArchivedColumn, ArchivedTable, ColumnKind, TableRow, Value } from "@twin/db/archives/shape";
import { type FileMetaData, parquetMetadataAsync, parquetReadObjects, type SchemaElement } from "hyparquet";
import { ByteWriter, ParquetWriter } from "hyparquet-writer";

/** A group of rows is what is held in memory at once, on both ways. */
const groupRows = 20_000;
const groupBytes = 16_000_000;

const types: Record<ColumnKind, Omit<SchemaElement, "name">> = {
  uuid: { type: "FIXED_LEN_BYTE_ARRAY", type_length: 16, logical_type: { type: "UUID" } },
  text: { type: "BYTE_ARRAY", converted_type: "UTF8", logical_type: { type: "STRING" } },
  int: { type: "INT32" },
  bool: { type: "BOOLEAN" },
  instant: {
    type: "INT64",
    converted_type: "TIMESTAMP_MICROS",
    logical_type: { type: "TIMESTAMP", isAdjustedToUTC: true, unit: "MICROS" },
  },
  bytes: { type: "BYTE_ARRAY" },
};

const elementOf = ({ name, kind, nullable }: ArchivedColumn): SchemaElement => ({
  name,
  ...types[kind],
  repetition_type: nullable ? "OPTIONAL" : "REQUIRED",
});

/** Hands what was encoded to the file after each group, hashing it on the way. */
class HashingWriter extends ByteWriter {
  readonly hash = createHash("sha256");
  readonly #file: FileHandle;

  constructor(file: FileHandle) {
    super(1 << 20);
    this.#file = file;
  }

  async flush(): Promise<void> {
    const bytes = this.getBytes();
    this.hash.update(bytes);
    for (let at = 0; at < bytes.length;) at += (await this.#file.write(bytes, at)).bytesWritten;
    this.index = 0;
  }

  override finish(): Promise<void> {
    return this.flush();
  }
}

/** Values that hardly ever repeat: looking for repetitions would only cost time. */
const isVaried = (kind: ColumnKind) => kind === "bytes" || kind === "instant";

const encode = (kind: ColumnKind, value: Value | undefined): unknown =>
  kind === "uuid" && typeof value === "string" ? Buffer.from(value.replaceAll("-", ""), "hex") : (value ?? null);

/** Writes rows of a table into a new file, as Parquet with zstd. */
export class ParquetFileWriter {
  readonly #table: ArchivedTable;
  readonly #file: FileHandle;
  readonly #writer: HashingWriter;
  readonly #parquet: ParquetWriter;
  readonly #most: number;
  #rows: TableRow[] = [];
  #bytes = 0;

  private constructor(file: FileHandle, table: ArchivedTable, most: number) {
    this.#table = table;
    this.#most = most;
    this.#file = file;
    this.#writer = new HashingWriter(file);
    this.#parquet = new ParquetWriter({
      writer: this.#writer,
      schema: [{ name: table.name, num_children: table.columns.length }, ...table.columns.map(elementOf)],
      codec: "ZSTD",
      compressors: { ZSTD: (bytes) => zstdCompressSync(bytes) },
      createdBy: "ai-twin-analytics",
    });
  }

  static async create(file: string, table: ArchivedTable, most = groupRows): Promise<ParquetFileWriter> {
    return new ParquetFileWriter(await open(file, "w", 0o600), table, most);
  }

  async append(rows: readonly TableRow[]): Promise<void> {
    for (const row of rows) {
      this.#rows.push(row);
      for (const { name } of this.#table.columns) {
        const value = row[name];
        this.#bytes += typeof value === "string" || Buffer.isBuffer(value) ? value.length : 8;
      }
      if (this.#rows.length >= this.#most || this.#bytes >= groupBytes) await this.#writeGroup();
    }
  }

  /** Writes the rest and the footer, and waits until it is on the disk. */
  async finish(): Promise<FileFacts> {
    await this.#writeGroup();
    await this.#parquet.finish();
    await this.#file.sync();
    await this.close();
    return { bytes: this.#writer.offset, sha256: this.#writer.hash.digest("hex") };
  }

  close(): Promise<void> {
    return this.#file.close();
  }

  async #writeGroup(): Promise<void> {
    const rows = this.#rows;
    if (rows.length === 0) return;
    this.#rows = [];
    this.#bytes = 0;
    await this.#parquet.write({
      rowGroupSize: rows.length,
      columnData: this.#table.columns.map(({ name, kind, sealed }) => ({
        name,
        data: rows.map((row) => encode(kind, row[name])),
        ...(isVaried(kind) && { encoding: "PLAIN" as const }),
        // Bounds of ciphertext help nobody.
        statistics: kind !== "bytes" && sealed === null,
      })),
    });
  }
}

const hyphenated = (bytes: Uint8Array): string =>
  Buffer.from(bytes.buffer, bytes.byteOffset, 16)
    .toString("hex")
    .replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");

const toBuffer = (bytes: Uint8Array) => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);

// The writer takes a type from the schema; so does the reader, which is told to change nothing else on the way.
const reading = {
  utf8: false,
  geoparquet: false,
  compressors: { ZSTD: (bytes: Uint8Array) => zstdDecompressSync(bytes) },
  parsers: {
    timestampFromMicroseconds: (micros: bigint) => micros,
    stringFromBytes: (bytes: Uint8Array) => toBuffer(bytes).toString("utf8"),
    uuidFromBytes: hyphenated,
  },
};

/** Reads a file's rows a group at a time. @throws DamagedFile where it is no Parquet of this table */
export async function* readGroups(file: FileHandle, path: string, table: ArchivedTable): AsyncGenerator<TableRow[]> {
  const { size } = await file.stat();
  const source = {
    byteLength: size,
    async slice(start: number, end = size) {
      const bytes = new Uint8Array(end - start);
      for (let at = 0; at < bytes.length;) {
        const { bytesRead } = await file.read(bytes, at, bytes.length - at, start + at);
        if (bytesRead === 0) throw new Error("it ends too early");
        at += bytesRead;
      }
      return bytes.buffer;
    },
  };
  let metadata: FileMetaData;
  let rowStart = 0;
  const unreadable = (error: unknown) => new DamagedFile(path, `can't be read: ${(error as Error).message}`, error);
  try {
    metadata = await parquetMetadataAsync(source, reading);
  } catch (error) {
    throw unreadable(error);
  }
  for (const { num_rows } of metadata.row_groups) {
    const rowEnd = rowStart + Number(num_rows);
    const rows = await parquetReadObjects({ ...reading, file: source, metadata, rowStart, rowEnd }).catch(
      (error: unknown) => {
        throw unreadable(error);
      },
    );
    yield rows.map((row) => decode(table, row));
    rowStart = rowEnd;
  }
}

function decode({ columns }: ArchivedTable, read: Record<string, unknown>): TableRow {
  const row: TableRow = {};
  for (const { name, kind } of columns) {
    const value = read[name] as Value | Uint8Array | undefined;
    row[name] =
      value === undefined || value === null
        ? null
        : kind === "bytes"
          ? toBuffer(value as Uint8Array)
          : (value as Value);
  }
  return row;
}
