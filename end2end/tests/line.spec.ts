// Private lines: what guest and holder say beside their kept conversation, where nothing is kept.

import AxeBuilder from "@axe-core/playwright";
import type { Page } from "@playwright/test";
import { agent, answer, expect, guest, type House, pick, row, section, test, write } from "./house";

const card = (page: Page) => page.getByRole("alert", { name: "Private line" });
const panel = (page: Page) => page.locator(".private-line");
const field = (page: Page) => panel(page).locator(".field textarea");
const others = (page: Page) => panel(page).locator(".lanes .words");
const digits = (page: Page) => panel(page).locator(".digits strong");
const kept = (page: Page) => page.locator(".timeline");

test.describe.configure({ mode: "parallel" });

/** Maria answers a guest who has written. */
async function answered(house: House, maria: Page, page: Page): Promise<void> {
  await agent(house, maria, "maria");
  await guest(house, page);
  await write(page, "How do I get in at night?");
  await pick(maria, "How do I get in at night?");
  await maria.keyboard.press("c");
  await expect(answer(maria)).toBeFocused();
}

/** Maria offers a line by key, and the guest opens it. */
async function open(maria: Page, page: Page): Promise<void> {
  await maria.keyboard.press("Escape");
  await maria.keyboard.press("p");
  // An impatient finger opens it once.
  await card(page).getByRole("button", { name: "Open it" }).dblclick();
  for (const end of [maria, page]) await expect(panel(end)).toHaveAttribute("data-stage", "ready");
}

test("holder and guest compare digits and see each other's letters, and the conversation keeps neither", async ({ house, newPage }) => {
  const [maria, page] = [await newPage(), await newPage()];
  await answered(house, maria, page);
  await open(maria, page);
  await expect(digits(maria)).toHaveText(/^\d{3} \d{3}$/);
  await expect(digits(page)).toHaveText(await digits(maria).innerText());
  await field(maria).pressSequentially("Door 4711");
  await expect(others(page)).toHaveText("Door 4711");
  await expect(page.getByRole("heading", { name: "Maria Keller", exact: true })).toBeVisible();
  // Whoever opened it last writes at once.
  await expect(field(page)).toBeFocused();
  await page.keyboard.type("thanks");
  await expect(others(maria)).toHaveText("thanks");
  for (const end of [maria, page]) {
    await expect(kept(end)).toContainText(/opened (a|the) private line/);
    await expect(panel(end)).not.toContainText("Door", { timeout: 30_000 });
    expect(await end.evaluate(() => document.body.innerHTML)).not.toContain("4711");
  }
  await page.getByRole("button", { name: "End the line" }).click();
  await expect(panel(page)).toContainText("You ended the private line.");
  await expect(panel(maria)).toContainText("ended the private line.");
  for (const end of [maria, page]) {
    await end.getByRole("button", { name: "Back to the conversation" }).click();
    await expect(panel(end)).toBeHidden();
    await expect(kept(end)).toContainText(/ended (a|the) private line/);
    await expect(kept(end)).not.toContainText("thanks");
  }
});

test("what is typed on a line never lands in the kept composer, not even when it ends", async ({ house, newPage }) => {
  const [maria, jonas, page] = [await newPage(), await newPage(), await newPage()];
  await answered(house, maria, page);
  await agent(house, jonas, "jonas");
  await open(maria, page);
  // She has offered it, and may be writing something else when it opens: nothing goes out by itself.
  await maria.keyboard.type("never said");
  await field(maria).click();
  await maria.keyboard.type("kept by nobody");
  await expect(others(page)).toHaveText("kept by nobody");
  await maria.keyboard.press("Tab");
  await maria.keyboard.press("Shift+Tab");
  await pick(jonas, "How do I get in at night?");
  await jonas.keyboard.press("t");
  await jonas.getByRole("button", { name: "Take over" }).last().click();
  await expect(panel(maria)).toContainText("changed hands");
  // Each of these letters is a command of the desk, or would open the composer; space and Enter press buttons.
  await maria.keyboard.type("ercnp ");
  await maria.keyboard.press("Enter");
  await maria.keyboard.type("r secret");
  await maria.keyboard.press("Enter");
  await expect(panel(maria)).toBeVisible();
  await maria.getByRole("button", { name: "Back to the conversation" }).click();
  await expect(maria.locator("#answer")).toHaveValue("");
  await expect(await row(maria, "How do I get in at night?")).toContainText("Jonas");
  // The new holder finds that there was one, and is on none.
  await expect(panel(page)).toContainText("changed hands");
  await expect(kept(jonas)).toContainText("Maria Keller opened a private line");
  await expect(kept(jonas)).toContainText("The private line ended");
  await expect(panel(jonas)).toHaveCount(0);
  for (const end of [maria, jonas, page]) {
    for (const words of ["never said", "kept by nobody", "secret"]) await expect(kept(end)).not.toContainText(words);
  }
});

