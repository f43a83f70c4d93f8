// The examples and tables in docs/PROTOCOL.md are what the code does.
import { existsSync, readFileSync } from "node:fs";
import { crc32 } from "node:zlib";
import { expect, test } from "vitest";
import type { Flash } from "../../hal/flash.ts";
import type { Field, Shape } from "../../firmware/api.ts";
import { JournalKey, JournalLimit, openJournal } from "../../firmware/storage/journal.ts";
import { RecordKind, recordFields } from "../../firmware/telemetry/api.ts";
import { BootKind, ResetCause } from "../../firmware/update/boot-log.ts";
import { Image, imageStart, tlvStart } from "../../firmware/update/image-format.ts";
import { roundOffset, sequenceWord, Trailer } from "../../firmware/update/slot-trailer.ts";
import { stashMark } from "../../firmware/update/stash.ts";
import { SmpDemux, smpLines } from "../../firmware/wire/smp-frame.ts";
import { SmpRc } from "../../firmware/wire/smp-header.ts";
import { allServices } from "../docs/services.ts";
import { buildImage, tlvType } from "../image/mcuboot.ts";
import { encodeCbor } from "./host-cbor.ts";
import type { HostCbor } from "./host-cbor.ts";
import { nodeNative } from "./latin1.ts";

const text = readFileSync(new URL("../../docs/PROTOCOL.md", import.meta.url), "utf8");
const blocks = [...text.matchAll(/```wire\n([^]*?)```/g)].map((m) => m[1] as string);
const bytes = (hex: string): string => Buffer.from(hex.replace(/\s/g, ""), "hex").toString("latin1");

test("there are examples", () => expect(blocks.length).toBe(3));

for (const block of blocks) {
  const packet = /^packet ([0-9a-f ]+)$/m.exec(block);
  const line = /^line +([0-9a-f ]+) "([^"]+)" ([0-9a-f ]+)$/m.exec(block);
  if (packet && line) {
    test(`packet ${packet[1] ?? ""}`, () => {
      const wire = bytes(line[1] as string) + (line[2] as string) + bytes(line[3] as string);
      expect(smpLines(bytes(packet[1] as string), nodeNative)).toBe(wire);
      expect(new SmpDemux(nodeNative, 512, 512).push(wire)).toEqual([bytes(packet[1] as string)]);
    });
  }
  const cbor = /^cbor (\{.*\}) = ([0-9a-f ]+)$/m.exec(block);
  if (cbor) test(`cbor ${cbor[1] ?? ""}`, () => expect(Buffer.from(encodeCbor(JSON.parse(cbor[1] as string) as HostCbor)).toString("latin1")).toBe(bytes(cbor[2] as string)));
  if (!cbor && !(packet && line)) test("an example that is neither", () => expect(block).toBe(""));
}

// The tables: rows of the first table whose head has these columns, cells without backticks.
function rowsOf(...columns: string[]): string[][] {
  const lines = text.split("\n");
  const cells = (line: string): string[] => line.replaceAll("`", "").split("|").slice(1, -1).map((cell) => cell.trim());
  const head = lines.findIndex((line) => line.startsWith("|") && columns.every((column, i) => cells(line)[i] === column));
  if (head < 0) throw new Error(`PROTOCOL.md has no table with the columns ${columns.join(", ")}`);
  const end = lines.findIndex((line, i) => i > head && !line.startsWith("|"));
  return lines.slice(head + 2, end).map(cells);
}

/** Offsets and lengths of a table in order, which must leave no byte out. */
function spans(rows: string[][]): number[][] {
  let at = 0;
  return rows.map(([offset, length]) => {
    expect(Number(offset), `offset after ${at}`).toBe(at);
    at += Number(length);
    return [Number(offset), Number(length)];
  });
}

function shapeWords(shape: Shape): string {
  const type = (field: Field): string => (field.fields !== undefined ? `${field.type} {${shapeWords(field.fields)}}` : field.items !== undefined ? `${field.type} of ${field.items}` : field.type);
  return Object.entries(shape).map(([name, field]) => `${name}${field.optional === true ? "?" : ""} ${type(field)}`).join(", ") || "–";
}

