// The desk: keys, hand-overs, notes, refusals, a lost connection.

import type { Page } from "@playwright/test";
import { agent, alive, answer, expect, guest, type House, PASSWORD, pick, resolve, row, section, test, write } from "./house";

test("the whole day by keyboard", async ({ house, newPage }) => {
  const maria = await agent(house, await newPage(), "maria");
  await maria.keyboard.press("?");
  await expect(maria.getByRole("dialog")).toContainText("Next, previous conversation");
  await maria.keyboard.press("Escape");
  await expect(maria.getByRole("dialog")).toBeHidden();
  await maria.keyboard.press("2");
  await expect(maria.getByRole("tab", { name: /^Waiting/ })).toHaveAttribute("aria-selected", "true");
  await maria.keyboard.press("j");
  const first = await maria.locator(".conversation h1").innerText();
  await maria.keyboard.press("j");
  await expect(maria.locator(".conversation h1")).not.toHaveText(first);
  await maria.keyboard.press("k");
  await expect(maria.locator(".conversation h1")).toHaveText(first);
  await maria.keyboard.press("c");
  await expect(answer(maria)).toBeFocused();
  // The tab goes along with the guest.
  await expect(maria.locator(".section.mine")).toContainText(first);
  // Letters are letters while writing.
  await maria.keyboard.type("ceejkt?");
  await expect(answer(maria)).toHaveValue("ceejkt?");
  await maria.keyboard.press("Enter");
  await expect(maria.locator(".conversation .said.staff").last()).toContainText("ceejkt?");
  await maria.keyboard.press("Escape");
  await maria.keyboard.press("e");
  await expect(maria.locator(".notice")).toContainText(`Resolved: ${first}.`);
  await expect(await section(maria, "resolved")).toContainText(first);
});

test("release, transfer, reopen and notes", async ({ house, newPage }) => {
  const maria = await agent(house, await newPage(), "maria");
  const jonas = await agent(house, await newPage(), "jonas");
  const page = await guest(house, await newPage());
  await write(page, "Room 12 has no towels");
  await pick(maria, "Room 12 has no towels");
  await maria.keyboard.press("c");
  await expect(answer(maria)).toBeFocused();

  await maria.getByRole("button", { name: "Note", exact: true }).click();
  await maria.getByRole("textbox", { name: "Note" }).fill("Housekeeping told at once");
  await maria.keyboard.press("Enter");
  await expect(maria.locator(".said.note")).toContainText("Housekeeping told at once");
  await expect(page.locator(".timeline")).not.toContainText("Housekeeping");

  await maria.getByRole("button", { name: "Transfer" }).click();
  const people = maria.getByRole("dialog");
  await expect(people.getByRole("button", { name: /Beat Imhof/ })).toBeDisabled();
  await people.getByRole("button", { name: /Jonas Brunner/ }).click();
  await expect(jonas.getByText(/^Maria Keller transferred .* to you\.$/)).toBeVisible();
  await expect(maria.getByText(/^You transferred .* to Jonas Brunner\.$/)).toBeVisible();
  await expect(maria.getByText("took over")).toHaveCount(0);
  await expect(await section(jonas, "mine")).toContainText("Room 12 has no towels");
  await expect(page.locator(".standing")).toHaveText("Jonas Brunner is helping you");

  await pick(jonas, "Room 12 has no towels");
  await jonas.getByRole("button", { name: "Release" }).click();
  await expect(await section(maria, "waiting")).toContainText("Room 12 has no towels");
  // At night the desk is closed.
  await expect(page.locator(".standing")).toHaveText(/^(We’ll be with you shortly|We’re closed right now)$/);
  await jonas.getByRole("button", { name: "Claim" }).click();
  await resolve(jonas);
  await (await section(jonas, "resolved")).getByText("Room 12 has no towels").click();
  await expect(jonas.getByText("This conversation is resolved.")).toBeVisible();
  await jonas.getByRole("button", { name: "Reopen" }).click();
  await expect(answer(jonas)).toBeVisible();
});

