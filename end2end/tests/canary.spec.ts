// What is whispered is found nowhere (H11): not on the wire as the server reads it, not on disk, not in a log that
// says everything, not in the server's memory. The same search finds what a kept conversation holds.

import { randomBytes } from "node:crypto";
import type { Page } from "@playwright/test";
import { join } from "node:path";
import { agent, answer, expect, guest, House, PASSWORD, pick, test, write } from "./house";
import { filesWith, forms, holds, memoryHolds, Wiretap } from "./wiretap";

const field = (page: Page) => page.locator(".field textarea");

test("what is whispered is found nowhere; what is kept is found where it should be", async ({ newPage }) => {
  const house = new House({ BELLHOP_LOG: "trace" });
  await house.start();
  const tap = new Wiretap(Number(new URL(house.url).port));
  await tap.start();
  try {
    const word = (name: string) => `${name}${randomBytes(6).toString("hex")}`;
    const [kept, typed, pasted] = [word("kept"), word("typed"), [word("anna"), word("ben"), word("cleo")]];
    const people = [await newPage({ bypassCSP: true }), await newPage(), await newPage()];
    const [anna, ben, cleo] = people;
    await anna.goto(`${tap.url}/whisper`);
    for (const page of people) {
      if (page !== anna) await page.goto(anna.url());
      await expect(page.locator("[data-stage=in]")).toBeVisible();
    }
    await expect(anna.locator(".count")).toHaveText("3 people here");
    for (const page of people) await expect(field(page)).toBeEnabled();
    await anna.locator("summary", { hasText: "Room" }).click();
    await anna.locator("#fade").fill("30");
    await expect(anna.getByText("Words fade after 30 seconds")).toBeVisible();
    await anna.locator("summary", { hasText: "Room" }).click();
    const key = new URL(anna.url()).hash.slice(1);
    // A whole word in one frame, from each to all …
    for (const [i, page] of people.entries()) {
      await field(page).focus();
      await page.keyboard.insertText(`${pasted[i]} `);
      for (const other of people) await expect(other.locator("body")).toContainText(pasted[i]);
    }
    // … a name, letters one by one, and a picture that looks like no other.
    await ben.getByRole("button", { name: "Name and colour" }).click();
    await ben.getByLabel("Your name in this room").fill(pasted[1].slice(0, 30));
    await ben.keyboard.press("Enter");
    await expect(cleo.getByRole("region", { name: pasted[1].slice(0, 30) })).toBeVisible();
    await field(anna).pressSequentially(typed);
    await expect(cleo.locator("body")).toContainText(typed);
    const png = await anna.evaluate(async () => {
      const canvas = Object.assign(document.createElement("canvas"), { width: 300, height: 300 });
      const drawing = canvas.getContext("2d")!;
      const image = drawing.createImageData(300, 300);
      crypto.getRandomValues(new Uint8Array(image.data.buffer, 0, 65_536));
      drawing.putImageData(image, 0, 0);
      return canvas.toDataURL("image/png").split(",")[1];
    });
    await cleo.locator(".field input[type=file]").setInputFiles({ name: "canary.png", mimeType: "image/png", buffer: Buffer.from(png, "base64") });
    const shown = anna.locator(".lanes img[src^=blob]");
    await expect(shown).toBeAttached();
    const drawn = Buffer.from(await anna.evaluate(async (address) => {
      const bytes = new Uint8Array(await (await fetch(address)).arrayBuffer());
      return btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(""));
    }, (await shown.getAttribute("src"))!), "base64");
    const picture = [drawn.subarray(1000, 1040), Buffer.from(png, "base64").subarray(1000, 1040)];

    // A conversation that is kept, the same way in.
    const visitor = await guest({ url: tap.url } as House, await newPage());
    await write(visitor, `My towel is gone, ${kept}`);
    await expect(visitor.getByText("Delivered")).toBeVisible();
    // … and beside it a private line: a word from each end.
    const maria = await agent({ url: tap.url } as House, await newPage(), "maria");
    await pick(maria, kept);
    await maria.keyboard.press("c");
    await expect(answer(maria)).toBeFocused();
    await maria.getByRole("button", { name: "Private line" }).click();
    await visitor.getByRole("button", { name: "Open it" }).click();
    const beside = [word("holder"), word("guest")];
    for (const [i, [from, to]] of [[maria, visitor], [visitor, maria]].entries()) {
      await expect(field(from)).toBeEnabled();
      await field(from).click();
      await from.keyboard.insertText(`${beside[i]} `);
      await expect(to.locator(".private-line .lanes")).toContainText(beside[i]);
    }
    const admin = (await newPage()).request;
    await admin.post(`${tap.url}/login`, { form: { email: "admin@bellhop.example", password: PASSWORD } });
    await admin.post(`${tap.url}/admin/exports`, { form: { selection: "", format: "jsonl" } });
    await expect.poll(async () => (await admin.get(`${tap.url}/admin/exports`)).text(), { timeout: 60_000 }).toContain("Download");
    house.run("backup", join(house.folder, "backup.tar"));
    const metrics = Buffer.from(await (await admin.get(`${tap.url}/metrics`)).text());

    const where = (needles: Buffer[]) => ({
      wire: tap.traffic().some((bytes) => holds(bytes, needles)),
      files: filesWith(house.folder, needles).map((path) => path.slice(house.folder.length + 1).split("/")[0]).sort(),
      metrics: holds(metrics, needles),
      memory: memoryHolds(house.pid, needles),
    });
    const found = where(forms(Buffer.from(kept)));
    expect(found).toMatchObject({ wire: true, memory: true, metrics: false });
    // The database and what is drawn from it, each perhaps in its log of writes still.
    for (const place of [/^bellhop\.db(-wal)?$/, /^bellhop\.db-review(-wal)?$/, /^backup\.tar$/, /^exports$/]) {
      expect(found.files.some((file) => place.test(file)), `${place} in ${found.files}`).toBe(true);
    }

    expect(filesWith(house.folder, [Buffer.from("TRACE")]).map((path) => path.split("/").at(-1)), "a log that says everything").toEqual(["log"]);

    const whispered = [...pasted, typed, key, ...beside].map((word) => Buffer.from(word)).concat(picture, Buffer.from(key, "base64url"));
    for (const canary of whispered) {
      expect(where(forms(canary)), canary.toString("latin1")).toEqual({ wire: false, files: [], metrics: false, memory: false });
    }
    // Not even sealed does it reach a disk or a log.
    const sealed = tap.sealed().filter((frame) => frame.length > 60);
    expect(sealed.length).toBeGreaterThan(10);
    const parts = sealed.map((frame) => frame.subarray(30, 46));
    expect(filesWith(house.folder, parts.flatMap((part) => [part, Buffer.from(part.toString("hex"))]))).toEqual([]);
  } finally {
    tap.close();
    await house.close();
  }
});
