import { fromBuffer, type ZipFile } from "yauzl";

/** The files of a zip. */
export const unzip = (zip: Buffer): Promise<Map<string, Buffer>> =>
  new Promise((done, fail) => {
    const files = new Map<string, Buffer>();
    fromBuffer(zip, { lazyEntries: true }, (error, opened) => {
      if (error) return fail(error);
      const file = opened as ZipFile;
      file.on("entry", (entry) =>
        file.openReadStream(entry, (problem, stream) => {
          if (problem) return fail(problem);
          const parts: Buffer[] = [];
          stream.on("data", (part: Buffer) => parts.push(part));
          stream.on("end", () => {
            files.set(entry.fileName, Buffer.concat(parts));
            file.readEntry();
          });
        }),
      );
      file.on("end", () => done(files));
      file.readEntry();
    });
  });
