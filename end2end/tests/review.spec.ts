// What reviewers and managers do: find what was said, take it along, look at figures, keep hours, tags and retention,
// answer for it all.

import { readFileSync } from "node:fs";
import type { Page } from "@playwright/test";
import { agent, alive, answer, expect, guest, type House, nowhere, pick, resolve, row, section, test, write } from "./house";

/** Waits until all that the demo has told is drawn into the index, which the board says. The page that is there stays. */
async function drawn(house: House, page: Page): Promise<void> {
  const wall = await page.context().newPage();
  await wall.goto(`${house.url}/admin/board/seehof`);
  await expect(wall.locator(".today dl")).toHaveAttribute("aria-busy", "false");
  await wall.close();
}

test("what was promised in March is found by its words, narrowed down, and read where it stands", async ({ house, newPage }) => {
  const admin = await agent(house, await newPage(), "admin");
  await admin.getByRole("link", { name: "Logs" }).click();
  await drawn(house, admin);
  await admin.getByLabel("Search messages and notes").fill("early breakfast");
  await admin.getByRole("button", { name: "Search" }).click();
  await expect(admin.getByText("No results.")).toBeVisible();
  await admin.goto(`${house.url}/admin/logs`);
  await admin.getByLabel("Search messages and notes").fill("breakfast");
  await admin.keyboard.press("Enter");
  const hits = admin.locator(".log-list .hit");
  await expect(hits.first()).toBeVisible();
  const all = await hits.count();
  for (const hit of await hits.all()) await expect(hit.locator("mark").first()).toHaveText(/breakfast/i);
  await admin.getByText("Filters").click();
  await admin.getByLabel("Agent").selectOption({ label: "Rui Gouveia" });
  await admin.getByRole("button", { name: "Search" }).click();
  await expect(admin).toHaveURL(/agent=[^&]/);
  await expect(hits.first()).toBeVisible();
  expect(await hits.count()).toBeLessThan(all);
  // Every search is a link.
  const other = await agent(house, await newPage(), "admin");
  await other.goto(admin.url());
  await expect(other.locator(".log-list .hit")).toHaveCount(await hits.count());
  // The line is shown where it stands.
  await hits.first().getByRole("link").click();
  await expect(admin.locator("li:target")).toContainText(/breakfast/i);
  await expect(admin.locator("li:target")).toBeInViewport();

  // Beat leads the Seehof only: what Casa do Mar said is not there for him.
  const beat = await agent(house, await newPage(), "beat");
  await beat.goto(admin.url().split("#")[0]);
  await expect(beat.getByRole("heading", { name: "Page not found" })).toBeVisible();
});

test("a new word is found a moment after it was said, in any script", async ({ house, newPage }) => {
  const visitor = await guest(house, await newPage());
  await write(visitor, "请问热水壶在哪里？");
  await expect(visitor.getByText("Delivered")).toBeVisible();
  const beat = await agent(house, await newPage(), "beat");
  await expect(async () => {
    await beat.goto(`${house.url}/admin/logs?q=${encodeURIComponent("热水壶")}`);
    await expect(beat.locator(".hit mark")).toHaveText("热水壶", { timeout: 500 });
  }).toPass();
});

test("a transcript goes to paper and into files", async ({ house, newPage }) => {
  const beat = await agent(house, await newPage(), "beat");
  await beat.goto(`${house.url}/admin/logs?status=resolved`);
  await beat.locator(".log-list a").first().click();
  for (const [name, begins, called] of [
    ["PDF for the guest", "%PDF-", /^Hotel-Seehof-.+-\d{4}-\d\d-\d\d\.pdf$/],
    ["Complete PDF", "%PDF-", /-complete\.pdf$/],
    ["CSV", "\uFEFFhotel,conversation", /^Hotel-Seehof-.+\.csv$/],
    ["JSON Lines", '{"conversation":', /^Hotel-Seehof-.+\.jsonl$/],
  ] as const) {
    const [download] = await Promise.all([beat.waitForEvent("download"), beat.getByRole("link", { name }).click()]);
    const text = readFileSync(await download.path(), "utf8");
    expect(text.startsWith(begins)).toBe(true);
    expect(download.suggestedFilename()).toMatch(called);
  }
  await beat.emulateMedia({ media: "print" });
  await expect(beat.getByRole("link", { name: "Complete PDF" })).toBeHidden();
  await expect(beat.locator(".bar")).toBeHidden();
  await expect(beat.locator(".timeline .said").first()).toBeVisible();
});

