// Requests: a guest asks several hotels, they bid, the guest negotiates and accepts, and one hotel confirms.

import AxeBuilder from "@axe-core/playwright";
import type { Page } from "@playwright/test";
import { agent, expect, guest, type House, pick, test, write } from "./house";

test.describe.configure({ mode: "parallel" });

const HOTELS = { seehof: "maria", "casa-do-mar": "rui", berghaus: "luca" } as const;
type Slug = keyof typeof HOTELS;

const offer = (page: Page, slug: Slug) => page.locator(`.offer[data-hotel="${slug}"]`);
const panel = (page: Page) => page.locator(".asked .request").first();
const day = (ahead: number) => new Date(Date.now() + ahead * 86_400_000).toISOString().slice(0, 10);

/** A guest asks all three hotels for a stay; what waits is the page of the request. */
async function ask(house: House, page: Page, words: string, scripts = true): Promise<void> {
  await page.goto(`${house.url}/requests`);
  await page.getByRole("link", { name: "Ask several hotels" }).click();
  await page.getByRole("link", { name: "A stay" }).click();
  await page.getByLabel("Arrival").fill(day(3));
  await page.getByLabel("Departure").fill(day(5));
  await page.getByLabel(/^Anything/).fill(words);
  for (const slug of Object.keys(HOTELS)) await page.locator(`input[name=hotel][value="${slug}"]`).check();
  await page.getByRole("button", { name: "Ask these hotels" }).last().click();
  await expect(page.locator(".offer")).toHaveCount(3);
  if (scripts) await expect(page.locator(".request")).toHaveAttribute("data-link", "up");
}

/** Somebody of a hotel claims what was asked. */
async function claim(house: House, page: Page, slug: Slug, words: string): Promise<void> {
  await agent(house, page, HOTELS[slug]);
  await pick(page, "A stay");
  await expect(panel(page)).toContainText(words);
  await page.keyboard.press("c");
  await expect(page.getByText("You are answering")).toBeVisible();
}

async function bid(page: Page, amount: string, included: string): Promise<void> {
  const [anew, field] = [panel(page).locator("summary", { hasText: "Revise bid" }), panel(page).getByLabel(/^Total, including/)];
  await expect(panel(page).locator(".bidding")).toBeVisible();
  if (!(await field.isVisible())) await anew.click();
  await field.fill(amount);
  await panel(page).getByLabel("What it includes").fill(included);
  await panel(page).getByRole("button", { name: /^Send (the|revised) bid/ }).click();
}

test("three hotels bid live, two of them lower after a counter to all, one is accepted and confirms", async ({ house, newPage }) => {
  const [page, maria, rui, luca] = [await newPage(), await newPage(), await newPage(), await newPage()];
  await ask(house, page, "A quiet room");
  const desks = { seehof: maria, "casa-do-mar": rui, berghaus: luca };
  for (const [slug, desk] of Object.entries(desks)) await claim(house, desk, slug as Slug, "A quiet room");
  await bid(maria, "420.50", "Breakfast");
  await bid(rui, "1", "");
  await bid(luca, "450", "Half board");
  await expect(offer(page, "seehof")).toContainText("EUR 420.50");
  await expect(offer(page, "berghaus")).toContainText("Half board");
  // What was one euro by mistake is withdrawn.
  await expect(offer(page, "casa-do-mar").getByText("Best so far")).toBeVisible();
  await panel(rui).getByRole("button", { name: "Withdraw the bid" }).click();
  await expect(offer(page, "casa-do-mar")).toContainText("Withdrew its bid");
  await expect(offer(page, "seehof").getByText("Best so far")).toBeVisible();
  // No desk shows what another has bid.
  for (const other of [rui, luca]) expect(await other.evaluate(() => document.body.innerText)).not.toContain("420.50");
  await page.getByText("Negotiate with all hotels").click();
  await page.locator(".counter.all input[name=amount]").fill("400");
  await page.locator(".counter.all textarea").fill("With breakfast?");
  await page.getByRole("button", { name: "Send to all" }).click();
  await expect(page.locator(".request")).toHaveAttribute("data-link", "up");
  for (const desk of [maria, rui, luca]) await expect(desk.locator(".timeline")).toContainText("EUR 400.00");
  // What makes no sense stays in its form.
  await bid(maria, "4oo", "Breakfast");
  await expect(panel(maria).getByRole("alert")).toContainText("Amount: write an amount");
  await expect(panel(maria).getByLabel(/^Total, including/)).toHaveValue("4oo");
  await bid(maria, "405", "Breakfast");
  await bid(luca, "400", "Half board");
  await expect(offer(page, "berghaus")).toContainText("EUR 400.00");
  await expect(offer(page, "berghaus").getByText("Best so far")).toBeVisible();
  await expect(offer(page, "seehof")).toContainText("EUR 405.00");
  await offer(page, "berghaus").getByRole("link", { name: "Accept" }).click();
  for (const words of ["Berghaus Alpina", "EUR 400.00", "Half board"]) await expect(page.locator("dl")).toContainText(words);
  await page.getByRole("button", { name: "Accept for EUR 400.00" }).click();
  await expect(page.locator(".banner")).toContainText(/You’ve accepted Berghaus Alpina’s bid. The hotel has until .* to confirm/);
  await expect(panel(luca)).toContainText("The guest has accepted EUR 400.00");
  await expect(panel(maria)).toContainText("Bid sent");
  await luca.locator(".conversation h1").focus();
  await luca.keyboard.press("y");
  await expect(page.locator(".banner")).toContainText("Berghaus Alpina has confirmed your booking for EUR 400.00");
  await expect(panel(maria)).toContainText("Went elsewhere");
  expect(await maria.evaluate(() => document.body.innerText)).not.toContain("Berghaus");
  await page.getByRole("link", { name: "Your requests" }).click();
  await expect(page.locator(".request-row")).toContainText("Booked with Berghaus Alpina");
});

