// Files beside words, as guests and agents send and see them.

import AxeBuilder from "@axe-core/playwright";
import type { Page } from "@playwright/test";
import { agent, alive, answer, expect, guest, pick, row, test, write } from "./house";

/** A photo of a colour, as a browser draws one. */
async function photo(page: Page, width: number, height: number, colour: string): Promise<{ name: string; mimeType: string; buffer: Buffer }> {
  const text = await page.evaluate(
    async ([width, height, colour]) => {
      const canvas = document.createElement("canvas");
      [canvas.width, canvas.height] = [width as number, height as number];
      const drawing = canvas.getContext("2d")!;
      const shade = drawing.createLinearGradient(0, 0, canvas.width, canvas.height);
      shade.addColorStop(0, colour as string);
      shade.addColorStop(1, "#f2e3c6");
      drawing.fillStyle = shade;
      drawing.fillRect(0, 0, canvas.width, canvas.height);
      return canvas.toDataURL("image/jpeg", 0.9).split(",")[1];
    },
    [width, height, colour] as const,
  );
  return { name: "IMG_0042.jpg", mimeType: "image/jpeg", buffer: Buffer.from(text, "base64") };
}

const pdf = { name: "Menu.pdf", mimeType: "application/pdf", buffer: Buffer.from("%PDF-1.7\n1 0 obj\n<</Type/Catalog>>\nendobj\ntrailer<</Root 1 0 R>>\n%%EOF\n") };

const field = (page: Page) => page.getByLabel("Add photos, videos or PDFs");

/** Whether a picture of the timeline has come whole. */
const isThere = (page: Page, name: string | RegExp = "Photo") =>
  expect(async () => {
    const picture = page.locator(".timeline").getByRole("img", { name }).last();
    expect(await picture.evaluate((image: HTMLImageElement) => image.complete && image.naturalWidth > 0)).toBe(true);
  }).toPass();

test("a photo goes from a telephone to the desk, and a menu comes back", async ({ house, newPage }) => {
  const phone = await guest(house, await newPage({ viewport: { width: 390, height: 844 } }));
  const desk = await agent(house, await newPage(), "maria");
  await field(phone).setInputFiles(await photo(phone, 4_000, 3_000, "#7a4b2a"));
  await expect(phone.locator(".chip-file img")).toBeVisible();
  await write(phone, "The tap drips");
  await isThere(phone);
  await expect(phone.locator(".said.own").last()).toContainText("The tap drips");
  await expect(phone.locator(".said.own").last()).toContainText("Delivered");
  await expect(phone.locator(".chip-file")).toHaveCount(0);

  const waiting = await row(desk, "Photo · The tap drips");
  await waiting.click();
  await isThere(desk);
  // Its room is there before it is, and it was made smaller on its way.
  const picture = desk.locator(".timeline").getByRole("img", { name: "Photo" });
  expect([await picture.getAttribute("width"), await picture.getAttribute("height")]).toEqual(["280", "210"]);
  const address = await desk.locator(".timeline a.picture").getAttribute("href");
  const sizes = await desk.evaluate(async (address) => {
    const bitmap = await createImageBitmap(await (await fetch(address!)).blob());
    return [bitmap.width, bitmap.height];
  }, address);
  expect(sizes).toEqual([2_560, 1_920]);

  await desk.keyboard.press("c");
  await expect(answer(desk)).toBeEditable();
  await field(desk).setInputFiles(pdf);
  await expect(desk.locator(".chip-file")).toContainText("Menu.pdf");
  await desk.getByRole("button", { name: "Send", exact: true }).click();
  await expect(desk.locator(".timeline a.document")).toContainText("Menu.pdf");
  const menu = phone.locator(".timeline a.document");
  await expect(menu).toContainText("PDF, 1 KB");
  const [download] = await Promise.all([phone.waitForEvent("download"), menu.click()]);
  expect(download.suggestedFilename()).toBe("Menu.pdf");
});

