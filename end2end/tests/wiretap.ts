// Listens in on a server: what it was sent, what it answered, what it wrote and what it holds in memory.

import { closeSync, openSync, readdirSync, readFileSync, readSync } from "node:fs";
import { connect, createServer, type Server } from "node:net";
import { join } from "node:path";

/** A proxy that writes down every byte on the way to a server and back. */
export class Wiretap {
  private readonly server: Server;
  private readonly lines: { up: Buffer[]; down: Buffer[] }[] = [];
  url = "";

  constructor(private readonly target: number) {
    this.server = createServer((browser) => {
      const line: { up: Buffer[]; down: Buffer[] } = { up: [], down: [] };
      this.lines.push(line);
      const bellhop = connect(this.target, "127.0.0.1");
      browser.on("data", (bytes) => (line.up.push(bytes), bellhop.write(bytes)));
      bellhop.on("data", (bytes) => (line.down.push(bytes), browser.write(bytes)));
      browser.on("close", () => bellhop.destroy()).on("error", () => bellhop.destroy());
      bellhop.on("close", () => browser.destroy()).on("error", () => browser.destroy());
    });
  }

  async start(): Promise<void> {
    await new Promise<void>((listening) => this.server.listen(0, "127.0.0.1", listening));
    this.url = `http://127.0.0.1:${(this.server.address() as { port: number }).port}`;
  }

  close(): void {
    this.server.close();
  }

  /** All that came and went, browsers' frames as the server read them: without the mask they travel under. */
  traffic(): Buffer[] {
    return this.lines.flatMap(({ up, down }) => {
      const [sent, got] = [Buffer.concat(up), Buffer.concat(down)];
      return [sent, got, ...frames(sent)];
    });
  }

  /** What browsers sealed: their binary frames behind the heads. */
  sealed(): Buffer[] {
    return this.lines.flatMap(({ up }) => frames(Buffer.concat(up), 2)).map((frame) => frame.subarray(5));
  }
}

/** The frames of a WebSocket's client; none if this was no WebSocket. */
function frames(sent: Buffer, only?: number): Buffer[] {
  const head = sent.indexOf("\r\n\r\n");
  if (head < 0 || !/upgrade: websocket/i.test(sent.subarray(0, head).toString("latin1"))) return [];
  const found: Buffer[] = [];
  let at = head + 4;
  while (at + 2 <= sent.length) {
    const kind = sent[at] & 15;
    let length = sent[at + 1] & 127;
    at += 2;
    if (length === 126) (length = sent.readUInt16BE(at)), (at += 2);
    else if (length === 127) (length = Number(sent.readBigUInt64BE(at))), (at += 8);
    const mask = sent.subarray(at, at + 4);
    const frame = Buffer.from(sent.subarray(at + 4, at + 4 + length));
    for (let i = 0; i < frame.length; i++) frame[i] ^= mask[i & 3];
    if (only === undefined || kind === only) found.push(frame);
    at += 4 + length;
  }
  return found;
}

/** A word as it may stand somewhere: plain, as a browser's text, and in base64 wherever that begins. */
export function forms(word: Buffer): Buffer[] {
  const text = Buffer.from(word.toString("latin1"), "utf16le");
  const shifted = [0, 1, 2].map((before) => {
    const coded = Buffer.concat([Buffer.alloc(before), word]).toString("base64");
    // What surrounds it changes the first letters and the last.
    return Buffer.from(coded.slice(before ? 4 : 0, -4));
  });
  return [word, text, Buffer.from(word.toString("hex")), ...shifted];
}

/** The files below a folder that hold one of these. */
export function filesWith(folder: string, needles: Buffer[]): string[] {
  const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((file) => file.isFile());
  const paths = files.map((file) => join(file.parentPath, file.name));
  return paths.filter((path) => holds(readFileSync(path), needles));
}

export const holds = (bytes: Buffer, needles: Buffer[]) => needles.some((needle) => bytes.includes(needle));

/** Whether a running program holds one of these in what it may write to. */
export function memoryHolds(pid: number, needles: Buffer[]): boolean {
  const memory = openSync(`/proc/${pid}/mem`, "r");
  try {
    for (const line of readFileSync(`/proc/${pid}/maps`, "utf8").split("\n")) {
      const [, from, to] = /^([0-9a-f]+)-([0-9a-f]+) rw/.exec(line) ?? [];
      if (!from || line.includes("[v")) continue;
      const [start, end] = [parseInt(from, 16), parseInt(to, 16)];
      for (let at = start; at < end; at += STEP) {
        // A little of the next part too, for what lies across.
        const part = Buffer.alloc(Math.min(STEP + 4096, end - at));
        for (let read = 0; read < part.length; ) {
          try {
            read += readSync(memory, part, read, part.length - read, at + read) || PAGE;
          } catch {
            read += PAGE; // Given back meanwhile.
          }
        }
        if (holds(part, needles)) return true;
      }
    }
    return false;
  } finally {
    closeSync(memory);
  }
}

const STEP = 16 * 1024 * 1024;
const PAGE = 4096;