test("nobody who is not available is given a conversation", async ({ house, newPage }) => {
  const maria = await agent(house, await newPage(), "maria");
  const jonas = await agent(house, await newPage(), "jonas");
  await jonas.getByRole("switch").click();
  await expect(jonas.getByRole("switch")).toHaveAttribute("aria-checked", "false");
  await (await section(maria, "mine")).locator(".row").first().click();
  await maria.getByRole("button", { name: "Transfer" }).click();
  await expect(maria.getByRole("button", { name: /Jonas Brunner.*not available/ })).toBeDisabled();
});

test("a wrong password says so and keeps the address", async ({ house, newPage }) => {
  const page = await newPage();
  await page.goto(`${house.url}/login`);
  await page.getByLabel("E-mail").fill("maria@bellhop.example");
  await page.getByLabel("Password").fill("not it at all");
  await page.keyboard.press("Enter");
  await expect(page.getByRole("alert")).toHaveText("Wrong e-mail or password.");
  await expect(page.getByLabel("E-mail")).toHaveValue("maria@bellhop.example");
});

test("an admin reads back everything, a signed-out desk says so", async ({ house, newPage }) => {
  const helena = await agent(house, await newPage(), "admin");
  await helena.getByRole("link", { name: "Logs" }).click();
  await expect(helena.locator(".log-list li").first()).toBeVisible();
  await helena.getByLabel("Hotel").selectOption("Casa do Mar");
  await helena.getByText("Filters").click();
  await helena.getByLabel("Status").selectOption("Resolved");
  await helena.getByRole("button", { name: "Search" }).click();
  await expect(helena.locator(".log-list .hotel").first()).toHaveText("Casa do Mar");
  await expect(helena.locator(".log-list .hotel").filter({ hasText: "Seehof" })).toHaveCount(0);
  await helena.locator(".log-list a").first().click();
  await expect(helena.locator(".timeline .event", { hasText: "resolved the conversation" })).not.toHaveCount(0);

  const desk = await helena.context().newPage();
  await desk.goto(`${house.url}/desk`);
  await helena.getByRole("button", { name: "Sign out" }).click();
  await expect(desk.getByText("You’ve been signed out.")).toBeVisible();
});

test("a note that is being written is never sent to the guest", async ({ house, newPage }) => {
  const maria = await agent(house, await newPage(), "maria");
  const mine = (await section(maria, "mine")).locator(".row");
  const name = await mine.first().locator(".name").innerText();
  await mine.first().click();
  await maria.keyboard.press("n");
  await maria.getByRole("textbox", { name: "Note" }).fill("Difficult guest, be careful");
  await maria.keyboard.press("Escape");
  await (await section(maria, "waiting")).locator(".row").first().click();
  await expect(await row(maria, name)).toContainText("Draft");
  await pick(maria, name);
  // What comes back is a note, and the answer beside it is empty.
  await expect(maria.getByRole("textbox", { name: "Note" })).toHaveValue("Difficult guest, be careful");
  await maria.getByRole("button", { name: "Note", exact: true }).click();
  await expect(answer(maria)).toHaveValue("");
  await maria.reload();
  await alive(maria);
  await pick(maria, name);
  await expect(maria.getByRole("textbox", { name: "Note" })).toHaveValue("Difficult guest, be careful");
  // The next person at this computer does not find it.
  await maria.getByRole("button", { name: "Sign out" }).click();
  await agent(house, maria, "jonas");
  await pick(maria, name);
  await expect(maria.locator(".conversation h1")).toHaveText(name);
  await expect(maria.locator("#answer")).toHaveValue("");
});

test("room and stay stand beside the thread", async ({ house, newPage }) => {
  const beat = await agent(house, await newPage(), "beat");
  let rooms = 0;
  for (const tab of ["waiting", "colleagues"]) {
    const rows = (await section(beat, tab)).locator(".row");
    for (let at = 0; at < Math.min(6, await rows.count()); at++) {
      await rows.nth(at).click();
      await expect(beat.locator(".conversation .said").first()).toBeVisible();
      if (await beat.locator("aside.guest dt", { hasText: /^Room$/ }).isVisible()) rooms++;
    }
  }
  expect(rooms).toBeGreaterThan(3);
});