test("a picture on a note stays inside", async ({ house, newPage }) => {
  const phone = await guest(house, await newPage());
  await write(phone, "I have lost my passport");
  const desk = await agent(house, await newPage(), "maria");
  await pick(desk, "I have lost my passport");
  await desk.getByRole("button", { name: "Note", exact: true }).click();
  await field(desk).setInputFiles(await photo(desk, 300, 200, "#224"));
  await expect(desk.locator(".chip-file img")).toBeVisible();
  // What stands in the note is not in the answer.
  await desk.getByRole("button", { name: "Note", exact: true }).click();
  await expect(desk.locator(".chip-file img")).toBeHidden();
  await desk.getByRole("button", { name: "Note", exact: true }).click();
  await desk.getByRole("textbox", { name: "Note" }).fill("Found at the bar");
  await desk.getByRole("button", { name: "Add note" }).click();
  await isThere(desk);
  await expect(desk.locator(".said.note .files img")).toBeVisible();
  const address = await desk.locator(".said.note a.picture").getAttribute("href");
  expect(await phone.evaluate(async (address) => (await fetch(address!)).status, address)).toBe(404);
});

test("a voice is recorded, seen and heard", async ({ house, newPage }) => {
  const phone = await guest(house, await newPage({ viewport: { width: 390, height: 844 } }));
  await phone.getByTitle("Record a voice message").click();
  await expect(phone.getByRole("timer")).toHaveText(/0:0[1-9]/);
  await phone.getByRole("button", { name: "Done" }).click();
  await expect(phone.locator(".chip-file")).toContainText(/Voice message 0:0\d/);
  await phone.getByRole("button", { name: "Send", exact: true }).click();
  const voice = phone.locator(".timeline audio");
  await expect(voice).toBeVisible();
  await expect(phone.locator(".timeline .wave")).toBeVisible();
  expect(await voice.evaluate(async (audio: HTMLAudioElement) => {
    audio.muted = true;
    await audio.play();
    return audio.error === null && !audio.paused;
  })).toBe(true);
  const desk = await agent(house, await newPage(), "maria");
  await pick(desk, /Voice message 0:0\d/);
  await expect(desk.locator(".timeline audio")).toBeVisible();
});

test("what was chosen in a lift goes out once, in order, after a reload", async ({ house, newPage }) => {
  const page = await newPage({ viewport: { width: 390, height: 844 } });
  const phone = await guest(house, page);
  await field(phone).setInputFiles(await photo(phone, 200, 200, "#383"));
  await expect(phone.locator(".chip-file img")).toBeVisible();
  // A draft lasts as words do.
  await phone.reload();
  await alive(phone);
  await expect(phone.locator(".chip-file img")).toBeVisible();
  await house.kill();
  await write(phone, "First, with a photo");
  await write(phone, "Second, in words");
  await expect(phone.locator(".said.pending")).toHaveCount(2);
  await expect(phone.locator(".said.pending").first()).toContainText("Waiting for the connection");
  await house.start();
  await phone.goto(`${house.url}/chat/seehof`);
  await expect(phone.locator(".said.own .body")).toHaveText(["First, with a photo", "Second, in words"]);
  await expect(phone.locator(".said.pending")).toHaveCount(0);
  await isThere(phone);
  await phone.reload();
  await alive(phone);
  await expect(phone.locator(".said.own .body")).toHaveText(["First, with a photo", "Second, in words"]);
  await expect(phone.locator(".chip-file")).toHaveCount(0);
});

test("a picture is looked at closely by keyboard, and a voice is played faster", async ({ house, newPage }) => {
  const page = await guest(house, await newPage());
  await field(page).setInputFiles([await photo(page, 500, 400, "#356"), await photo(page, 300, 600, "#853")]);
  await expect(page.locator(".chip-file")).toHaveCount(2);
  await page.getByTitle("Record a voice message").click();
  await expect(page.getByRole("timer")).toHaveText(/0:0[1-9]/);
  await page.getByRole("button", { name: "Done" }).click();
  await expect(page.locator(".chip-file")).toHaveCount(3);
  await page.getByRole("button", { name: "Send", exact: true }).click();
  await isThere(page);
  const pictures = page.locator(".timeline a.picture");
  await pictures.first().focus();
  await page.keyboard.press("Enter");
  const dialog = page.getByRole("dialog", { name: "Photos" });
  await expect(dialog.getByText("1 of 2")).toBeVisible();
  await page.screenshot({ path: "results/files-look.png" });
  await page.keyboard.press("ArrowRight");
  await expect(dialog.getByText("2 of 2")).toBeVisible();
  expect(await dialog.getByRole("img").getAttribute("src")).toBe(await pictures.last().getAttribute("href"));
  await page.keyboard.press("Escape");
  await expect(dialog).toHaveCount(0);
  await expect(pictures.first()).toBeFocused();
  const speed = page.getByRole("button", { name: "Speed" });
  const rate = () => page.locator(".timeline audio").evaluate((audio: HTMLAudioElement) => audio.playbackRate);
  for (const [text, faster] of [["1.25×", 1.25], ["1.5×", 1.5], ["2×", 2], ["1×", 1]] as const) {
    await speed.click();
    await expect(speed).toHaveText(text);
    expect(await rate()).toBe(faster);
  }
});