test("without scripts the forms do it all, and what was refused comes back in them", async ({ house, newPage }) => {
  const [page, maria] = [await newPage({ javaScriptEnabled: false, viewport: { width: 390, height: 844 } }), await newPage()];
  await ask(house, page, "By the lake", false);
  const address = page.url();
  await claim(house, maria, "seehof", "By the lake");
  await bid(maria, "420", "Breakfast");
  await expect(panel(maria)).toContainText("Bid sent");
  await page.reload();
  await expect(offer(page, "seehof")).toContainText("EUR 420.00");
  await offer(page, "seehof").getByText("Negotiate").click();
  await offer(page, "seehof").locator("input[name=amount]").fill("38o");
  await offer(page, "seehof").locator("textarea").fill("Or with dinner?");
  await offer(page, "seehof").getByRole("button", { name: "Send" }).click();
  await expect(offer(page, "seehof").getByRole("alert")).toContainText("Amount: write an amount");
  await expect(offer(page, "seehof").locator("textarea")).toHaveValue("Or with dinner?");
  await offer(page, "seehof").locator("input[name=amount]").fill("380");
  await offer(page, "seehof").getByRole("button", { name: "Send" }).click();
  await expect(page).toHaveURL(address);
  await expect(maria.locator(".timeline")).toContainText("EUR 380.00");
  // A change asks everybody again; an accept link from before leads back to the page.
  const accept = await offer(page, "seehof").getByRole("link", { name: "Accept" }).getAttribute("href");
  await page.getByRole("link", { name: "Change the request" }).click();
  await expect(page.getByLabel("Arrival")).toHaveValue(day(3));
  await page.getByLabel("Adults").fill("0");
  await page.getByRole("button", { name: "Update request and notify hotels" }).last().click();
  await page.getByLabel("Adults").fill("3");
  await page.getByRole("button", { name: "Update request and notify hotels" }).last().click();
  await expect(page.getByRole("heading", { level: 1 })).toContainText("3 adults");
  await expect(offer(page, "seehof")).toContainText("No bid yet");
  await page.goto(house.url + accept);
  await expect(page).toHaveURL(address);
  await page.getByText("Withdraw the request").click();
  await page.getByRole("button", { name: "Withdraw it" }).click();
  await expect(page.locator(".banner")).toContainText("You have withdrawn this request");
  await expect(panel(maria)).toContainText("Closed");
});

test("a bid that is being written is there again after a look at another guest", async ({ house, newPage }) => {
  const [page, other, maria] = [await newPage(), await newPage(), await newPage()];
  await ask(house, page, "A late arrival");
  await write(await guest(house, other), "Is there a sauna?");
  await claim(house, maria, "seehof", "A late arrival");
  await panel(maria).getByLabel(/^Total, including/).fill("399.5");
  await panel(maria).getByLabel("Valid for").selectOption("6 hours");
  await pick(maria, "Is there a sauna?");
  await expect(panel(maria)).toHaveCount(0);
  await pick(maria, "A stay");
  await expect(panel(maria).getByLabel(/^Total, including/)).toHaveValue("399.5");
  await expect(panel(maria).getByLabel("Valid for")).toHaveValue("6");
  await panel(maria).getByRole("button", { name: "Send the bid" }).click();
  await expect(offer(page, "seehof")).toContainText("EUR 399.50");
});