test("answers on their way survive a reload and keep their order", async ({ house, newPage }) => {
  const maria = await agent(house, await newPage(), "maria");
  await (await section(maria, "mine")).locator(".row").first().click();
  await expect(maria.locator(".conversation .said").first()).toBeVisible();
  const before = await maria.locator(".conversation .said.staff").count();
  const name = await maria.locator(".conversation h1").innerText();
  await answer(maria).fill("first");
  await house.kill();
  await maria.locator(".conversation form").evaluate((form: HTMLFormElement) => form.requestSubmit());
  await answer(maria).fill("second");
  await maria.locator(".conversation form").evaluate((form: HTMLFormElement) => form.requestSubmit());
  await expect(maria.locator(".conversation .pending")).toHaveCount(2);
  await house.start();
  await maria.reload();
  await alive(maria);
  await pick(maria, name);
  await expect(maria.locator(".conversation .pending")).toHaveCount(0);
  await expect(maria.locator(".conversation .said.staff")).toHaveCount(before + 2);
  await expect(maria.locator(".conversation .said.staff .body").nth(-2)).toHaveText("first");
  await expect(maria.locator(".conversation .said.staff .body").last()).toHaveText("second");
});

test("code that did not come is asked for again, and the page lives on", async ({ house, newPage }) => {
  const page = await newPage();
  const gone = (what: string) => `**/pkg/split_${what}*`;
  await page.route(gone("desk"), (route) => route.abort());
  await page.route(gone("dialogs"), (route) => route.abort());
  const refused = (what: string) => page.waitForEvent("requestfailed", (request) => request.url().includes(`split_${what}`));
  const first = refused("desk");
  await page.goto(`${house.url}/login`);
  await page.getByLabel("E-mail").fill("maria@bellhop.example");
  await page.getByLabel("Password").fill(PASSWORD);
  await page.getByRole("button", { name: "Sign in" }).click();
  await first;
  await page.unroute(gone("desk"));
  await alive(page);
  // A dialog says what it waits for, can be closed, and is there once its code is.
  await refused("dialogs");
  await page.keyboard.press("?");
  const dialog = page.getByRole("dialog");
  await expect(dialog.getByRole("heading", { name: "Keyboard shortcuts" })).toBeVisible();
  await expect(dialog).toContainText("Loading…");
  await page.keyboard.press("Escape");
  await expect(dialog).toBeHidden();
  await page.keyboard.press("?");
  await page.unroute(gone("dialogs"));
  await expect(dialog.getByText("Find in the queue")).toBeVisible();
  await expect(dialog).not.toContainText("Loading…");
});

/** From the next connection on, the page's sockets lead nowhere; until `mend`. The server is started anew to end the first. */
async function cutOff(house: House, page: Page): Promise<() => Promise<void>> {
  await page.evaluate(() => {
    const real = window.WebSocket;
    Object.assign(window, { real });
    window.WebSocket = new Proxy(real, { construct: (socket, args) => new socket("ws://127.0.0.1:9/", args[1]) });
  });
  await house.kill();
  await house.start();
  return () => page.evaluate(() => void Object.assign(window, { WebSocket: (window as unknown as { real: typeof WebSocket }).real }));
}

test("who wrote while the desk had no connection is heard once it is back", async ({ house, newPage }) => {
  const desk = await agent(house, await newPage(), "maria");
  const page = await guest(house, await newPage());
  const rang = () => desk.evaluate(() => (window as unknown as { rang?: number }).rang ?? 0);
  await desk.evaluate(() => {
    HTMLMediaElement.prototype.play = async () => void Object.assign(window, { rang: ((window as unknown as { rang?: number }).rang ?? 0) + 1 });
  });
  const mend = await cutOff(house, desk);
  await alive(page);
  await write(page, "Is anybody there?");
  await expect(page.getByText("Delivered")).toBeVisible();
  expect(await rang()).toBe(0);
  await mend();
  await expect(await row(desk, "Is anybody there?")).toBeVisible({ timeout: 40_000 });
  await expect.poll(rang).toBe(1);
});