test("a file that is refused comes back into the composer with its words", async ({ house, newPage }) => {
  const phone = await guest(house, await newPage());
  await field(phone).setInputFiles({ name: "photo.jpg", mimeType: "image/jpeg", buffer: Buffer.from("<script>alert(1)</script>") });
  await expect(phone.getByRole("alert")).toContainText("photo.jpg: this isn’t a picture");
  await expect(phone.locator(".chip-file")).toHaveCount(0);
  await field(phone).setInputFiles({ ...pdf, buffer: Buffer.from("<script>alert(1)</script>") });
  await expect(phone.locator(".chip-file")).toContainText("Menu.pdf");
  await write(phone, "Here it is");
  await expect(phone.getByRole("alert")).toContainText("Menu.pdf: this kind of file cannot be sent");
  await expect(phone.getByLabel("Your message")).toHaveValue("Here it is");
  await expect(phone.locator(".chip-file")).toContainText("Menu.pdf");
  await phone.getByRole("button", { name: "Remove Menu.pdf" }).click();
  await expect(phone.locator(".chip-file")).toHaveCount(0);
  await phone.getByLabel("Your message").press("Enter");
  await expect(phone.locator(".said.own").last()).toContainText("Here it is");
  await expect(phone.locator(".said.own").last()).toContainText("Delivered");
});

test("pasted and dropped it comes too, and words that are pasted stay words", async ({ house, newPage }) => {
  const desk = await agent(house, await newPage(), "maria");
  const phone = await guest(house, await newPage());
  await write(phone, "Where do I park?");
  await pick(desk, "Where do I park?");
  await desk.keyboard.press("c");
  await expect(answer(desk)).toBeEditable();
  const give = (kind: string, words: boolean) =>
    answer(desk).evaluate(
      async (field, [kind, words]) => {
        const canvas = document.createElement("canvas");
        const blob = await new Promise<Blob>((done) => canvas.toBlob((blob) => done(blob!)));
        const data = new DataTransfer();
        data.items.add(new File([blob], "map.png", { type: "image/png" }));
        if (words) data.setData("text/plain", "Level 2");
        const event = kind === "paste" ? new ClipboardEvent("paste", { clipboardData: data, bubbles: true, cancelable: true }) : new DragEvent("drop", { dataTransfer: data, bubbles: true, cancelable: true });
        field.dispatchEvent(event);
      },
      [kind, words] as const,
    );
  await give("paste", true);
  await give("paste", false);
  await expect(desk.locator(".chip-file img")).toHaveCount(1);
  await give("drop", false);
  await expect(desk.locator(".chip-file img")).toHaveCount(2);
  await desk.getByRole("button", { name: "Send", exact: true }).click();
  await isThere(phone);
  await expect(phone.locator(".timeline .files img")).toHaveCount(2);
});

test("without scripts a photo goes by form", async ({ house, newPage }) => {
  const page = await newPage({ javaScriptEnabled: false, viewport: { width: 390, height: 844 } });
  await page.goto(`${house.url}/chat/seehof`);
  const drawing = await newPage();
  await drawing.goto(house.url);
  await field(page).setInputFiles(await photo(drawing, 300, 200, "#a33"));
  await page.getByLabel("Your message").fill("By form");
  await page.screenshot({ path: "results/files-no-script.png" });
  await page.getByRole("button", { name: "Send", exact: true }).click();
  await expect(page.locator(".said.own").last()).toContainText("By form");
  await expect(page.locator(".timeline .files img")).toBeVisible();
});