test("a filtered list is exported in the background, and taken", async ({ house, newPage }) => {
  const beat = await agent(house, await newPage(), "beat");
  await beat.goto(`${house.url}/admin/logs`);
  await drawn(house, beat);
  await beat.goto(`${house.url}/admin/logs?status=resolved&q=breakfast`);
  await beat.getByRole("button", { name: "Export these" }).click();
  await expect(beat.getByRole("heading", { name: /resolved conversations/ })).toBeVisible();
  await expect(beat.getByText("Search words don’t apply here")).toBeVisible();
  await beat.getByRole("button", { name: "Export as CSV" }).click();
  const [download] = await Promise.all([beat.waitForEvent("download"), beat.getByRole("link", { name: "Download", exact: true }).click()]);
  expect(readFileSync(await download.path(), "utf8").split("\r\n").length).toBeGreaterThan(20);
  const [zip] = await Promise.all([beat.waitForEvent("download"), beat.getByRole("link", { name: "With files (ZIP)" }).click()]);
  expect(zip.suggestedFilename()).toMatch(/^hotel-seehof-resolved-conversations-20.*\.zip$/);
  expect(readFileSync(await zip.path()).subarray(0, 2).toString()).toBe("PK");
  await beat.getByRole("button", { name: "Remove" }).click();
  await expect(beat.getByText("No exports yet.")).toBeVisible();
});

test("a guest rates what is over, and the stars come to the desk and the reports", async ({ house, newPage }) => {
  const visitor = await guest(house, await newPage({ viewport: { width: 390, height: 844 } }));
  await write(visitor, "Could I have a kettle?");
  await write(visitor, "The one in the cupboard leaks, and it is a long story. ".repeat(16));
  const maria = await agent(house, await newPage(), "maria");
  await pick(maria, "it is a long story");
  await maria.getByRole("button", { name: "Claim" }).click();
  await answer(maria).fill("On its way.");
  await maria.keyboard.press("Enter");
  await expect(visitor.getByText("On its way.")).toBeVisible();
  await expect(visitor.getByText("How did we do?")).toBeHidden();
  await resolve(maria);
  await (await section(maria, "resolved")).getByText("On its way.").click();
  // However much was said: what is asked now is in view.
  await expect(visitor.locator(".rating").getByRole("button", { name: "Send" })).toBeInViewport({ ratio: 1 });
  await visitor.getByLabel("4 of 5").check({ force: true });
  await visitor.getByLabel("Tell us more").fill("Quick!");
  await visitor.locator(".rating").getByRole("button", { name: "Send" }).click();
  await expect(visitor.getByText("Thank you for your rating: 4 of 5 stars")).toBeVisible();
  await expect(visitor.getByText("How did we do?")).toBeHidden();
  await expect(maria.locator("aside.guest")).toContainText("4 of 5 stars");
  await expect(maria.locator(".conversation")).toContainText("gave 4 of 5 stars — “Quick!”");
});