test("an answer by somebody who has not seen a colleague's note comes back, beside the note", async ({ house, newPage }) => {
  const page = await guest(house, await newPage());
  await write(page, "Do I pay for the late checkout?");
  const maria = await agent(house, await newPage(), "maria");
  await pick(maria, "Do I pay");
  await maria.getByRole("button", { name: "Claim" }).click();
  await expect(answer(maria)).toBeFocused();
  const jonas = await agent(house, await newPage(), "jonas");
  await pick(jonas, "Do I pay");
  const mend = await cutOff(house, maria);
  await answer(maria).fill("Please pay at the desk.");
  await answer(maria).press("Enter");
  await expect(maria.locator(".conversation .pending")).toHaveCount(1);
  await jonas.keyboard.press("n");
  await jonas.getByRole("textbox", { name: "Note" }).fill("He has paid already");
  await jonas.keyboard.press("Enter");
  await expect(jonas.locator(".said.note")).toContainText("He has paid already");
  await mend();
  const problem = maria.locator(".conversation").getByRole("alert");
  await expect(problem).toHaveText("A colleague just replied. Check it, then send again.", { timeout: 40_000 });
  await expect(maria.locator(".said.note")).toContainText("He has paid already");
  await expect(answer(maria)).toHaveValue("Please pay at the desk.");
  await expect(page.locator(".said.theirs")).toHaveCount(0);
  // Having read it, one may still say it.
  await answer(maria).fill("It is settled, thank you.");
  await answer(maria).press("Enter");
  await expect(page.locator(".said.theirs")).toHaveText(/It is settled/);
});

test("a desk whose browser was signed in as somebody else sends nothing in their name", async ({ house, newPage }) => {
  const page = await guest(house, await newPage());
  await write(page, "A quiet room, please");
  const desk = await agent(house, await newPage(), "maria");
  await pick(desk, "A quiet room");
  await desk.getByRole("button", { name: "Claim" }).click();
  await expect(answer(desk)).toBeFocused();
  const mend = await cutOff(house, desk);
  await answer(desk).fill("Room 501, at the back.");
  await answer(desk).press("Enter");
  await expect(desk.locator(".conversation .pending")).toHaveCount(1);
  const signIn = (who: string) =>
    desk.context().request.post(`${house.url}/login`, { form: { email: `${who}@bellhop.example`, password: PASSWORD }, headers: { origin: house.url } });
  await signIn("jonas");
  await mend();
  await expect(desk.getByTitle("Your password")).toHaveText("Jonas Brunner", { timeout: 40_000 });
  await alive(desk);
  await expect(page.locator(".said.theirs")).toHaveCount(0);
  // It is hers, and goes out when she is back.
  await signIn("maria");
  await desk.goto(`${house.url}/desk`);
  await alive(desk);
  await expect(page.locator(".said.theirs")).toHaveText([/Room 501/]);
});

test("a guest is told that they were read when they are in view, and new words are marked", async ({ house, newPage }) => {
  const page = await guest(house, await newPage());
  const desk = await agent(house, await newPage(), "maria");
  await write(page, "A long story:\n" + "line\n".repeat(80));
  await pick(desk, "A long story");
  await expect(desk.locator(".conversation .day", { hasText: "New" })).toBeVisible();
  await desk.getByRole("button", { name: "Claim" }).click();
  const mark = page.locator(".mark").last();
  await expect(mark).toHaveText(" · Read");
  const scroll = desk.getByRole("region", { name: "Timeline" });
  await scroll.evaluate((e) => e.scrollTo(0, 0));
  await expect.poll(() => scroll.evaluate((e) => e.scrollTop)).toBe(0);
  await write(page, "And the end of it");
  await expect(desk.getByRole("button", { name: "↓ 1 new message" })).toBeVisible();
  await expect(mark).toHaveText(" · Delivered");
  await desk.screenshot({ path: "shots/desk-below.png" });
  await desk.getByRole("button", { name: "↓ 1 new message" }).click();
  await expect(desk.getByText("And the end of it").last()).toBeInViewport();
  await expect(mark).toHaveText(" · Read");
  await expect(desk.getByRole("button", { name: "new message" })).toBeHidden();
});