for (const colorScheme of ["light", "dark"] as const) {
  for (const width of [1280, 390]) {
    test(`how files look, ${width} px, ${colorScheme}`, async ({ house, newPage }) => {
      const size = { viewport: { width, height: 800 }, colorScheme };
      const page = await guest(house, await newPage(size));
      await field(page).setInputFiles([await photo(page, 900, 1_600, "#356"), await photo(page, 1_600, 900, "#853"), pdf]);
      await expect(page.locator(".chip-file")).toHaveCount(3);
      await page.screenshot({ path: `results/files-composer-${width}-${colorScheme}.png` });
      await write(page, "The view, the room, and what we would like to eat tonight");
      await isThere(page);
      await page.getByTitle("Record a voice message").click();
      await expect(page.getByRole("timer")).toHaveText(/0:0[1-9]/);
      await page.screenshot({ path: `results/files-recording-${width}-${colorScheme}.png` });
      await page.getByRole("button", { name: "Done" }).click();
      await expect(page.locator(".chip-file")).toContainText("Voice message");
      await page.getByRole("button", { name: "Send", exact: true }).click();
      await expect(page.locator(".timeline audio")).toBeVisible();
      await page.screenshot({ path: `results/files-guest-${width}-${colorScheme}.png` });
      const desk = await agent(house, await newPage(size), "maria");
      await pick(desk, "Voice message");
      await isThere(desk);
      await desk.keyboard.press("c");
      await expect(answer(desk)).toBeEditable();
      await field(desk).setInputFiles(pdf);
      await expect(desk.locator(".chip-file")).toHaveCount(1);
      await desk.screenshot({ path: `results/files-desk-${width}-${colorScheme}.png` });
      for (const seen of [page, desk]) {
        const { violations } = await new AxeBuilder({ page: seen }).analyze();
        expect(violations.filter(({ impact }) => impact === "serious" || impact === "critical").map(({ id, nodes }) => `${id}: ${nodes[0].html}`)).toEqual([]);
      }
    });
  }
}

/** Stripes of four pixels: whoever can tell one from the next can read what is written there. */
async function stripes(page: Page): Promise<{ name: string; mimeType: string; buffer: Buffer }> {
  const text = await page.evaluate(() => {
    const canvas = document.createElement("canvas");
    [canvas.width, canvas.height] = [400, 200];
    const drawing = canvas.getContext("2d")!;
    for (let x = 0; x < 400; x += 4) {
      drawing.fillStyle = x % 8 ? "#000" : "#fff";
      drawing.fillRect(x, 0, 4, 200);
    }
    return canvas.toDataURL("image/png").split(",")[1];
  });
  return { name: "passport.png", mimeType: "image/png", buffer: Buffer.from(text, "base64") };
}

/** Its size, and how much one pixel differs from the next within a part of it, in thousandths of its sides. */
const contrast = (page: Page, address: string, [left, top, right, bottom]: number[]) =>
  page.evaluate(
    async ([address, left, top, right, bottom]) => {
      const bitmap = await createImageBitmap(await (await fetch(address as string)).blob());
      const drawing = new OffscreenCanvas(bitmap.width, bitmap.height).getContext("2d")!;
      drawing.drawImage(bitmap, 0, 0);
      const [x, y] = [(bitmap.width * (left as number)) / 1e3, (bitmap.height * (top as number)) / 1e3];
      const [w, h] = [(bitmap.width * (right as number)) / 1e3 - x, (bitmap.height * (bottom as number)) / 1e3 - y];
      const { data, width, height } = drawing.getImageData(x, y, w, h);
      let most = 0;
      for (let at = 0; at < data.length; at += 4) {
        if ((at / 4 + 1) % width) most = Math.max(most, Math.abs(data[at] - data[at + 4]));
        if (at / 4 < width * (height - 1)) most = Math.max(most, Math.abs(data[at] - data[at + 4 * width]));
      }
      return { size: [bitmap.width, bitmap.height], most };
    },
    [address, left, top, right, bottom] as const,
  );

