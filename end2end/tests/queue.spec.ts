// The queue: its tabs, whom it names and finds, how long they wait, and where it leads next.

import type { Page } from "@playwright/test";
import { agent, alive, answer, expect, guest, type House, pick, resolve, row, section, test, write } from "./house";

/** Strangers who write to the Seehof, each once. */
async function flood(house: House, page: Page, guests: number): Promise<void> {
  for (let n = 0; n < guests; n++) {
    const shown = await page.request.get(`${house.url}/chat/seehof`, { headers: { cookie: "" } });
    const cookie = shown.headers()["set-cookie"]?.split(";")[0] ?? "";
    await page.context().clearCookies();
    const id = `01a00000-0000-7000-8000-${String(n).padStart(12, "0")}`;
    await page.request.post(`${house.url}/chat/seehof`, { headers: { cookie }, form: { client_id: id, body: `Flood ${n}` }, maxRedirects: 0 });
    await page.context().clearCookies();
  }
}

test("after a resolution the desk leads to the next guest and claims nobody, and a slip is undone unseen", async ({ house, newPage }) => {
  const maria = await agent(house, await newPage(), "maria");
  const page = await guest(house, await newPage());
  await write(page, "Where is the ironing board?");
  await pick(maria, "Where is the ironing board?");
  const title = maria.locator(".conversation h1");
  const name = await title.innerText();
  await maria.keyboard.press("c");
  await expect(answer(maria)).toBeFocused();
  await maria.keyboard.press("Escape");
  // Her own guest with unread words comes first.
  const next = await (await section(maria, "mine")).locator(".row", { has: maria.locator(".unread:visible") }).first().locator(".name").innerText();
  expect(next).not.toBe(name);
  // Whatever the guest's page says from now on of who answers and how it stands.
  await page.evaluate(() => {
    const said: string[] = [];
    Object.assign(window, { said });
    const note = () => said.push(document.querySelector(".standing")!.textContent!, ...[...document.querySelectorAll(".timeline .event, legend")].map((e) => e.textContent!));
    new MutationObserver(note).observe(document.body, { subtree: true, childList: true, characterData: true });
    note();
  });
  await maria.keyboard.press("e");
  await expect(title).toHaveText(next);
  await expect(maria.locator(".notice")).toContainText(`Resolved: ${name}. Next: ${next}.`);
  await expect(title).toBeFocused();
  await maria.keyboard.press("u");
  await expect(title).toHaveText(name);
  await expect(answer(maria)).toBeVisible();
  await answer(maria).fill("Behind the wardrobe");
  await answer(maria).press("Enter");
  await expect(page.locator(".said.theirs")).toContainText("Behind the wardrobe");
  expect(new Set(await page.evaluate(() => (window as unknown as { said: string[] }).said))).toEqual(new Set(["Maria Keller is helping you"]));
  // Meant: the guest hears of it, and is asked how it went.
  await maria.keyboard.press("Escape");
  await maria.keyboard.press("e");
  await expect(title).not.toHaveText(name);
  await expect(page.getByText("Conversation closed")).toBeVisible({ timeout: 15_000 });
  await expect(page.getByText("How did we do?")).toBeVisible();
});

test("a key that is held down and a double click resolve one guest, not the next ones too", async ({ house, newPage }) => {
  const maria = await agent(house, await newPage(), "maria");
  const mine = await section(maria, "mine");
  await mine.locator(".row").first().click();
  const title = maria.locator(".conversation h1");
  const held = (key: string) => maria.evaluate((key) => document.body.dispatchEvent(new KeyboardEvent("keydown", { key, repeat: true, bubbles: true, cancelable: true })), key);
  const first = await title.innerText();
  await held("e");
  await maria.getByRole("button", { name: "Resolve" }).dblclick();
  await expect(maria.locator(".notice")).toContainText(`Resolved: ${first}.`);
  await expect(title).not.toHaveText(first);
  await expect(maria.locator(".conversation .standing")).toHaveText("You are answering");
  await held("e");
  await held("c");
  // What is asked next is answered after all of that.
  await maria.keyboard.press("n");
  await maria.getByRole("textbox", { name: "Note" }).fill("Still here");
  await maria.keyboard.press("Enter");
  await expect(maria.locator(".said.note").last()).toContainText("Still here");
  await expect(maria.locator(".conversation .standing")).toHaveText("You are answering");
  await expect((await section(maria, "resolved")).getByText(first)).toBeVisible();
});

