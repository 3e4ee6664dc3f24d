// Whispers: words that fade, between browsers.

import AxeBuilder from "@axe-core/playwright";
import type { Page, WebSocketRoute } from "@playwright/test";
import { expect, type House, test } from "./house";

/** A picture of one red pixel, and where it was taken. */
const PLACE = "GPS 47.05 N 8.31 E";
const PNG = Buffer.concat([Buffer.from("iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAIAAACQd1PeAAAADElEQVR4nGP4z8AAAAMBAQDJ/pLvAAAAAElFTkSuQmCC", "base64"), Buffer.from(PLACE)]);

/** Opens a new room and returns its link, with its key. */
async function open(house: House, page: Page): Promise<string> {
  await page.goto(`${house.url}/whisper`);
  await inside(page);
  await expect(page).toHaveURL(/\/whisper\/[0-9a-z]{26}#[\w-]{43}$/);
  return page.url();
}

async function join(page: Page, link: string): Promise<void> {
  await page.goto(link);
  await inside(page);
}

async function inside(page: Page): Promise<void> {
  await expect(page.locator("[data-stage=in]")).toBeVisible();
  // Everybody there has been met.
  await expect(field(page)).toBeEnabled();
}

const field = (page: Page) => page.locator(".field textarea");
const own = (page: Page) => page.locator(".lane.own .words");
/** What stands of a participant's words on somebody's page. */
const lane = (page: Page, name: string) => page.getByRole("region", { name, exact: true }).locator(".words");

const type = (page: Page, text: string) => field(page).pressSequentially(text);

/** Opens or closes the room's menu. */
const menu = (page: Page) => page.locator("summary", { hasText: "Room" }).click();

/** Words stay long enough for what a test looks at. */
async function stay(moderator: Page, seconds: number): Promise<void> {
  await menu(moderator);
  await moderator.locator("#fade").fill(String(seconds));
  await expect(moderator.getByText(`Words fade after ${seconds} seconds`)).toBeVisible();
  await menu(moderator);
}

test.describe.configure({ mode: "parallel" });

test("a room by redirect; each letter is seen before any Enter, and fades everywhere", async ({ house, newPage }) => {
  const [anna, ben, cleo] = [await newPage(), await newPage(), await newPage()];
  const link = await open(house, anna);
  await join(ben, link);
  await join(cleo, link);
  await expect(anna.locator(".count")).toHaveText("3 people here");
  await stay(anna, 30);
  await type(anna, "Door cod");
  for (const page of [ben, cleo]) await expect(lane(page, "Guest 1")).toHaveText("Door cod");
  await type(anna, "e 4711");
  for (const page of [ben, cleo]) await expect(lane(page, "Guest 1")).toHaveText("Door code 4711");
  await expect(own(anna)).toHaveText("Door code 4711");
  // A screen reader is told whole words, and whose they are.
  await expect(ben.getByRole("log")).toContainText("Guest 1: Door");
  await type(ben, "thanks");
  for (const page of [anna, cleo]) await expect(lane(page, "Guest 2")).toHaveText("thanks");
  // From here on words stay as long as they do at first.
  await stay(anna, 8);
  await type(anna, " gate 9");
  for (const page of [anna, ben, cleo]) {
    await expect(page.locator("body")).not.toContainText("thanks", { timeout: 60_000 });
    await expect(page.locator("body")).not.toContainText("gate", { timeout: 60_000 });
    expect(await page.evaluate(() => document.body.innerHTML)).not.toContain("Door");
  }
});

test("whoever comes late or comes back sees nothing from before", async ({ house, newPage }) => {
  const [anna, ben, late] = [await newPage(), await newPage(), await newPage()];
  const link = await open(house, anna);
  await stay(anna, 30);
  await join(ben, link);
  await type(anna, "before ");
  await expect(lane(ben, "Guest 1")).toHaveText("before ");
  await join(late, link);
  await type(anna, "after");
  await expect(lane(late, "Guest 1")).toHaveText("after");
  await ben.reload();
  await inside(ben);
  await type(anna, " again");
  await expect(lane(ben, "Guest 1")).toHaveText(" again");
});

test("nothing typed is taken back or changed", async ({ house, newPage }) => {
  const [anna, ben] = [await newPage(), await newPage()];
  await join(ben, await open(house, anna));
  await stay(anna, 30);
  await type(anna, "yes");
  await expect(lane(ben, "Guest 1")).toHaveText("yes");
  const still = async (by: string) => {
    // What comes next comes after whatever that would have done.
    await type(anna, ".");
    so += ".";
    await expect(lane(ben, "Guest 1"), by).toHaveText(so);
    await expect(own(anna), by).toHaveText(so);
  };
  let so = "yes";
  for (const key of ["Backspace", "Delete", "Control+Backspace", "Control+z", "Control+y", "Control+Shift+z"]) {
    await anna.keyboard.press(key);
    await still(key);
  }
  await anna.keyboard.press("Control+a");
  await anna.keyboard.press("Control+x");
  await still("cut");
  await anna.keyboard.press("Control+a");
  await type(anna, "no");
  so += "no";
  await still("typing over a selection");
  // Autocorrect, spelling and dictation replace what stands there; and a text dragged in.
  for (const inputType of ["insertReplacementText", "insertFromDrop", "deleteByDrag", "deleteWordBackward", "insertTranspose"]) {
    await field(anna).evaluate((field, inputType) => {
      const event = new InputEvent("beforeinput", { inputType, data: "never", bubbles: true, cancelable: true });
      if (field.dispatchEvent(event)) throw new Error(`${inputType} was let through`);
    }, inputType);
    await still(inputType);
  }
  await anna.locator(".whisper").evaluate((room) => {
    const dataTransfer = new DataTransfer();
    dataTransfer.setData("text/plain", "never");
    if (room.dispatchEvent(new DragEvent("drop", { dataTransfer, bubbles: true, cancelable: true }))) throw new Error("dropped");
  });
  await still("drop");
  // Pasting is typing.
  await anna.context().grantPermissions(["clipboard-read", "clipboard-write"]);
  await anna.evaluate(() => navigator.clipboard.writeText(" pasted"));
  await field(anna).focus();
  await anna.keyboard.press("Control+v");
  so += " pasted";
  await still("paste");
  await anna.keyboard.press("Enter");
  await type(anna, "next line");
  await expect(lane(ben, "Guest 1")).toHaveText(`${so}\nnext line`, { useInnerText: true });
});

test("compositions: an alphabet goes out as it grows, candidates when chosen", async ({ house, newPage }) => {
  const [anna, ben] = [await newPage(), await newPage()];
  await join(ben, await open(house, anna));
  await stay(anna, 30);
  const keyboard = await anna.context().newCDPSession(anna);
  const compose = (text: string) => keyboard.send("Input.imeSetComposition", { text, selectionStart: text.length, selectionEnd: text.length });
  const commit = (text: string) => keyboard.send("Input.insertText", { text });
  await field(anna).focus();
  await compose("te");
  await expect(lane(ben, "Guest 1")).toHaveText("te");
  await compose("teh");
  await expect(lane(ben, "Guest 1")).toHaveText("teh");
  // Corrected by the keyboard: neither screen changes.
  await commit("the");
  await commit(" ");
  await compose("ca");
  await compose("cat");
  await commit("cat");
  await expect(lane(ben, "Guest 1")).toHaveText("teh cat");
  await expect(own(anna)).toHaveText("teh cat");
  await commit(" ");
  for (const text of ["か", "かん", "かんじ"]) await compose(text);
  // Their writer sees what is being chosen; nobody else does.
  await expect(field(anna)).toHaveValue("かんじ");
  await expect(field(anna)).toHaveClass(/held/);
  await commit("漢字");
  await expect(lane(ben, "Guest 1")).toHaveText("teh cat 漢字");
  await expect(field(anna)).toHaveValue("");
  await compose("ㅎ");
  await compose("한");
  await commit("한");
  await expect(lane(ben, "Guest 1")).toHaveText("teh cat 漢字한");
  // Words without spaces are words all the same: each fades by itself.
  await commit("今日は学生です");
  await expect(ben.locator(".lane .word", { hasText: "学生" })).toHaveText("学生");
});

test("a picture is seen by all, without what the file said, and goes", async ({ house, newPage }) => {
  // So that the test may look into the picture.
  const [anna, ben] = [await newPage(), await newPage({ bypassCSP: true })];
  await join(ben, await open(house, anna));
  await stay(anna, 30);
  const file = anna.locator(".field input[type=file]");
  await file.setInputFiles({ name: "menu.pdf", mimeType: "application/pdf", buffer: Buffer.from("%PDF-1.4") });
  await expect(anna.getByText("This is not a picture")).toBeVisible();
  await menu(anna);
  await menu(anna);
  await expect(anna.getByText("This is not a picture")).toBeHidden();
  await file.setInputFiles({ name: "broken.png", mimeType: "image/png", buffer: Buffer.from("no") });
  await expect(anna.getByText("This is not a picture")).toBeVisible();
  await file.setInputFiles({ name: "passport.png", mimeType: "image/png", buffer: PNG });
  const shown = lane(ben, "Guest 1").getByRole("img", { includeHidden: true });
  await expect(shown).toHaveAttribute("alt", "A picture from Guest 1");
  await expect(lane(anna, "You").locator("img")).toBeAttached();
  const address = (await shown.getAttribute("src"))!;
  const seen = await ben.evaluate(async (address) => {
    const bytes = await (await fetch(address)).arrayBuffer();
    return Array.from(new Uint8Array(bytes), (byte) => String.fromCharCode(byte)).join("");
  }, address);
  expect(seen.slice(0, 3), "drawn anew as a JPEG").toBe("\xff\xd8\xff");
  expect(seen).not.toContain(PLACE);
  for (const page of [anna, ben]) await expect(page.locator("img[src^=blob]")).toHaveCount(0, { timeout: 60_000 });
  expect(await ben.evaluate((address) => new Promise((done) => {
    const image = new Image();
    image.onload = () => done("still there");
    image.onerror = () => done("gone");
    image.src = address;
  }), address)).toBe("gone");
});

test("a lock, a knock, and being sent out", async ({ house, newPage }) => {
  const [anna, ben, cleo] = [await newPage(), await newPage(), await newPage()];
  const link = await open(house, anna);
  await join(ben, link);
  await menu(anna);
  await anna.getByRole("switch", { name: /Lock/ }).click();
  await menu(anna);
  for (const page of [anna, ben]) await expect(page.locator(".locked")).toBeVisible();
  await cleo.goto(link);
  await expect(cleo.getByRole("heading", { name: "You knocked" })).toBeVisible();
  await cleo.getByLabel("Say who you are").fill("Cleo");
  await cleo.getByRole("button", { name: "Tell the moderators" }).click();
  await expect(anna.locator(".knocks")).toContainText("Cleo wants to come in.");
  await expect(ben.locator(".knocks")).toHaveCount(0);
  await anna.getByRole("button", { name: "Let in" }).click();
  await inside(cleo);
  await expect(anna.getByRole("region", { name: "Cleo" })).toBeVisible();
  await type(cleo, "hello");
  for (const page of [anna, ben]) await expect(lane(page, "Cleo")).toHaveText("hello");

  await anna.getByRole("region", { name: "Cleo" }).locator("summary").click();
  await anna.getByRole("button", { name: "Remove, and lock the room" }).click();
  await expect(cleo.getByRole("heading", { name: "You were removed" })).toBeVisible();
  await expect(cleo.locator("body")).not.toContainText("hello");
  await cleo.reload();
  await expect(cleo.getByRole("heading", { name: "You knocked" })).toBeVisible();
  await anna.getByRole("button", { name: "Turn away" }).click();
  await expect(cleo.getByRole("heading", { name: "Not this time" })).toBeVisible();

  // Passing it on, and what moderators say to moderators.
  await anna.getByRole("region", { name: "Guest 2" }).locator("summary").click();
  await anna.getByRole("button", { name: "Make a moderator" }).click();
  await expect(ben.getByText("You are a moderator now.")).toBeVisible();
  await menu(ben);
  await ben.getByRole("button", { name: "End for everybody…" }).click();
  await ben.getByRole("button", { name: "Yes, end it now" }).click();
  for (const page of [anna, ben]) await expect(page.getByRole("heading", { name: "The room is closed" })).toBeVisible();
  await anna.goto(link.replace("#", "?again#"));
  await expect(anna.getByRole("heading", { name: "This room is gone" })).toBeVisible();
});

test("moderators write to moderators", async ({ house, newPage }) => {
  const [anna, ben, cleo] = [await newPage(), await newPage(), await newPage()];
  const link = await open(house, anna);
  await stay(anna, 30);
  await join(ben, link);
  await join(cleo, link);
  await anna.getByRole("region", { name: "Guest 2" }).locator("summary").click();
  await anna.getByRole("button", { name: "Make a moderator" }).click();
  await menu(anna);
  await anna.getByRole("switch", { name: "Write to moderators only" }).click();
  await menu(anna);
  await expect(field(anna)).toHaveAttribute("placeholder", "Only moderators see this");
  await type(anna, "between us ");
  await expect(lane(ben, "Guest 1")).toHaveText("between us ");
  await menu(anna);
  await anna.getByRole("switch", { name: "Write to moderators only" }).click();
  await menu(anna);
  await type(anna, "for all");
  await expect(lane(cleo, "Guest 1")).toHaveText("for all");
  await expect(lane(ben, "Guest 1")).toHaveText("between us for all");
});

test("a link without its key says so; made-up and ended rooms look the same", async ({ house, newPage }) => {
  const [anna, ben] = [await newPage(), await newPage()];
  const link = await open(house, anna);
  for (const cut of [link.split("#")[0], link.slice(0, -3)]) {
    await ben.goto("about:blank");
    await ben.goto(cut);
    await expect(ben.getByRole("heading", { name: "This link is incomplete" })).toBeVisible();
  }
  await expect(anna.locator(".count")).toHaveText("You’re the only one here");
  const code = new URL(link).pathname.split("/")[2];
  for (const made of [code.replace(/.$/, code.endsWith("0") ? "1" : "0"), "nonsense"]) {
    expect((await ben.goto(`${house.url}/whisper/${made}#${link.split("#")[1]}`))!.status()).toBe(404);
    await expect(ben.getByRole("heading", { name: "This room is gone" })).toBeVisible();
  }
  // Another key opens nothing, and both sides are told.
  await join(ben, `${link.slice(0, -2)}${link.endsWith("AA") ? "BA" : "AA"}`);
  for (const [page, other] of [[anna, "Guest 2"], [ben, "Guest 1"]] as const) {
    await expect(page.getByRole("region", { name: other })).toContainText("has a different key");
  }
  const cleo = await newPage();
  await join(cleo, link);
  await type(anna, "secret ");
  await expect(lane(cleo, "Guest 1")).toHaveText("secret ");
  expect(await ben.content()).not.toContain("secret");
});

test("a connection that was lost finds its seat again, and nothing can be typed meanwhile", async ({ house, newPage }) => {
  const [anna, ben] = [await newPage(), await newPage()];
  // A line the test can cut, and hold cut.
  let cut = false;
  const lines: WebSocketRoute[] = [];
  await ben.routeWebSocket(/socket$/, (line) => {
    if (cut) return line.close();
    line.connectToServer();
    lines.push(line);
  });
  const link = await open(house, anna);
  await join(ben, link);
  await stay(anna, 30);
  await type(ben, "one ");
  await expect(lane(anna, "Guest 2")).toHaveText("one ");
  cut = true;
  await lines.at(-1)!.close();
  await expect(ben.locator("[data-stage=lost]")).toBeVisible();
  await expect(field(ben)).toBeDisabled();
  cut = false;
  await inside(ben);
  await type(ben, "two");
  await expect(lane(anna, "Guest 2")).toHaveText(/two$/);
  await expect(anna.getByRole("region", { name: /^Guest/ })).toHaveCount(1);
});

for (const colorScheme of ["light", "dark"] as const) {
  test(`a room is usable by everybody, 390 px, ${colorScheme}`, async ({ house, newPage }) => {
    const look = { colorScheme, viewport: { width: 390, height: 844 }, reducedMotion: "reduce" as const };
    const [anna, ben] = [await newPage(look), await newPage(look)];
    const link = await open(house, anna);
    const accessible = async (page: Page, name: string) => {
      await page.screenshot({ path: `shots/whisper-${name}-390-${colorScheme}.png` });
      const { violations } = await new AxeBuilder({ page }).analyze();
      expect(violations.map((v) => `${name}: ${v.id}: ${v.nodes.map((n) => n.target.join(" ")).join(", ")}`)).toEqual([]);
    };
    await accessible(anna, "alone");
    await join(ben, link);
    await ben.getByRole("button", { name: "Name and colour" }).click();
    await accessible(ben, "naming");
    await ben.getByLabel("Your name in this room").fill("Ben");
    await ben.keyboard.press("Enter");
    await stay(anna, 30);
    await type(anna, "My passport is L898902C and expires in August 2031. ");
    await type(ben, "Thank you!");
    await expect(lane(anna, "Ben")).toHaveText("Thank you!");
    await accessible(anna, "talk");
    await menu(anna);
    await accessible(anna, "menu");
    expect(await anna.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(390);
  });
}