test("an agent blurs and rotates a guest's photo before passing it on, and the first stays", async ({ house, newPage }) => {
  const phone = await guest(house, await newPage());
  const desk = await agent(house, await newPage(), "maria");
  await field(phone).setInputFiles(await stripes(phone));
  await write(phone, "My passport");
  await pick(desk, "Photo · My passport");
  await isThere(desk);
  // Whoever may not answer passes nothing on.
  await desk.locator(".timeline a.picture").click();
  const closer = desk.getByRole("dialog", { name: "Photos" });
  expect(await closer.boundingBox()).toEqual({ x: 0, y: 0, ...desk.viewportSize()! });
  await desk.screenshot({ path: "shots/look-desk.png" });
  await expect(desk.getByRole("button", { name: "Edit", exact: true })).toHaveCount(0);
  await desk.keyboard.press("Escape");
  await desk.keyboard.press("c");
  await expect(answer(desk)).toBeEditable();

  await desk.locator(".timeline a.picture").click();
  await desk.getByRole("button", { name: "Edit", exact: true }).click();
  const editor = desk.getByRole("dialog", { name: "Edit photo" });
  const sheet = editor.getByRole("application");
  await expect(sheet.locator("canvas")).toBeVisible();
  for (const name of ["Blur", "Crop", "Undo", "Attach"]) await expect(editor.getByRole("button", { name })).toBeDisabled();
  const box = (await sheet.boundingBox())!;
  const at = (x: number, y: number) => [box.x + (box.width * x) / 1e3, box.y + (box.height * y) / 1e3] as const;
  await desk.mouse.move(...at(500, 100));
  await desk.mouse.down();
  await desk.mouse.move(...at(950, 900), { steps: 3 });
  await desk.mouse.up();
  await expect(sheet.locator(".area")).toBeVisible();
  await desk.screenshot({ path: "shots/edit.png" });
  expect((await new AxeBuilder({ page: desk }).include(".editing").analyze()).violations).toEqual([]);
  await editor.getByRole("button", { name: "Blur" }).click();
  await expect(sheet.locator(".area")).toBeHidden();
  await editor.getByRole("button", { name: "Rotate" }).click();
  await editor.getByRole("button", { name: "Rotate" }).click();
  await editor.getByRole("button", { name: "Undo" }).click();
  await editor.getByRole("button", { name: "Attach" }).click();
  await expect(editor).toHaveCount(0);
  await expect(desk.locator(".chip-file img")).toBeVisible();
  await desk.getByRole("button", { name: "Send", exact: true }).click();
  await expect(desk.locator(".timeline a.picture")).toHaveCount(2);
  await expect(phone.locator(".timeline a.picture")).toHaveCount(2);

  const [first, second] = await phone.locator(".timeline a.picture").evaluateAll((all) => all.map((a) => a.getAttribute("href")!));
  const old = await contrast(phone, first, [550, 150, 900, 850]);
  expect([old.size, old.most > 200]).toEqual([[400, 200], true]);
  // A quarter turn to the right: what was on the right lies below.
  const passed = await contrast(phone, second, [150, 550, 850, 900]);
  expect(passed.size).toEqual([200, 400]);
  expect(passed.most).toBeLessThan(60);
  expect((await contrast(phone, second, [100, 0, 900, 450])).most).toBeGreaterThan(200);
});

test("a photo that cannot be loaded to be edited is told in words, and the draft stays", async ({ house, newPage }) => {
  const phone = await guest(house, await newPage());
  const desk = await agent(house, await newPage(), "maria");
  await field(phone).setInputFiles(await stripes(phone));
  await write(phone, "My passport");
  await pick(desk, "Photo · My passport");
  await isThere(desk);
  await desk.keyboard.press("c");
  await answer(desk).fill("Thank you, we have");
  await desk.locator(".timeline a.picture").click();
  const edit = desk.getByRole("button", { name: "Edit", exact: true });
  // What edits has come by then.
  await expect(edit).toBeVisible();
  await house.kill();
  await edit.click();
  await expect(desk.getByText("The photo could not be loaded. Check the connection.")).toBeVisible();
  await desk.screenshot({ path: "shots/edit-lost.png" });
  await expect(answer(desk)).toHaveValue("Thank you, we have");
  await expect(desk.locator(".chip-file")).toHaveCount(0);
  await house.start();
});

test("an agent crops a photo of their own by keyboard before it is sent", async ({ house, newPage }) => {
  const phone = await guest(house, await newPage());
  await write(phone, "Where is the spa?");
  const desk = await agent(house, await newPage({ viewport: { width: 390, height: 844 } }), "maria");
  await pick(desk, "Where is the spa?");
  await desk.getByRole("button", { name: "Claim" }).first().click();
  await expect(answer(desk)).toBeEditable();
  await field(desk).setInputFiles(await stripes(desk));
  await desk.getByLabel("What the photo shows").fill("The way to the spa");
  await desk.getByRole("button", { name: "Edit", exact: true }).click();
  const editor = desk.getByRole("dialog", { name: "Edit photo" });
  await editor.getByRole("application").focus();
  await desk.keyboard.press("ArrowRight");
  await desk.screenshot({ path: "shots/edit-390.png" });
  await editor.getByRole("button", { name: "Crop" }).click();
  await editor.getByRole("button", { name: "Done" }).click();
  await expect(editor).toHaveCount(0);
  await expect(desk.locator(".chip-file")).toHaveCount(1);
  await expect(desk.getByLabel("What the photo shows")).toHaveValue("The way to the spa");
  // Changed and then left as it was.
  await desk.getByRole("button", { name: "Edit", exact: true }).click();
  await editor.getByRole("button", { name: "Rotate" }).click();
  await desk.keyboard.press("Escape");
  await desk.getByRole("button", { name: "Send", exact: true }).click();
  await isThere(phone, "The way to the spa");
  const address = await phone.locator(".timeline a.picture").getAttribute("href");
  expect((await contrast(phone, address!, [0, 0, 1_000, 1_000])).size).toEqual([160, 80]);
});