test("one key takes whoever has waited longest, also from a conversation that is done", async ({ house, newPage }) => {
  const maria = await agent(house, await newPage(), "maria");
  const longest = async () => (await section(maria, "waiting")).locator(".row .name").first().innerText();
  const title = maria.locator(".conversation h1");
  const first = await longest();
  await maria.keyboard.press("c");
  await expect(title).toHaveText(first);
  await expect(answer(maria)).toBeFocused();
  await maria.keyboard.press("Escape");
  const second = await longest();
  await (await section(maria, "resolved")).locator(".row").first().click();
  await expect(maria.getByText("This conversation is resolved.")).toBeVisible();
  await maria.keyboard.press("c");
  await expect(title).toHaveText(second);
  await expect(answer(maria)).toBeFocused();
  await maria.keyboard.press("Escape");
  await maria.keyboard.press("Escape");
  await expect(title).toHaveCount(0);
});

test("a guest's wait runs wherever they are until somebody answers", async ({ house, newPage }) => {
  const maria = await agent(house, await newPage(), "maria");
  // The demo's guests have waited for long.
  const row = (await section(maria, "mine")).locator(".row", { has: maria.locator("[data-wait=overdue]") }).first();
  const name = await row.locator(".name").innerText();
  await row.click();
  await answer(maria).fill("In a minute");
  await answer(maria).press("Enter");
  const same = maria.locator(".section.mine .row").filter({ hasText: name });
  await expect(same.locator(".when")).not.toHaveAttribute("data-wait", /./);
  // Whoever has an answer and nobody to hold them does not wait for us.
  const waiting = maria.getByRole("tab", { name: /^Waiting/ }).locator(".count");
  const before = await waiting.innerText();
  await maria.getByRole("button", { name: "Release" }).click();
  await expect(maria.locator(".conversation .standing")).toHaveText("Waiting");
  expect(await waiting.innerText()).toBe(before);
  await expect((await section(maria, "waiting")).locator(".row").last().locator(".name")).toHaveText(name);
});

test("guests without a name are told apart, and anybody is found by room, words and tag", async ({ house, newPage }) => {
  const page = await guest(house, await newPage({ locale: "de-CH" }));
  await write(page, "Gibt es Müsli ohne Nüsse?");
  const maria = await agent(house, await newPage(), "maria");
  await expect((await row(maria, "Müsli")).locator(".name")).toHaveText(/^Guest · German · \d\d:\d\d$/);
  const find = maria.getByRole("searchbox", { name: "Find in the queue" });
  const rows = maria.locator(".queue .row");
  await maria.keyboard.press("/");
  await expect(find).toBeFocused();
  for (const [words, found] of [["musli ohne", "Gibt es Müsli"], ["room 323", "Brian Castellano"], ["etienne", "Étienne Morel"], ["complaint", "have a call in 20 min"]]) {
    await find.fill(words);
    await expect(rows.filter({ hasText: found })).toHaveCount(1);
    await expect(rows.filter({ hasText: "Eleanor Prescott" })).toHaveCount(0);
  }
  await find.fill("no guest says this");
  await expect(rows).toHaveCount(0);
  await expect(maria.getByText("No matching conversations.")).toBeVisible();
  await find.press("Escape");
  await expect(find).toHaveValue("");
  await expect(rows.first()).toBeVisible();
  await maria.getByLabel("Tag").selectOption("Complaint");
  await maria.keyboard.press("2");
  await expect(rows).toHaveCount(1);
});

test("an agent of two hotels sees which is which, and can look at one", async ({ house, newPage }) => {
  const ines = await agent(house, await newPage(), "ines");
  const hotels = (await section(ines, "waiting")).locator(".hotel");
  await expect(hotels.filter({ hasText: "Hotel Seehof" }).first()).toBeVisible();
  await expect(hotels.filter({ hasText: "Casa do Mar" }).first()).toBeVisible();
  await ines.getByRole("button", { name: "Casa do Mar", exact: true }).click();
  await expect(hotels.filter({ hasText: "Hotel Seehof" })).toHaveCount(0);
  await expect(hotels.filter({ hasText: "Casa do Mar" }).first()).toBeVisible();
  const maria = await agent(house, await newPage(), "maria");
  await expect(maria.locator(".queue")).not.toContainText("Casa do Mar");
});

