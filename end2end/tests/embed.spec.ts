// Two hotels' own sites, on two origins, with the widget on each.

import { createServer, type Server } from "node:http";
import { agent, allow, answer, expect, type House, nowhere, pick, row, test } from "./house";
import type { Page } from "@playwright/test";

/** A hotel's own web site on a port of its own. */
async function site(house: House, hotel: string): Promise<{ origin: string; server: Server }> {
  const html = `<!doctype html><html lang="en"><title>${hotel}</title><h1>${hotel}</h1>
    <script src="${house.url}/widget.js" data-hotel="${hotel}" async></script></html>`;
  const server = createServer((_, response) => response.setHeader("content-type", "text/html").end(html));
  await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
  return { origin: `http://127.0.0.1:${(server.address() as { port: number }).port}`, server };
}

test("two hotels on two origins at once, and neither on a site it does not list", async ({ house, newPage }) => {
  const sites = await Promise.all(["seehof", "casa-do-mar", "seehof"].map((hotel) => site(house, hotel)));
  try {
    const admin = await agent(house, await newPage(), "admin");
    await allow(house, admin, "seehof", sites[0].origin);
    await allow(house, admin, "casa-do-mar", sites[1].origin);

    // One browser, both sites open.
    const lake = await newPage();
    const sea = await lake.context().newPage();
    for (const [page, where] of [[lake, sites[0]], [sea, sites[1]]] as const) {
      await page.goto(where.origin);
      await page.getByRole("button", { name: "Write to us" }).click();
      await expect(page.frameLocator("iframe").locator("[data-link=up]")).toBeAttached();
    }
    for (const [page, text] of [[lake, "From the lake’s site"], [sea, "From the sea’s site"]] as const) {
      const field = page.frameLocator("iframe").getByLabel("Your message");
      await field.fill(text);
      await field.press("Enter");
      await expect(page.frameLocator("iframe").getByText("Delivered")).toBeVisible();
    }
    for (const [who, page, own, other] of [["maria", lake, "the lake’s", "the sea’s"], ["rui", sea, "the sea’s", "the lake’s"]] as const) {
      const desk = await agent(house, await newPage(), who);
      await pick(desk, own);
      await desk.keyboard.press("c");
      await answer(desk).fill(`An answer for ${own} site`);
      await answer(desk).press("Enter");
      await expect(page.frameLocator("iframe").getByText(`An answer for ${own} site`)).toBeVisible();
      await nowhere(desk, other);
    }
    // In the frame of one site there is no way to the page of all hotels.
    await lake.frameLocator("iframe").locator("details.name summary").click();
    await expect(lake.frameLocator("iframe").getByRole("link", { name: "Continue on another device" })).toBeVisible();
    await expect(lake.frameLocator("iframe").getByRole("link", { name: "All my hotels" })).toBeHidden();

    // A site that is not listed gets the bubble, but the browser shows no chat in it.
    const stranger = await newPage();
    await stranger.goto(sites[2].origin);
    const refused = stranger.waitForEvent("console", (message) => message.text().includes("frame-ancestors"));
    await stranger.getByRole("button", { name: "Write to us" }).click();
    await refused;
    await expect(stranger.frameLocator("iframe").locator("textarea")).toHaveCount(0);
  } finally {
    for (const { server } of sites) server.close();
  }
});