test("a video is played where it stands", async ({ house, newPage }) => {
  const phone = await guest(house, await newPage({ viewport: { width: 390, height: 844 } }));
  const clip = await phone.evaluate(async () => {
    const canvas = document.createElement("canvas");
    [canvas.width, canvas.height] = [160, 120];
    const drawing = canvas.getContext("2d")!;
    const recorder = new MediaRecorder(canvas.captureStream(25), { mimeType: "video/webm;codecs=vp8" });
    const parts: Blob[] = [];
    recorder.ondataavailable = (event) => parts.push(event.data);
    const ended = new Promise((end) => (recorder.onstop = end));
    recorder.start();
    for (let n = 0; n < 30; n++) {
      drawing.fillStyle = `hsl(${n * 12} 80% 50%)`;
      drawing.fillRect(0, 0, 160, 120);
      await new Promise(requestAnimationFrame);
    }
    recorder.stop();
    await ended;
    const bytes = new Uint8Array(await new Blob(parts).arrayBuffer());
    return btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(""));
  });
  await field(phone).setInputFiles({ name: "clip.webm", mimeType: "video/webm", buffer: Buffer.from(clip, "base64") });
  await expect(phone.locator(".chip-file")).toContainText("clip.webm");
  await phone.getByRole("button", { name: "Send", exact: true }).click();
  const desk = await agent(house, await newPage(), "maria");
  await pick(desk, "Video");
  for (const page of [phone, desk]) {
    const video = page.locator(".timeline video");
    await expect(video).toBeVisible();
    expect(
      await video.evaluate(async (video: HTMLVideoElement) => {
        video.muted = true;
        await video.play();
        return [video.error, video.videoWidth, video.videoHeight];
      }),
    ).toEqual([null, 160, 120]);
  }
});

test("a hotel takes as many files as its manager says, or words only", async ({ house, newPage }) => {
  const admin = await agent(house, await newPage(), "admin");
  const limit = async (count: string) => {
    await admin.goto(`${house.url}/admin/hotels/seehof`);
    await admin.getByLabel("Files per message").fill(count);
    await admin.getByLabel("Maximum file size (MB)").fill("1");
    await admin.locator("form", { has: admin.getByLabel("Files per message") }).getByRole("button", { name: "Save" }).click();
    await expect(admin.getByLabel("Files per message")).toHaveValue(count);
  };
  await limit("1");
  const page = await guest(house, await newPage());
  await field(page).setInputFiles([pdf, { ...pdf, name: "Map.pdf" }]);
  await expect(page.locator(".chip-file")).toHaveCount(1);
  await expect(page.getByRole("alert")).toHaveText("You can send 1 file per message. Send this one first.");
  await write(page, "The menu");
  await expect(page.getByText("Delivered")).toBeVisible();
  await field(page).setInputFiles({ ...pdf, name: "Large.pdf", buffer: Buffer.alloc(1_100_000, "%PDF-1.7 ") });
  await expect(page.getByRole("alert")).toHaveText("Large.pdf is too large. The limit is 1 MB.");

  await limit("0");
  await page.reload();
  await alive(page);
  await expect(page.getByLabel("Your message")).toBeVisible();
  await expect(field(page)).toHaveCount(0);
  await expect(page.getByRole("button", { name: "Record a voice message" })).toHaveCount(0);
  // A paste is not passed over without a word.
  await page.getByLabel("Your message").evaluate((field) => {
    const pasted = new DataTransfer();
    pasted.items.add(new File(["%PDF-1.7"], "Menu.pdf", { type: "application/pdf" }));
    field.dispatchEvent(new ClipboardEvent("paste", { clipboardData: pasted, bubbles: true, cancelable: true }));
  });
  await expect(page.getByRole("alert")).toHaveText("This hotel doesn’t accept files.");
  const desk = await agent(house, await newPage(), "maria");
  await pick(desk, "The menu");
  await desk.keyboard.press("c");
  await expect(answer(desk)).toBeEditable();
  await expect(field(desk)).toBeHidden();
  await expect(desk.getByRole("button", { name: "Voice" })).toBeHidden();
});