test("a guest offers a line to whoever answers, wherever they are on the desk", async ({ house, newPage }) => {
  const [maria, page] = [await newPage(), await newPage()];
  await answered(house, maria, page);
  await maria.keyboard.press("Escape");
  await maria.keyboard.press("j");
  await expect(maria.locator(".conversation h1")).toBeVisible();
  await page.getByRole("button", { name: "Private line" }).click();
  await expect(card(page)).toContainText("Waiting for Maria Keller");
  await card(maria).getByRole("button", { name: "Open it" }).click();
  await expect(panel(maria)).toHaveAttribute("data-stage", "ready");
  // Another conversation is looked at meanwhile, and its composer is open.
  await (await row(maria, "How do I get in at night?")).waitFor();
  await maria.getByRole("button", { name: "End the line" }).click();
  await expect(panel(page)).toContainText("Maria Keller ended the private line.");
});

test("a line is declined, withdrawn, and over with the page that left it", async ({ house, newPage }) => {
  const [maria, page] = [await newPage(), await newPage()];
  await answered(house, maria, page);
  await maria.getByRole("button", { name: "Private line" }).click();
  await card(page).getByRole("button", { name: "Not now" }).click();
  await expect(card(maria)).toContainText("didn’t open the private line");
  await card(maria).getByRole("button", { name: "Close", exact: true }).click();
  await maria.getByRole("button", { name: "Private line" }).click();
  await expect(card(page)).toContainText("Maria Keller would like a private line");
  await card(maria).getByRole("button", { name: "Withdraw" }).click();
  await expect(card(page)).toBeHidden();
  await maria.getByRole("button", { name: "Private line" }).click();
  await card(page).getByRole("button", { name: "Open it" }).click();
  await expect(panel(page)).toHaveAttribute("data-stage", "ready");
  // A reload is another page, and another page never gets in.
  await page.reload();
  await expect(panel(maria)).toContainText("ended the private line");
  await expect(page.locator("[data-link=up]")).toBeVisible();
  await expect(panel(page)).toHaveCount(0);
});

test("a line finds its way back after a lost connection, with the key it had", async ({ house, newPage }) => {
  const [maria, page] = [await newPage(), await newPage()];
  await page.addInitScript(() => {
    const Real = window.WebSocket;
    const all: WebSocket[] = ((window as unknown as { sockets: WebSocket[] }).sockets = []);
    window.WebSocket = class extends Real {
      constructor(url: string | URL, protocols?: string | string[]) {
        super(url, protocols);
        if (String(url).includes("/whisper/")) all.push(this);
      }
    };
  });
  await answered(house, maria, page);
  await open(maria, page);
  const before = await digits(page).innerText();
  await page.evaluate(() => (window as unknown as { sockets: WebSocket[] }).sockets.at(-1)!.close());
  await expect(panel(maria)).toHaveAttribute("data-stage", "opening");
  for (const end of [maria, page]) await expect(panel(end)).toHaveAttribute("data-stage", "ready");
  await expect(digits(page)).toHaveText(before);
  await field(maria).click();
  await maria.keyboard.type("still here");
  await expect(others(page)).toHaveText("still here");
});

for (const scheme of ["light", "dark"] as const) {
  test(`how a line looks, ${scheme}`, async ({ house, newPage }) => {
    const [maria, page] = [
      await newPage({ viewport: { width: 1280, height: 800 }, colorScheme: scheme }),
      await newPage({ viewport: { width: 390, height: 844 }, colorScheme: scheme }),
    ];
    const look = async (name: string) => {
      for (const [who, at] of [["desk", maria], ["guest", page]] as const) {
        await at.screenshot({ path: `shots/line-${name}-${who}-${scheme}.png` });
        const { violations } = await new AxeBuilder({ page: at }).exclude(".fading").analyze();
        const serious = violations.filter((v) => v.impact === "serious" || v.impact === "critical");
        expect(serious.map((v) => `${name}, ${who}: ${v.id}: ${v.nodes.map((n) => n.target)}`)).toEqual([]);
      }
    };
    await answered(house, maria, page);
    await maria.getByRole("button", { name: "Private line" }).click();
    await expect(card(page)).toBeVisible();
    await look("offered");
    await card(page).getByRole("button", { name: "Open it" }).click();
    for (const end of [maria, page]) await expect(panel(end)).toHaveAttribute("data-stage", "ready");
    await field(maria).pressSequentially("The door code is 4711");
    await page.keyboard.type("Thank you!");
    await expect(others(maria)).toHaveText("Thank you!");
    await look("open");
    // Another conversation is picked meanwhile; and the same on a telephone.
    await (await section(maria, "waiting")).locator(".row").first().click();
    await expect(panel(maria)).toBeHidden();
    await look("away");
    await maria.getByRole("button", { name: /^A private line with .* is open$/ }).click();
    for (const [name, width, height] of [["phone", 390, 844], ["narrow", 900, 700], ["wide", 1600, 900]] as const) {
      await maria.setViewportSize({ width, height });
      await look(name);
    }
    await maria.getByRole("button", { name: "End the line" }).click();
    await expect(panel(page)).toContainText("ended the private line");
    await look("over");
    await page.getByRole("button", { name: "Back to the conversation" }).click();
    await maria.getByRole("button", { name: "Back to the conversation" }).click();
    await look("kept");
  });
}