test("a site that knows its guest says so, and only its own hotel hears it", async ({ house, newPage }) => {
  const { createHmac } = await import("node:crypto");
  const admin = await agent(house, await newPage(), "admin");
  await admin.goto(`${house.url}/admin/hotels/seehof`);
  await admin.getByRole("button", { name: "Create key" }).first().click();
  const key = await admin.locator(".secret").innerText();
  const part = (value: object) => Buffer.from(JSON.stringify(value)).toString("base64url");
  const claims = { name: "Yuki Tanaka", email: "yuki@example.org", reservation: "SH-48260", exp: Math.floor(Date.now() / 1000) + 300 };
  const signed = `${part({ alg: "HS256", typ: "JWT" })}.${part(claims)}`;
  const token = `${signed}.${createHmac("sha256", key).update(signed).digest("base64url")}`;

  const html = `<!doctype html><html lang="en"><title>Hotel</title>
    <script src="${house.url}/widget.js" data-hotel="seehof" data-guest-token="${token}" async></script></html>`;
  const server = createServer((_, response) => response.setHeader("content-type", "text/html").end(html));
  await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
  try {
    const origin = `http://127.0.0.1:${(server.address() as { port: number }).port}`;
    await allow(house, admin, "seehof", origin);
    const page = await newPage();
    await page.goto(origin);
    await page.getByRole("button", { name: "Write to us" }).click();
    const chat = page.frameLocator("iframe");
    await expect(chat.locator("[data-link=up]")).toBeAttached();
    await expect(chat.locator("details.name summary")).toHaveText("Yuki Tanaka");
    await chat.getByLabel("Your message").fill("May I have a late breakfast?");
    await chat.getByLabel("Your message").press("Enter");
    const maria = await agent(house, await newPage(), "maria");
    await expect((await row(maria, "late breakfast")).locator(".name")).toHaveText("Yuki Tanaka");
    await expect((await row(maria, "late breakfast")).locator(".room")).toHaveText("Room 214");
  } finally {
    server.close();
  }
});

test("whoever closed the bubble hears of an answer: on the next page, in a new tab, on a site that changes its body", async ({ house, newPage }) => {
  const { origin, server } = await site(house, "seehof");
  try {
    const admin = await agent(house, await newPage(), "admin");
    await allow(house, admin, "seehof", origin);
    const page = await newPage();
    const asked: string[] = [];
    page.on("request", (request) => asked.push(request.url()));
    await page.goto(`${origin}/p1`);
    const bubble = (on: Page) => on.getByRole("button", { name: /Write to us|Close the chat/ });
    await expect(bubble(page)).toBeVisible();
    // Who has never written is asked nothing.
    expect(asked.filter((url) => url.includes("/unread"))).toEqual([]);
    await bubble(page).click();
    const chat = page.frameLocator("iframe");
    await expect(chat.locator("[data-link=up]")).toBeAttached();
    await chat.getByLabel("Your message").fill("Is there a late bus?");
    await chat.getByLabel("Your message").press("Enter");
    await expect(chat.getByText("Delivered")).toBeVisible();
    const desk = await agent(house, await newPage(), "maria");
    await pick(desk, "late bus");
    await desk.keyboard.press("c");
    // Closed, on the same page.
    await bubble(page).click();
    const say = async (text: string) => {
      await answer(desk).fill(text);
      await answer(desk).press("Enter");
    };
    await say("Until 23:40.");
    await expect(bubble(page)).toHaveAccessibleName("Write to us, 1 unread");
    await expect(page).toHaveTitle("(1) seehof");
    // The next page: the chat is not loaded there.
    await page.goto(`${origin}/p2`);
    await expect(bubble(page)).toHaveAccessibleName("Write to us, 1 unread");
    await say("From platform 2.");
    await expect(bubble(page)).toHaveAccessibleName("Write to us, 2 unread");
    await expect(page.locator("iframe")).toHaveCount(0);
    // A new tab knows, and one question serves both.
    const other = await page.context().newPage();
    await other.goto(`${origin}/p3`);
    await expect(bubble(other)).toHaveAccessibleName("Write to us, 2 unread");
    await say("Every half hour.");
    for (const one of [page, other]) await expect(bubble(one)).toHaveAccessibleName("Write to us, 3 unread");
    // A site that throws its body away keeps the bubble, and an open chat with what stands in it.
    await bubble(page).click();
    await expect(page.frameLocator("iframe").getByText("Every half hour.")).toBeVisible();
    await expect(bubble(other)).toHaveAccessibleName("Write to us");
    await page.frameLocator("iframe").getByLabel("Your message").fill("half a sent");
    for (const change of [
      () => { document.body.innerHTML = "<h1>Next</h1>"; },
      () => { document.documentElement.replaceChild(document.createElement("body"), document.body); },
    ]) {
      await page.evaluate(change);
      await expect(bubble(page)).toHaveAccessibleName("Close the chat");
      expect(await page.evaluate(() => [...document.body.children].filter((e) => e.shadowRoot).length)).toBe(1);
      await expect(page.frameLocator("iframe").locator("[data-link=up]")).toBeAttached();
      await expect(page.frameLocator("iframe").getByLabel("Your message")).toHaveValue("half a sent");
    }
    await page.keyboard.press("Escape");
  } finally {
    server.close();
  }
});