test("groups and commands are those of the descriptions", () => {
  const commands = allServices.map((service) => [
    String(service.group),
    service.name,
    Object.entries(service.commands).map(([name, command]) => `${name} ${command.id} ${command.read ? "r" : ""}${command.write ? "w" : ""}`).join(" · "),
  ]);
  const rows = rowsOf("group", "name");
  expect(rows.map((row) => row.slice(0, 3))).toEqual(commands);
  for (const row of rows) expect(existsSync(new URL(`../../${row[3]}`, import.meta.url)), row[3]).toBe(true);
});

test("fields of the groups of mcumgr are those of the descriptions", () => {
  const fields = allServices.filter((service) => service.group < 64).flatMap((service) =>
    Object.entries(service.commands).flatMap(([name, command]) =>
      (["read", "write"] as const).flatMap((direction) => {
        const exchange = command[direction];
        return exchange === undefined ? [] : [[String(service.group), `${name} ${command.id}`, direction, shapeWords(exchange.request), shapeWords(exchange.reply)]];
      }),
    ),
  );
  expect(rowsOf("group", "command")).toEqual(fields);
});

test("an image file has the bytes of the tables", () => {
  const file = buildImage("(function(){})", { major: 1, minor: 2, revision: 0x304, build: 0x5060708 });
  const tlvs = file.subarray(-Image.TlvBytes);
  const header = file.subarray(0, Image.HeaderBytes);
  for (const [name, area] of [["header offset", header], ["TLV offset", tlvs]] as const) {
    const rows = rowsOf(name, "bytes", "value");
    const last = spans(rows).at(-1) as [number, number];
    expect(last[0] + last[1]).toBe(area.length);
    for (const [offset, length, value] of rows) if (value !== "–") expect(area.subarray(Number(offset), Number(offset) + Number(length)).toString("hex"), `${name} ${offset}`).toBe(value?.replaceAll(" ", ""));
  }
  const offsetOf = (table: string, what: RegExp): number => Number(rowsOf(table, "bytes", "value").find((row) => what.test(row[3] ?? ""))?.[0]);
  expect([/length of the body/, /version: major/].map((what) => offsetOf("header offset", what))).toEqual([Image.BodyLength, Image.Version]);
  expect([/^SHA-256/, /^CRC-32/, /^HMAC/].map((what) => offsetOf("TLV offset", what))).toEqual([Image.Digest, Image.Crc, Image.Hmac]);
  expect([/major/, /minor/].map((what) => header[offsetOf("header offset", what)])).toEqual([1, 2]);
  expect([header.readUInt16LE(offsetOf("header offset", /revision/)), header.readUInt32LE(offsetOf("header offset", /build/)), header.readUInt32LE(offsetOf("header offset", /length of the body/))]).toEqual([0x304, 0x5060708, 16]);
  expect([header.toString("latin1").slice(0, imageStart.length), tlvs.toString("latin1").slice(0, tlvStart.length)]).toEqual([imageStart, tlvStart]);
  expect(rowsOf("TLV offset").flatMap((row) => [...(row[3] ?? "").matchAll(/type (0x\w\w)/g)].map((match) => Number(match[1])))).toEqual([tlvType.sha256, tlvType.crc32, tlvType.hmac]);
});

