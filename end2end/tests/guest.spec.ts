// The guest's page alone: without scripts, offline, over a reload, on a phone.

import { agent, alive, answer, expect, guest, row, test, write } from "./house";

test("the page works without scripts: a form post and the history", async ({ house, newPage }) => {
  const page = await newPage({ javaScriptEnabled: false });
  await page.goto(`${house.url}/chat/casa-do-mar`);
  await expect(page.getByText("Welcome to Casa do Mar")).toBeVisible();
  await page.getByLabel("Your message").fill("Do you have a garage?\nFor a van of 2.10 m");
  await page.getByRole("button", { name: "Send" }).click();
  await expect(page.locator(".said.own")).toHaveText(/Do you have a garage\?\s+For a van/);
  await page.reload();
  await expect(page.locator(".said.own")).toHaveCount(1);
  await page.screenshot({ path: "shots/chat-without-scripts.png" });
});

test("what is typed offline survives a reload and goes out once", async ({ house, newPage }) => {
  const page = await guest(house, await newPage());
  await write(page, "first");
  await expect(page.getByText("Delivered")).toBeVisible();
  await house.kill();
  await expect(page.getByText("No connection.")).toBeVisible();
  await write(page, "second, offline");
  await write(page, "third, offline");
  await page.getByLabel("Your message").fill("a draft");
  await expect(page.locator(".pending")).toHaveCount(2);
  await house.start();
  // A reload in the middle of it all: sent or not, each goes out once.
  await page.reload();
  await alive(page);
  await expect(page.locator(".said.own .body")).toHaveText(["first", "second, offline", "third, offline"]);
  await expect(page.locator(".pending")).toHaveCount(0);
  await expect(page.getByLabel("Your message")).toHaveValue("a draft");
  await page.reload();
  await expect(page.locator(".said.own .body")).toHaveText(["first", "second, offline", "third, offline"]);
});

test("an answer read while the connection is gone is told to the desk once it is back", async ({ house, newPage }) => {
  const page = await guest(house, await newPage());
  const desk = await agent(house, await newPage(), "maria");
  await write(page, "Is the sauna open tonight?");
  await row(desk, "Is the sauna open").click();
  await desk.getByRole("button", { name: "Claim" }).click();
  // The guest reads further up while the answer comes, and reaches it without a connection.
  await write(page, "And this:\n" + "line\n".repeat(60));
  await expect(page.locator(".mark").filter({ hasText: "Read" })).toBeVisible();
  const scroll = page.getByRole("region", { name: "Conversation" });
  await scroll.evaluate((e) => e.scrollTo(0, 0));
  await answer(desk).fill("Until eleven.");
  await answer(desk).press("Enter");
  await expect(page.getByText("Until eleven.")).toBeAttached();
  await expect(desk.getByText("Has not read the last answer yet")).toBeVisible();
  await house.kill();
  await expect(page.getByText("No connection.")).toBeVisible();
  await scroll.evaluate((e) => e.scrollTo(0, e.scrollHeight));
  await expect(page.getByText("Until eleven.")).toBeInViewport();
  await house.start();
  await alive(desk);
  await expect(desk.getByText("Has read the last answer")).toBeVisible();
});

test("Enter sends, Shift+Enter breaks the line, links are safe, text stays text", async ({ house, newPage }) => {
  const page = await guest(house, await newPage());
  const field = page.getByLabel("Your message");
  await field.fill("one");
  await field.press("Shift+Enter");
  await field.pressSequentially("two https://example.com/path. <img src=x onerror=alert(1)> javascript:alert(1)");
  await field.press("Enter");
  const body = page.locator(".said.own .body");
  await expect(body).toHaveText("one\ntwo https://example.com/path. <img src=x onerror=alert(1)> javascript:alert(1)");
  await expect(body.locator("a")).toHaveCount(1);
  await expect(body.locator("a")).toHaveAttribute("href", "https://example.com/path");
  await expect(body.locator("a")).toHaveAttribute("rel", /noopener/);
  await expect(body.locator("img")).toHaveCount(0);
});

test("a text that is too long stays in the composer, with the reason", async ({ house, newPage }) => {
  const page = await guest(house, await newPage());
  const long = "word ".repeat(801);
  await write(page, long);
  await expect(page.getByRole("alert").filter({ hasText: "too long" })).toBeVisible();
  await expect(page.getByLabel("Your message")).toHaveValue(long);
  await expect(page.locator(".said.own")).toHaveCount(0);
});

test("two windows of one guest show the same", async ({ house, newPage }) => {
  const first = await guest(house, await newPage());
  const second = await first.context().newPage();
  await guest(house, second);
  await write(first, "from the first");
  await expect(second.locator(".said.own .body")).toHaveText(["from the first"]);
  await write(second, "from the second");
  for (const page of [first, second]) await expect(page.locator(".said.own .body")).toHaveText(["from the first", "from the second"]);
});

test("an unknown hotel is a friendly page", async ({ house, newPage }) => {
  const page = await newPage();
  const response = await page.goto(`${house.url}/chat/atlantis`);
  expect(response?.status()).toBe(404);
  await expect(page.getByRole("heading", { name: "Nothing here" })).toBeVisible();
});

test("times are those of the guest's zone", async ({ house, newPage }) => {
  const page = await guest(house, await newPage({ timezoneId: "Asia/Tokyo", locale: "en-GB" }));
  await write(page, "What time is it?");
  const time = page.locator(".said.own time");
  const iso = await time.getAttribute("datetime");
  const there = new Intl.DateTimeFormat("en-GB", { hour: "2-digit", minute: "2-digit", timeZone: "Asia/Tokyo" });
  await expect(time).toHaveText(there.format(new Date(iso!)));
});