test("the bubble works on a site with Trusted Types and a strict policy", async ({ house, newPage }) => {
  const policy = `default-src 'none'; script-src ${house.url}; connect-src ${house.url}; frame-src ${house.url}; require-trusted-types-for 'script'; trusted-types 'none'`;
  const html = `<!doctype html><html lang="en"><title>Strict</title><script src="${house.url}/widget.js" data-hotel="seehof" data-colour="#ffd400" async></script></html>`;
  const server = createServer((_, response) => response.setHeader("content-type", "text/html").setHeader("content-security-policy", policy).end(html));
  await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
  try {
    const origin = `http://127.0.0.1:${(server.address() as { port: number }).port}`;
    await allow(house, await agent(house, await newPage(), "admin"), "seehof", origin);
    const page = await newPage();
    const complaints: string[] = [];
    page.on("console", (message) => message.type() === "error" && complaints.push(message.text()));
    await page.goto(origin);
    const bubble = page.getByRole("button", { name: "Write to us" });
    // A light colour is drawn on in black.
    expect(await bubble.evaluate((button) => getComputedStyle(button).color)).toMatch(/^color\(xyz-d65 0 0 0\)$/);
    await bubble.click();
    await expect(page.frameLocator("iframe").locator("[data-link=up]")).toBeAttached();
    expect(complaints.filter((text) => /Trusted|policy/i.test(text))).toEqual([]);
  } finally {
    server.close();
  }
});

test("the bubble draws the chat's outline at once, and the keyboard is where the guest is", async ({ house, newPage }) => {
  const page = await newPage();
  await page.goto(`${house.url}/demo`);
  // A slow network: the outline stands in the hotel's colour until the chat is there.
  let go = () => {};
  const held = new Promise<void>((resolve) => (go = resolve));
  await page.route("**/chat/seehof", async (route) => (await held, route.continue()));
  await page.getByRole("button", { name: "Write to us" }).focus();
  await page.keyboard.press("Enter");
  const outline = await page.locator("iframe").evaluate((frame) => getComputedStyle(frame).backgroundImage);
  expect(outline).toContain("rgb(31, 95, 107)");
  go();
  await expect(page.frameLocator("iframe").getByLabel("Your message")).toBeFocused();
  await page.keyboard.press("Escape");
  await expect(page.getByRole("button", { name: "Write to us" })).toBeFocused();

  // On a telephone the panel is the page: what lies behind takes no focus, until it is closed.
  const phone = await newPage({ viewport: { width: 390, height: 844 }, hasTouch: true });
  await phone.goto(`${house.url}/demo`);
  const behind = phone.locator(".others a").first();
  const reached = () => behind.evaluate((link) => ((link as HTMLElement).focus(), document.activeElement === link));
  expect(await reached()).toBe(true);
  await phone.getByRole("button", { name: "Write to us" }).tap();
  await expect(phone.frameLocator("iframe").locator("[data-link=up]")).toBeAttached();
  expect(await reached()).toBe(false);
  await expect(phone.frameLocator("iframe").getByLabel("Your message")).not.toBeFocused();
  // Turned, it is a panel like any other, and turned back the page again.
  await phone.setViewportSize({ width: 844, height: 390 });
  await expect.poll(reached).toBe(true);
  await phone.getByRole("button", { name: "Close the chat" }).tap();
  await phone.getByRole("button", { name: "Write to us" }).tap();
  await phone.setViewportSize({ width: 390, height: 844 });
  await expect.poll(reached).toBe(false);
  await phone.getByRole("button", { name: "Close", exact: true }).tap();
  expect(await reached()).toBe(true);
});

test("without scripts a hotel's site has a link to the chat", async ({ house, newPage }) => {
  const page = await newPage({ javaScriptEnabled: false });
  await page.goto(`${house.url}/demo`);
  await page.getByRole("link", { name: "Write to us" }).click();
  await expect(page.getByLabel("Your message")).toBeVisible();
});