test("guests who come and write are heard and counted in the title", async ({ house, newPage }) => {
  const maria = await agent(house, await newPage(), "maria");
  const before = Number(/\((\d+)\)/.exec(await maria.title())?.[1] ?? 0);
  const page = await guest(house, await newPage());
  await write(page, "Anybody there?");
  await expect(maria).toHaveTitle(`(${before + 1}) Desk · Bellhop`);
  await expect((await row(maria, "Anybody there?")).locator(".presence.here")).toBeVisible();
  await page.context().close();
  await expect((await row(maria, "Anybody there?")).locator(".presence.here")).toHaveCount(0);
});

test.describe("a flood", () => {
  for (const guests of [9, 70]) {
    test(`with ${guests} more who wait, one's own are in sight and the next guest is one key away`, async ({ newPage }) => {
      const { House } = await import("./house");
      const house = new House({ BELLHOP_NEW_GUESTS_PER_MINUTE: "100000" });
      await house.start();
      try {
        await flood(house, await newPage(), guests);
        const desk = await agent(house, await newPage(), "maria");
        const title = desk.locator(".conversation h1");
        // Her own are what she sees first, and their tab stays where it is however far the others reach.
        await expect(desk.locator(".section.mine .row").first()).toBeInViewport();
        const waiting = (await section(desk, "waiting")).locator(".row .name");
        await waiting.last().scrollIntoViewIfNeeded();
        await expect(desk.getByRole("tab", { name: /^Mine/ })).toBeInViewport();
        await desk.screenshot({ path: `shots/desk-waiting-${guests}.png` });
        const [first, second] = await waiting.allInnerTexts();
        let keys = 0;
        const press = async (key: string) => (keys++, desk.keyboard.press(key));
        await press("c");
        await expect(answer(desk)).toBeFocused();
        await expect(title).toHaveText(first);
        await press("Escape");
        await press("e");
        await expect(title).not.toHaveText(first);
        // Her own guests with unread words are done with first; then the queue is one key away.
        while (await desk.locator(".conversation .standing", { hasText: "You are answering" }).count()) {
          const own = await title.innerText();
          await press("e");
          await expect(title).not.toHaveText(own);
        }
        await expect(title).toHaveText(second);
        await press("c");
        await expect(answer(desk)).toBeFocused();
        await expect(title).toHaveText(second);
        // Claim, leave the field, resolve; two of her own resolved; claim.
        expect(keys).toBe(6);
      } finally {
        await house.close();
      }
    });
  }

  test("whoever waits longest stays on the desk; the others are counted and shown on demand", async ({ newPage }) => {
    const { House } = await import("./house");
    const house = new House({ BELLHOP_NEW_GUESTS_PER_MINUTE: "100000" });
    await house.start();
    try {
      const desk = await agent(house, await newPage(), "maria");
      const first = await (await section(desk, "waiting")).locator(".row .name").first().innerText();
      await flood(house, await newPage(), 230);
      await expect((await section(desk, "waiting")).getByText(/^and \d+ more/)).toBeVisible();
      await desk.reload();
      await alive(desk);
      await expect((await section(desk, "waiting")).locator(".row .name").first()).toHaveText(first);
      await expect((await section(desk, "waiting")).locator(".row")).toHaveCount(200);
      const more = Number(/and (\d+) more/.exec(await (await section(desk, "waiting")).locator(".more").innerText())![1]);
      await (await section(desk, "waiting")).locator(".more").scrollIntoViewIfNeeded();
      await desk.screenshot({ path: "shots/desk-flood.png" });
      await (await section(desk, "waiting")).getByRole("button", { name: "Show more" }).click();
      await expect((await section(desk, "waiting")).locator(".row")).toHaveCount(200 + more);
      await expect((await section(desk, "waiting")).getByText(/^and \d+ more/)).toBeHidden();
    } finally {
      await house.close();
    }
  });
});