test("tags are kept by the manager and put on by agents, seen by colleagues at once", async ({ house, newPage }) => {
  const beat = await agent(house, await newPage(), "beat");
  await beat.goto(`${house.url}/admin/hotels/seehof/tags`);
  await beat.getByLabel("A new tag").fill("Anniversary");
  await beat.getByRole("button", { name: "Add" }).click();
  await expect(beat.locator(".room-list .tag", { hasText: "Anniversary" })).toBeVisible();
  const maria = await agent(house, await newPage(), "maria");
  const jonas = await agent(house, await newPage(), "jonas");
  await pick(maria, "Eleanor Prescott");
  await maria.getByLabel("Add a tag").selectOption("Anniversary");
  await expect((await row(jonas, "Eleanor Prescott")).locator(".tag", { hasText: "Anniversary" })).toBeVisible();
  await maria.getByRole("button", { name: "Remove Anniversary" }).click();
  await expect((await row(jonas, "Eleanor Prescott")).locator(".tag", { hasText: "Anniversary" })).toHaveCount(0);
});

test("the manager sets the hours, and guests are told when an answer comes", async ({ house, newPage }) => {
  const beat = await agent(house, await newPage(), "beat");
  await beat.goto(`${house.url}/admin/hotels/seehof/hours`);
  await beat.getByLabel("Monday").fill("8 until noon");
  await beat.getByRole("button", { name: "Save" }).click();
  await expect(beat.getByRole("alert")).toContainText("Monday");
  await expect(beat.getByLabel("Monday")).toHaveValue("8 until noon");
  for (const day of ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"]) await beat.getByLabel(day).fill("");
  await beat.getByRole("button", { name: "Save" }).click();
  await expect(beat.getByText("Saved.")).toBeVisible();
  const visitor = await guest(house, await newPage());
  await expect(visitor.getByText("We’re closed right now")).toBeVisible();
  await write(visitor, "I write all the same");
  await expect(visitor.getByText("Delivered")).toBeVisible();
  await beat.getByLabel("Open 24/7").check();
  await beat.getByRole("button", { name: "Save" }).click();
  await visitor.reload();
  await alive(visitor);
  await expect(visitor.locator(".connection.closed")).toBeHidden();
});

test("figures are shown with their tables and their meaning, for one hotel and for all", async ({ house, newPage }) => {
  const admin = await agent(house, await newPage(), "admin");
  await admin.getByRole("link", { name: "Reports" }).click();
  await expect(admin.getByRole("row", { name: /First response/ }).first()).toBeVisible();
  await expect(admin.getByRole("region", { name: "By hotel" })).toContainText("Casa do Mar");
  await admin.locator("select[name=hotel]").selectOption({ label: "Hotel Seehof" });
  await admin.getByRole("button", { name: "Show" }).click();
  await expect(admin.getByRole("region", { name: "By hotel" })).toHaveCount(0);
  await expect(admin.getByRole("img", { name: /Messages by hour and weekday. Busiest: [A-Z]/ })).toBeVisible();
  await expect(admin.getByText("By nearest rank")).toBeVisible();
  await admin.getByText("As a table").first().click();
  await expect(admin.getByRole("columnheader", { name: "23" })).toBeVisible();
});

test("the live board moves with the desk", async ({ house, newPage }) => {
  const wall = await agent(house, await newPage(), "beat");
  await wall.goto(`${house.url}/admin/board/seehof`);
  await alive(wall);
  const number = (name: string) => wall.locator(".now > div", { hasText: name }).locator("strong");
  // Figures that are whole: what the demo has told is drawn a moment after the start.
  await expect(wall.locator(".today dl")).toHaveAttribute("aria-busy", "false");
  const waiting = Number(await number("waiting").first().innerText());
  const visitor = await guest(house, await newPage());
  await write(visitor, "Is the pool open?");
  await expect(number("waiting").first()).toHaveText(String(waiting + 1));
  const maria = await agent(house, await newPage(), "maria");
  await expect(wall.locator(".there li", { hasText: "Maria Keller" })).toContainText("Available");
  const today = wall.locator(".today div", { hasText: "Answers" }).locator("dd");
  const answers = Number(await today.innerText());
  await pick(maria, "Is the pool open?");
  await maria.getByRole("button", { name: "Claim" }).click();
  await expect(number("waiting").first()).toHaveText(String(waiting));
  await answer(maria).fill("Until ten.");
  await maria.keyboard.press("Enter");
  await expect(today).toHaveText(String(answers + 1));
  // What guests write is not for a wall.
  await expect(wall.getByText("pool")).toHaveCount(0);
  // Reloaded hard, it is whole again: its WASM lies in a file of its own.
  await wall.reload();
  await alive(wall);
  await expect(today).toHaveText(String(answers + 1));
});

test("a guest is shown, given out and erased", async ({ house, newPage }) => {
  const beat = await agent(house, await newPage(), "beat");
  await drawn(house, beat);
  await beat.goto(`${house.url}/admin/logs?guest=tanaka`);
  await beat.locator(".log-list a").first().click();
  await beat.getByRole("link", { name: "Guest data" }).click();
  await expect(beat.getByRole("heading", { name: "Yuki Tanaka" })).toBeVisible();
  const [download] = await Promise.all([beat.waitForEvent("download"), beat.getByRole("link", { name: "Without files (JSON)" }).click()]);
  expect(JSON.parse(readFileSync(await download.path(), "utf8")).known.name).toBe("Yuki Tanaka");
  await beat.getByLabel("I’ve checked what will be deleted").check();
  await beat.getByRole("button", { name: "Erase this guest" }).click();
  await expect(beat.getByRole("rowheader", { name: "Guest erased" })).toBeVisible();
  await beat.goto(`${house.url}/admin/logs?guest=tanaka`);
  await expect(beat.getByText("No conversations match")).toBeVisible();
});

test("a guest who is erased leaves the desks too", async ({ house, newPage }) => {
  const visitor = await guest(house, await newPage());
  await write(visitor, "Please forget my number.");
  const maria = await agent(house, await newPage(), "maria");
  await pick(maria, "Please forget my number.");
  await maria.getByRole("button", { name: "Claim" }).click();
  await resolve(maria);
  await (await section(maria, "resolved")).getByText("Please forget my number.").click();
  const beat = await agent(house, await newPage(), "beat");
  await beat.goto(`${house.url}/admin/logs`);
  await beat.locator(".log-list a", { hasText: "Please forget my number." }).click();
  await beat.getByRole("link", { name: "Guest data" }).click();
  await beat.getByLabel("I’ve checked what will be deleted").check();
  await beat.getByRole("button", { name: "Erase this guest" }).click();
  await expect(maria.getByText("This guest and their conversations were erased.")).toBeVisible();
  await nowhere(maria, "Please forget my number.");
});

test("the trail is read by those who answer for it, and taken along", async ({ house, newPage }) => {
  const beat = await agent(house, await newPage(), "beat");
  await beat.goto(`${house.url}/admin/logs?q=anything`);
  await beat.getByRole("link", { name: "Audit" }).click();
  await beat.getByLabel("What").selectOption({ label: "Searched" });
  await beat.getByRole("button", { name: "Show" }).click();
  await expect(beat.locator(".trail tbody tr")).toHaveCount(1);
  await expect(beat.locator(".trail")).toContainText("Beat Imhof");
  const [download] = await Promise.all([beat.waitForEvent("download"), beat.getByRole("link", { name: "JSON Lines" }).click()]);
  expect(JSON.parse(readFileSync(await download.path(), "utf8").split("\n")[0]).what).toBe("searched");
});

test("a manager is asked what would go before anything is deleted for its age", async ({ house, newPage }) => {
  const beat = await agent(house, await newPage(), "beat");
  await beat.goto(`${house.url}/admin/hotels/seehof`);
  await beat.getByRole("link", { name: "Data retention" }).click();
  await beat.getByLabel("Resolved conversations").fill("7");
  await beat.getByRole("button", { name: "Show what would be deleted" }).click();
  await expect(beat.getByRole("status")).toContainText(/Not saved yet\. [1-9]\d* conversations/);
  await beat.reload();
  await beat.goto(`${house.url}/admin/hotels/seehof/retention`);
  await expect(beat.getByLabel("Resolved conversations")).toHaveValue("");
  await expect((await section(await agent(house, await newPage(), "maria"), "waiting")).locator(".row").first()).toBeVisible();
});

test("a manager gives a role, and the desk it is given to has the hotel at once; taken away it is gone", async ({ house, newPage }) => {
  const maria = await agent(house, await newPage(), "maria");
  await pick(maria, "Eleanor Prescott");
  await answer(maria).or(maria.getByRole("button", { name: "Claim" })).first().waitFor();
  const admin = await agent(house, await newPage(), "admin");
  await admin.getByRole("link", { name: "Logs" }).click();
  await admin.getByRole("link", { name: "Staff" }).click();
  await admin.getByRole("link", { name: /Maria Keller/ }).click();
  await admin.getByLabel("Casa do Mar").selectOption({ label: "Agent" });
  await admin.getByRole("button", { name: "Save" }).click();
  await expect(admin.getByText("Saved.")).toBeVisible();
  await expect(maria.getByRole("button", { name: "Casa do Mar", exact: true })).toBeVisible();
  await alive(maria);
  for (const hotel of ["Casa do Mar", "Hotel Seehof"]) await admin.getByLabel(hotel).selectOption({ label: "No role" });
  await admin.getByRole("button", { name: "Save" }).click();
  await nowhere(maria, "");
  // Somebody new, by mistake without a password: what was typed stays.
  await admin.getByRole("link", { name: "Staff" }).first().click();
  await admin.getByLabel("Name").fill("Nadia Frei");
  await admin.getByLabel("E-mail").fill("nadia@bellhop.example");
  await admin.getByRole("button", { name: "Add" }).click();
  await expect(admin.getByRole("alert")).toContainText("Password");
  await expect(admin.getByLabel("Name")).toHaveValue("Nadia Frei");
  await admin.getByLabel("Password").fill("bellhop-demo");
  await admin.getByRole("button", { name: "Add" }).click();
  await expect(admin.locator("li:target")).toContainText("Nadia Frei");
  // Whose password somebody else knows is asked for one of their own.
  const nadia = await newPage();
  await nadia.goto(`${house.url}/login`);
  await nadia.getByLabel("E-mail").fill("nadia@bellhop.example");
  await nadia.getByLabel("Password").fill("bellhop-demo");
  await nadia.getByRole("button", { name: "Sign in" }).click();
  await expect(nadia.getByText("Your password was set for you")).toBeVisible();
  await nadia.getByLabel("Current password").fill("bellhop-demo");
  await nadia.getByLabel("New password").fill("only nadia knows");
  await nadia.getByRole("button", { name: "Change" }).click();
  await expect(nadia.getByRole("status")).toContainText("Password changed");
  await nadia.getByRole("link", { name: "Back to the desk" }).click();
  await alive(nadia);
});

test("what changes while the board waits for its figures is asked for again", async ({ house, newPage }) => {
  const page = await newPage();
  // A clock that stands still: every minute the board asks anyway.
  await page.addInitScript((now) => (Date.now = () => now), Date.now());
  // The server's answer to `today` is kept back while `held` is there.
  let held: (() => void)[] | undefined;
  const asked = new Set<number>();
  await page.routeWebSocket(/\/socket/, (socket) => {
    const server = socket.connectToServer();
    socket.onMessage((text) => {
      const command = JSON.parse(String(text));
      if (command.do === "today") asked.add(command.id);
      server.send(text);
    });
    server.onMessage((text) => {
      if (held && asked.has(JSON.parse(String(text)).id)) held.push(() => socket.send(text));
      else socket.send(text);
    });
  });
  const wall = await agent(house, page, "beat");
  await wall.goto(`${house.url}/admin/board/seehof`);
  await alive(wall);
  await expect(wall.locator(".today dl")).toHaveAttribute("aria-busy", "false");
  const waiting = wall.locator(".now > div", { hasText: "waiting" }).locator("strong").first();
  const opened = wall.locator(".today div", { hasText: "Conversations" }).locator("dd");
  const [waited, before] = [Number(await waiting.innerText()), Number(await opened.innerText())];
  held = [];
  await write(await guest(house, await newPage()), "The first");
  await expect.poll(() => held!.length).toBeGreaterThan(0);
  await write(await guest(house, await newPage()), "The second");
  // The second is heard of while the answer from before it is still on its way.
  await expect(waiting).toHaveText(String(waited + 2));
  const late = held;
  held = undefined;
  late.forEach((send) => send());
  await expect(opened).toHaveText(String(before + 2));
});

test("a guest who is erased while a desk is offline is gone from it when it is back", async ({ house, newPage }) => {
  const visitor = await guest(house, await newPage());
  await write(visitor, "Please forget my number.");
  await expect(visitor.getByText("Delivered")).toBeVisible();
  const page = await newPage();
  let cut = false;
  const open = new Set<() => void>();
  await page.routeWebSocket(/\/socket/, (socket) => {
    if (cut) return socket.close();
    socket.connectToServer();
    open.add(() => socket.close());
  });
  const maria = await agent(house, page, "maria");
  await pick(maria, "Please forget my number.");
  await expect(maria.locator(".conversation .said")).toContainText("Please forget my number.");
  cut = true;
  open.forEach((close) => close());
  await expect(maria.locator("[data-link=up]")).toHaveCount(0);

  const beat = await agent(house, await newPage(), "beat");
  await pick(beat, "Please forget my number.");
  await beat.getByRole("button", { name: "Claim" }).click();
  await resolve(beat);
  await expect((await section(beat, "resolved")).getByText("Please forget my number.")).toBeVisible();
  await beat.goto(`${house.url}/admin/logs`);
  await beat.locator(".log-list a", { hasText: "Please forget my number." }).click();
  await beat.getByRole("link", { name: "Guest data" }).click();
  await beat.getByLabel("I’ve checked what will be deleted").check();
  await beat.getByRole("button", { name: "Erase this guest" }).click();
  await expect(beat.getByRole("rowheader", { name: "Guest erased" })).toBeVisible();
  await expect(await row(maria, "Please forget my number.")).toHaveCount(1);
  cut = false;
  await alive(maria);
  await nowhere(maria, "Please forget my number.");
  await expect(maria.getByText("Please forget my number.")).toHaveCount(0);
});

test("when the desk opens is told by the hotel’s clock, and by the reader’s where it is another", async ({ house, newPage }) => {
  // Open for an hour that begins in three, every day.
  const clock = (at: Date, timeZone: string) => at.toLocaleTimeString("en-GB", { timeZone, hour: "2-digit", minute: "2-digit" });
  const opens = new Date(Date.now() + 3 * 3_600_000);
  opens.setUTCMinutes(0, 0, 0);
  const hours = `${clock(opens, "Europe/Zurich")}-${clock(new Date(opens.getTime() + 3_600_000), "Europe/Zurich")}`;
  const beat = await agent(house, await newPage(), "beat");
  const form = Object.fromEntries(["d0", "d1", "d2", "d3", "d4", "d5", "d6"].map((day) => [day, hours]));
  await beat.context().request.post(`${house.url}/admin/hotels/seehof/hours`, { headers: { origin: house.url }, form });
  const told = async (options: object) => {
    const page = await newPage({ locale: "en-US", ...options });
    await page.goto(`${house.url}/chat/seehof`);
    return page.locator(".connection.closed");
  };
  const here = `We’ll reply from ${clock(opens, "Europe/Zurich")}`;
  await expect(await told({ timezoneId: "Europe/Zurich" })).toHaveText(new RegExp(`${here}( tomorrow)?\\.$`));
  await expect(await told({ timezoneId: "Asia/Tokyo" })).toHaveText(
    new RegExp(`${here}( tomorrow)?\\. That is ${clock(opens, "Asia/Tokyo")} (today|tomorrow) where you are\\.$`),
  );
  await expect(await told({ javaScriptEnabled: false })).toHaveText(new RegExp(`${here}( tomorrow)?\\. \\(Zurich time\\)$`));
});