test("whoever is given a conversation that is open on their desk is told", async ({ house, newPage }) => {
  const page = await guest(house, await newPage());
  await write(page, "Two towels, please");
  const [maria, jonas] = [await agent(house, await newPage(), "maria"), await agent(house, await newPage(), "jonas")];
  for (const desk of [maria, jonas]) await pick(desk, "Two towels");
  await maria.getByRole("button", { name: "Claim" }).click();
  await answer(maria).fill("Half an answer");
  await expect(jonas.locator(".timeline .typing")).toHaveText("Maria Keller is typing…");
  await maria.getByRole("button", { name: "Transfer" }).click();
  await maria.getByRole("dialog").getByRole("button", { name: /Jonas Brunner/ }).click();
  await expect(jonas.locator(".notice")).toHaveText(/^Maria Keller transferred .* to you\.$/);
  await expect(maria.locator(".notice")).toHaveText(/^You transferred .* to Jonas Brunner\.$/);
  // Taken over is something else, and says why.
  await maria.getByRole("button", { name: "Take over" }).click();
  await maria.getByRole("dialog").getByLabel("Reason").fill("Jonas is at lunch");
  await maria.getByRole("dialog").getByRole("button", { name: "Take over" }).click();
  await expect(jonas.locator(".notice")).toHaveText(/^Maria Keller took over .*\. “Jonas is at lunch”$/);
  await expect(answer(maria)).toHaveValue("Half an answer");
});

test("an answer that is too long says how much before it is refused, and the reason can be read", async ({ house, newPage }) => {
  const desk = await agent(house, await newPage(), "maria");
  await (await section(desk, "mine")).locator(".row").first().click();
  await answer(desk).fill("x".repeat(3_850));
  await expect(desk.getByText("150 characters left")).toBeVisible();
  await answer(desk).fill("x".repeat(4_100));
  await answer(desk).press("Enter");
  const reason = desk.getByRole("alert").filter({ hasText: "100 characters too long" });
  await expect(reason).toBeVisible();
  await expect(answer(desk)).toHaveValue("x".repeat(4_100));
  // Nothing lies over it.
  const box = (await reason.boundingBox())!;
  for (const y of [box.y + 2, box.y + box.height - 2]) {
    expect(await desk.evaluate(([x, y]) => document.elementFromPoint(x, y)?.className, [box.x + 20, y])).toBe("problem");
  }
  await desk.screenshot({ path: "shots/desk-too-long.png" });
});

test("no key means anything at the desk while a word is being composed", async ({ house, newPage }) => {
  const desk = await agent(house, await newPage(), "maria");
  await (await section(desk, "waiting")).locator(".row").first().click();
  const press = (key: string, init: object) => desk.evaluate(([key, init]) => document.body.dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true, cancelable: true, ...(init as object) })), [key, init] as const);
  const waiting = await (await section(desk, "waiting")).locator(".row").count();
  for (const init of [{ keyCode: 229 }, { isComposing: true }]) for (const key of ["c", "e", "t", "?", "j"]) await press(key, init);
  await expect(desk.getByRole("dialog")).toBeHidden();
  await expect((await section(desk, "waiting")).locator(".row")).toHaveCount(waiting);
  await desk.keyboard.press("c");
  await expect(answer(desk)).toBeFocused();
  await answer(desk).fill("日本");
  await answer(desk).evaluate((e) => e.dispatchEvent(new KeyboardEvent("keydown", { key: "Enter", keyCode: 229, bubbles: true, cancelable: true })));
  await expect(answer(desk)).toHaveValue("日本");
});