test("trailer, boot log and stash have the words of the tables", () => {
  expect(spans(rowsOf("trailer offset"))).toEqual([
    [Trailer.Identity, Trailer.IdentityBytes],
    [Trailer.Length, 4],
    ...Array.from({ length: Trailer.RoundCount }, (_, round) => [roundOffset(round), Trailer.RoundBytes]),
  ]);
  expect(roundOffset(Trailer.RoundCount)).toBe(Trailer.Bytes);
  expect(text).toContain(`The last ${Trailer.Bytes} bytes of a slot are its trailer`);
  expect(rowsOf("word of a round").map((row) => Number(row[1]))).toEqual([0, Trailer.Tried, Trailer.Confirmed]);
  expect(sequenceWord(0x1234)).toBe("\x34\x12\xcb\xed");
  const log = rowsOf("byte of a start");
  expect(log[0]?.[1]).toContain(`${ResetCause.Unknown} unknown, ${ResetCause.Power} power, ${ResetCause.Watchdog} watchdog, ${ResetCause.Software} software, ${ResetCause.Crash} crash`);
  expect(log[1]?.[1]).toContain(`${BootKind.Normal} normal, ${BootKind.Test} test, ${BootKind.Fallback} fallback`);
  expect(text).toContain(`\`${Buffer.from(stashMark, "latin1").toString("hex").replaceAll(/(..)(?=.)/g, "$1 ")}\` when it is complete`);
});

test("journal pages and records have the bytes of the tables", () => {
  const memory = Buffer.alloc(2 * 256, 0xff);
  const flash: Flash = {
    pageBytes: 256,
    read: (offset, length) => memory.toString("latin1", offset, offset + length),
    program: (offset, data) => void Buffer.from(data, "latin1").forEach((byte, i) => (memory[offset + i]! &= byte)),
    erase: (offset) => void memory.fill(0xff, offset, offset + 256),
  };
  const journal = openJournal(flash, (data) => crc32(Buffer.from(data, "latin1")) >>> 0, 0, 2);
  const sequence = journal.append("hello");
  journal.set(JournalKey.Name, "tile");
  const page = spans(rowsOf("page offset"));
  expect(page).toEqual([[0, 4], [4, 4], [8, 4]]);
  expect([memory.readUInt32BE(0), memory.readUInt32BE(4), memory.readUInt32BE(8)]).toEqual([1, sequence, crc32(Buffer.concat([Buffer.from("GJ1\n"), memory.subarray(0, 8)])) >>> 0]);
  const record = rowsOf("record offset");
  const kinds = [...(record[1]?.[2] ?? "").matchAll(/0x\w\w/g)].map((match) => Number(match[0])) as [number, number];
  expect(record[0]?.[2]).toContain(`0–${JournalLimit.Data}`);
  const written = memory.subarray(JournalLimit.PageHeader);
  expect([...written.subarray(0, 4)]).toEqual([5, 5 ^ kinds[0], 0, sequence]);
  expect(written.subarray(4, 12).toString("latin1")).toBe("hello\xff\xff\xff");
  expect(written.readUInt32BE(12)).toBe(crc32(written.subarray(0, 12)) >>> 0);
  expect([...written.subarray(16, 20)]).toEqual([4, 4 ^ kinds[1], 0, JournalKey.Name]);
  expect(text).toContain(`Keys 0–${JournalLimit.Keys - 1}: ${JournalKey.Starts} number of starts (4 bytes, big-endian), ${JournalKey.Name} name (UTF-8), ${JournalKey.Clock} last wall time`);
  expect(text).toContain(`${JournalKey.Sensor} the sensor's settings (CBOR map of its request), ${JournalKey.FirstFree} how`);
});

test("telemetry records have the kinds and fields of the table", () => {
  expect([RecordKind.Start, RecordKind.Clock, RecordKind.Samples, RecordKind.AlarmStart, RecordKind.AlarmEnd].map(String)).toEqual(Object.keys(recordFields));
  expect(rowsOf("kind", "name")).toEqual(Object.entries(recordFields).map(([kind, { name, fields }]) => [kind, name, fields.join(", ")]));
});

test("result codes are those of the code", () => {
  const codes = rowsOf("rc", "meaning").flatMap((row) => [row.slice(0, 2), row.slice(2)]).filter((pair) => pair[0] !== "").map(([code]) => Number(code));
  expect(codes.sort((x, y) => x - y)).toEqual([SmpRc.Unknown, SmpRc.NoMemory, SmpRc.InvalidValue, SmpRc.Timeout, SmpRc.NoEntry, SmpRc.BadState, SmpRc.ResponseTooLong, SmpRc.NotSupported, SmpRc.Corrupt, SmpRc.Busy, SmpRc.AccessDenied]);
});
