// SMP clients that others wrote, against tiles: a simulated one and, where QEMU is installed, one on the QEMU board. Opt-in, a variable for each program:
// GENESIS_MCUMGR names the `mcumgr` binary (Apache Mynewt's, in Go), GENESIS_SMPMGR the `smpmgr` program (Intercreate's, in Python). Without them: skipped.
import { execFile, spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { root } from "../cli/testing/run-cli.ts";
import { hasPty } from "../link/testing/pty.ts";
import { missingPrograms } from "../qemu/toolchain.ts";
import { type ListedImage, mcumgr, smpmgr } from "./testing/smp-programs.ts";
import { type TileOnPty, tileOnPty } from "./testing/tile-on-pty.ts";

const hasQemu = missingPrograms().length === 0;
// Wide, plain lines from programs that draw boxes.
const env = { ...process.env, COLUMNS: "250", TERM: "dumb", NO_COLOR: "1" };

for (const program of [mcumgr, smpmgr]) {
  const binary = process.env[program.variable] ?? "";
  for (const kind of ["sim", "qemu"] as const) {
    describe.skipIf(!binary || !hasPty || (kind === "qemu" && !hasQemu))(`${program.name} (${program.variable}) and a tile on ${kind}`, () => {
      const folder = mkdtempSync(path.join(os.tmpdir(), "genesis-smp-"));
      const file = path.join(folder, "update.bin");
      let tile: TileOnPty;
      let resumedBytes = 0;

      const command = (args: readonly string[]): string[] => [...program.port(tile.path), ...args];
      /** What the program prints, however it ends: some end with 0 after an error, some with 1. */
      const run = (args: readonly string[]): Promise<string> =>
        new Promise((resolve) => void execFile(binary, command(args), { env, timeout: 60_000 }, (_error, stdout, stderr) => resolve(stdout + stderr)));
      const images = async (): Promise<ListedImage[]> => program.images(await run(program.list));
      const inSlot = (list: readonly ListedImage[], slot: number): ListedImage | undefined => list.find((image) => image.slot === slot);

      beforeAll(async () => {
        tile = await tileOnPty(kind, root);
        writeFileSync(file, tile.update);
      });
      afterAll(async () => {
        await tile?.close();
        rmSync(folder, { recursive: true, force: true });
      });

      it("echo", async () => expect(await run(program.echo("hello-tile"))).toContain("hello-tile"));

      it("files", async () => {
        const [sent, got] = [path.join(folder, "sent"), path.join(folder, "got")];
        writeFileSync(sent, randomBytes(3000));
        const printed = await run(program.put(sent, "data.bin")) + await run(program.get("data.bin", got));
        expect(readFileSync(got).equals(readFileSync(sent)), printed).toBe(true);
      });

      it("shell", async () => expect(await run(program.shell("version"))).toMatch(/Genesis 1\.0\.0 on /));

      for (const { args, prints } of program.more) it(args.join(" "), async () => expect(await run(args)).toMatch(prints));

      it("image upload, killed on its way, goes on where it stopped", async () => {
        const before = tile.received;
        const upload = spawn(binary, command(program.upload(file)), { env, stdio: "ignore" });
        const ended = new Promise((resolve) => upload.once("exit", (_code, signal) => resolve(signal)));
        const half = tile.update.length * (4 / 3) * 0.5;
        await expect.poll(() => tile.received - before, { timeout: 60_000, interval: 5 }).toBeGreaterThan(half);
        upload.kill("SIGKILL");
        expect(await ended, "the upload was still under way").toBe("SIGKILL");
        await tile.starts();
        expect((await images()).length).toBe(1);

        const atResume = tile.received;
        const printed = await run(program.upload(file));
        resumedBytes = tile.received - atResume;
        expect(inSlot(await images(), 1), printed).toMatchObject({ version: "2.0.0", active: false, confirmed: false, pending: false });
      });

      it("test, reset, confirm, erase", async () => {
        const hash = inSlot(await images(), 1)?.hash ?? "";
        await run(program.test(hash));
        expect(inSlot(await images(), 1)).toMatchObject({ pending: true, confirmed: false });
        const before = await tile.starts();
        await run(program.reset);
        await expect.poll(() => tile.starts(), { timeout: 30_000, interval: 200 }).toBe(before + 1);
        expect(await images()).toMatchObject([{ slot: 0, version: "1.0.0", active: false }, { slot: 1, version: "2.0.0", hash, active: true, confirmed: false }]);
        await run(program.erase(0));
        expect((await images()).length, "the way back is kept while the new image is on trial").toBe(2);
        await run(program.confirm);
        expect(inSlot(await images(), 1)).toMatchObject({ active: true, confirmed: true });
        await run(program.erase(0));
        expect(await images()).toMatchObject([{ slot: 1, version: "2.0.0", active: true, confirmed: true }]);
      });

      it("image upload, in one go", async () => {
        const before = tile.received;
        const printed = await run(program.upload(file));
        const wholeBytes = tile.received - before;
        expect(inSlot(await images(), 0), printed).toMatchObject({ version: "2.0.0", active: false });
        expect(resumedBytes, "the one that was interrupted took less").toBeLessThan(wholeBytes * 0.8);
      });
    });
  }
}