test("what is not confirmed in time rings for everybody, lapses, and another bid is accepted", async ({ house, newPage }) => {
  test.setTimeout(240_000);
  const [page, maria, jonas, admin] = [await newPage({ viewport: { width: 390, height: 844 } }), await newPage(), await newPage(), await newPage()];
  await agent(house, admin, "admin");
  await admin.goto(`${house.url}/admin/hotels/seehof/hours`);
  await admin.getByLabel("Open 24/7").check();
  await admin.getByLabel("Minutes to confirm an accepted bid").fill("1");
  await admin.getByRole("button", { name: "Save" }).click();
  await expect(admin.getByRole("status")).toContainText("Saved");
  await ask(house, page, "With a view");
  await claim(house, maria, "seehof", "With a view");
  await bid(maria, "420", "Breakfast");
  await agent(house, jonas, "jonas");
  await offer(page, "seehof").getByRole("link", { name: "Accept" }).click();
  await page.getByRole("button", { name: "Accept for EUR 420.00" }).click();
  await expect(page.locator(".banner")).toContainText("to confirm");
  await expect(jonas.getByText(/has accepted your bid\. Confirm it now/)).toBeVisible({ timeout: 60_000 });
  await expect(page.locator(".banner")).toContainText("Hotel Seehof did not confirm in time", { timeout: 60_000 });
  await expect(panel(maria)).toContainText("Lapsed");
  // The same bid again; this time a colleague takes it once it rings, with one key.
  await offer(page, "seehof").getByRole("link", { name: "Accept" }).click();
  await page.getByRole("button", { name: "Accept for EUR 420.00" }).click();
  await pick(jonas, "EUR 420.00");
  await expect(panel(jonas)).toContainText("Waiting for Maria Keller to confirm");
  await expect(panel(jonas).getByRole("button", { name: "Take over and confirm" })).toBeVisible({ timeout: 60_000 });
  await jonas.keyboard.press("y");
  await expect(page.locator(".banner")).toContainText("Hotel Seehof has confirmed your booking for EUR 420.00");
  await expect(panel(jonas)).toContainText("Agreed");
});

for (const scheme of ["light", "dark"] as const) {
  test(`how requests look, ${scheme}`, async ({ house, newPage }) => {
    const [page, maria] = [
      await newPage({ viewport: { width: 390, height: 844 }, colorScheme: scheme }),
      await newPage({ viewport: { width: 1280, height: 800 }, colorScheme: scheme }),
    ];
    const look = async (name: string, at: Page) => {
      await at.screenshot({ path: `shots/requests-${name}-${scheme}.png`, fullPage: true });
      const { violations } = await new AxeBuilder({ page: at }).analyze();
      const serious = violations.filter((v) => v.impact === "serious" || v.impact === "critical");
      expect(serious.map((v) => `${name}: ${v.id}: ${v.nodes.map((n) => n.target)}`)).toEqual([]);
      // Nothing sticks out on a telephone.
      expect(await at.evaluate(() => document.documentElement.scrollWidth <= innerWidth), name).toBe(true);
    };
    await page.goto(`${house.url}/stays`);
    await expect(page.locator(".stays")).toHaveAttribute("data-link", "up");
    await look("stays", page);
    for (const [name, path] of [["none", ""], ["kinds", "/new"], ["form", "/new?kind=group"], ["table", "/new?kind=table"]] as const) {
      await page.goto(`${house.url}/requests${path}`);
      await look(name, page);
    }
    await ask(house, page, "A room for a long weekend, with a cot for our daughter and a place for two bicycles");
    await look("asked", page);
    await claim(house, maria, "seehof", "two bicycles");
    await look("desk-asked", maria);
    await bid(maria, "12,345.50", "Breakfast, the sauna, a boat trip on the lake and a late check-out at three in the afternoon");
    await expect(offer(page, "seehof")).toContainText("EUR 12\u202f345.50");
    await look("bid", page);
    await look("desk-bid", maria);
    await page.setViewportSize({ width: 1600, height: 900 });
    await look("bid-wide", page);
    await page.setViewportSize({ width: 390, height: 844 });
    await offer(page, "seehof").getByRole("link", { name: "Accept" }).click();
    await look("sure", page);
    await page.getByRole("button", { name: /^Accept for/ }).click();
    await expect(panel(maria)).toContainText("The guest has accepted");
    await look("accepted", page);
    await look("desk-accepted", maria);
    await maria.setViewportSize({ width: 390, height: 844 });
    await look("desk-phone", maria);
    await panel(maria).getByRole("button", { name: "Confirm" }).click();
    await expect(page.locator(".banner")).toContainText("has confirmed your booking");
    await look("agreed", page);
    await page.goto(`${house.url}/requests`);
    await look("list", page);
    await page.goto(`${house.url}/chat/seehof`);
    await expect(page.locator(".timeline")).toContainText("Maria Keller made a bid");
    await look("chat", page);
  });
}
