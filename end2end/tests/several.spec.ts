// One guest with three hotels at once: columns on a desk, tabs on a phone, one socket.

import { agent, alive, answer, expect, pick, section, test } from "./house";
import type { Page } from "@playwright/test";

const HOTELS = [
  { slug: "seehof", name: "Hotel Seehof", who: "maria", agent: "Maria Keller" },
  { slug: "casa-do-mar", name: "Casa do Mar", who: "rui", agent: "Rui Gouveia" },
  { slug: "berghaus", name: "Berghaus Alpina", who: "luca", agent: "Luca Caflisch" },
];

const column = (page: Page, slug: string) => page.locator(`.column[data-hotel="${slug}"]`);

async function writeTo(page: Page, slug: string, text: string): Promise<void> {
  const field = column(page, slug).getByLabel("Your message");
  await field.fill(text);
  await field.press("Enter");
}

/** Opens a hotel from the search: the guest has not written to it yet. */
async function begin(page: Page, hotel: { slug: string; name: string }): Promise<void> {
  await page.getByLabel("Message another hotel").fill(hotel.name.split(" ")[1].slice(0, 3));
  await page.locator(".found").getByRole("button", { name: hotel.name }).click();
  await expect(column(page, hotel.slug)).toBeVisible();
}

test("one guest with three hotels and an agent at each, all typing at once", async ({ house, newPage }) => {
  const guest = await newPage({ viewport: { width: 1400, height: 800 } });
  await guest.goto(`${house.url}/stays`);
  await alive(guest);
  await expect(guest.getByText("You haven’t messaged any hotels yet.")).toBeVisible();
  for (const hotel of HOTELS) {
    await begin(guest, hotel);
    await writeTo(guest, hotel.slug, `Hello ${hotel.name}, this is for you only`);
    await expect(column(guest, hotel.slug).getByText("Delivered")).toBeVisible();
  }
  await expect(guest.locator(".stay-row")).toHaveCount(3);

  const desks = await Promise.all(HOTELS.map(async (hotel) => agent(house, await newPage(), hotel.who)));
  for (const [n, desk] of desks.entries()) {
    await pick(desk, `Hello ${HOTELS[n].name}`);
    await desk.keyboard.press("c");
    await expect(answer(desk)).toBeFocused();
    await expect(desk.locator(".composer .as")).toHaveText(`Replying as ${HOTELS[n].name}`);
  }
  // All type at once, and the guest sees each where they belong.
  const typing = desks.map((desk) => answer(desk).pressSequentially("Good evening, and welcome", { delay: 40 }));
  for (const hotel of HOTELS) {
    await expect(column(guest, hotel.slug).getByText(`${hotel.agent} is typing…`)).toBeVisible();
    await expect(guest.locator(".stay-row", { hasText: hotel.name })).toContainText(`${hotel.agent} is typing…`);
  }
  await Promise.all(typing);
  await Promise.all(desks.map((desk) => answer(desk).press("Enter")));
  for (const hotel of HOTELS) {
    await expect(column(guest, hotel.slug).locator(".said.theirs")).toHaveText([/Good evening, and welcome/]);
    await expect(column(guest, hotel.slug).locator(".standing")).toHaveText(`${hotel.agent} is helping you`);
    await expect(guest.locator(".stay-row", { hasText: hotel.name }).locator(".by")).toHaveText(hotel.agent);
  }
  // Nobody has read what was for another.
  for (const [n, desk] of desks.entries()) {
    for (const other of HOTELS.filter((_, m) => m !== n)) await expect(desk.getByText(`Hello ${other.name}`)).toHaveCount(0);
  }
  // What comes to a hotel whose column is closed is counted in the list.
  await column(guest, "berghaus").getByRole("button", { name: "Close Berghaus Alpina" }).click();
  await answer(desks[2]).fill("Shall I keep a table?");
  await answer(desks[2]).press("Enter");
  await expect(guest.locator(".stay-row", { hasText: "Berghaus" }).locator(".unread")).toContainText("1");
  await expect(desks[2].locator(".conversation .said.staff .meta").last()).toContainText("delivered");
  await guest.locator(".stay-row", { hasText: "Berghaus" }).click();
  await expect(column(guest, "berghaus").getByText("Shall I keep a table?")).toBeVisible();
  await expect(desks[2].locator(".conversation .said.staff .meta").last()).toContainText("read");
  // The columns are there again after a reload.
  await guest.reload();
  await alive(guest);
  await expect(guest.locator(".column:visible")).toHaveCount(3);
  await expect(column(guest, "seehof").locator(".said")).toHaveCount(2);
});

test("on a phone the hotels are tabs, and what comes to the others is counted", async ({ house, newPage }) => {
  const guest = await newPage({ viewport: { width: 390, height: 844 } });
  await guest.goto(`${house.url}/stays`);
  await alive(guest);
  for (const hotel of HOTELS.slice(0, 2)) {
    await guest.getByRole("tab", { name: "All" }).click();
    await begin(guest, hotel);
    await writeTo(guest, hotel.slug, `A question for ${hotel.name}`);
    await expect(column(guest, hotel.slug).getByText("Delivered")).toBeVisible();
  }
  await expect(guest.locator(".column:visible")).toHaveCount(1);
  const maria = await agent(house, await newPage(), "maria");
  await pick(maria, "A question for Hotel Seehof");
  await maria.keyboard.press("c");
  await answer(maria).fill("An answer");
  await answer(maria).press("Enter");
  const tab = guest.getByRole("tab", { name: /Hotel Seehof/ });
  await expect(tab.locator(".unread")).toHaveText("1");
  await tab.click();
  await expect(column(guest, "seehof").getByText("An answer")).toBeVisible();
  await expect(tab.locator(".unread")).toBeHidden();
  await expect(column(guest, "casa-do-mar")).toBeHidden();
});

test("after a lost connection three conversations get exactly what they missed", async ({ house, newPage }) => {
  const guest = await newPage({ viewport: { width: 1400, height: 800 } });
  await guest.goto(`${house.url}/stays`);
  await alive(guest);
  const desks: Page[] = [];
  for (const hotel of HOTELS) {
    await begin(guest, hotel);
    await writeTo(guest, hotel.slug, `Hello ${hotel.name}`);
    const desk = await agent(house, await newPage(), hotel.who);
    await pick(desk, `Hello ${hotel.name}`);
    await desk.keyboard.press("c");
    await expect(answer(desk)).toBeFocused();
    desks.push(desk);
  }
  await guest.context().setOffline(true);
  await expect(guest.locator(".stays > .connection.lost")).toBeVisible({ timeout: 45_000 });
  // Messages to two hotels wait on their own; answers come meanwhile.
  await writeTo(guest, "seehof", "written offline, one");
  await writeTo(guest, "casa-do-mar", "written offline, two");
  const missed = [2, 0, 3];
  for (const [n, desk] of desks.entries()) {
    for (let i = 1; i <= missed[n]; i++) {
      await answer(desk).fill(`missed ${i}`);
      await answer(desk).press("Enter");
      await expect(desk.locator(".conversation .said.staff:not(.pending)")).toHaveCount(i);
    }
  }
  await guest.context().setOffline(false);
  await alive(guest);
  for (const [n, hotel] of HOTELS.entries()) {
    const theirs = Array.from({ length: missed[n] }, (_, i) => new RegExp(`missed ${i + 1}`));
    await expect(column(guest, hotel.slug).locator(".said.theirs")).toHaveText(theirs);
    await expect(column(guest, hotel.slug).locator(".pending")).toHaveCount(0);
  }
  await expect(desks[0].locator(".conversation .said.guest", { hasText: "written offline, one" })).toHaveCount(1);
  await expect(desks[1].locator(".conversation .said.guest", { hasText: "written offline, two" })).toHaveCount(1);
});

test("a manager sees who answers whom, and hands on or takes back for them", async ({ house, newPage }) => {
  const maria = await agent(house, await newPage(), "maria");
  await agent(house, await newPage(), "jonas");
  const beat = await agent(house, await newPage(), "beat");
  await (await section(maria, "waiting")).locator(".row").first().click();
  const guest = await maria.locator(".conversation h1").innerText();
  await maria.keyboard.press("c");
  await expect(answer(maria)).toBeFocused();
  await beat.getByRole("button", { name: "Team" }).click();
  const team = beat.getByRole("dialog");
  const person = (name: string) => team.locator(".agents > li", { hasText: name });
  await expect(person("Maria Keller")).toContainText("Available");
  const before = Number((await person("Maria Keller").locator(".count").innerText()).split(" ")[0]);
  await expect(person("Maria Keller").locator(".held li")).toHaveCount(before);
  await person("Maria Keller").locator(".held li", { hasText: guest }).getByRole("button", { name: "Transfer" }).click();
  await beat.getByRole("dialog").getByRole("button", { name: /Jonas Brunner/ }).click();
  await expect(maria.getByText(`Beat Imhof transferred ${guest} to Jonas Brunner.`)).toBeVisible();
  // Back at the team, for the next one.
  await person("Jonas Brunner").locator(".held li", { hasText: guest }).getByRole("button", { name: "Release" }).click();
  await expect(person("Jonas Brunner").locator(".held li", { hasText: guest })).toHaveCount(0);
  await expect((await section(maria, "waiting")).locator(".row", { hasText: guest })).toBeVisible();
});

test("an agent of two hotels is available in one of them, and sees which hotel is which", async ({ house, newPage }) => {
  const ines = await agent(house, await newPage(), "ines");
  const menu = ines.locator(".availability");
  await expect(menu.locator("summary")).toHaveText("Available");
  await menu.locator("summary").click();
  await menu.getByRole("switch", { name: "Casa do Mar" }).click();
  await expect(menu.locator("summary")).toHaveText("Available in 1 of 2");
  await ines.reload();
  await alive(ines);
  await expect(menu.locator("summary")).toHaveText("Available in 1 of 2");
  for (const one of await (await section(ines, "waiting")).locator(".row").all()) {
    await expect(one.locator(".hotel")).toHaveText(/Hotel Seehof|Casa do Mar/);
  }
});

test("a closed hotel says so in its column too, and a lost connection is said once above all", async ({ house, newPage }) => {
  const admin = await agent(house, await newPage(), "admin");
  // No hours on any day: closed.
  await admin.context().request.post(`${house.url}/admin/hotels/seehof/hours`, { headers: { origin: house.url }, form: Object.fromEntries(["d0", "d1", "d2", "d3", "d4", "d5", "d6"].map((day) => [day, ""])) });
  const guest = await newPage({ viewport: { width: 1280, height: 800 } });
  await guest.goto(`${house.url}/stays`);
  await alive(guest);
  await begin(guest, HOTELS[0]);
  await expect(column(guest, "seehof").getByText("We’re closed right now")).toBeVisible();
  await guest.screenshot({ path: "shots/stays-closed.png" });
  await house.kill();
  await expect(guest.getByText("You’re offline.").filter({ visible: true })).toHaveCount(1);
});

test("what one guest left unsent in a tab is not said by whoever the browser is next", async ({ house, newPage }) => {
  const [tab, other] = [await newPage(), await newPage()];
  for (const page of [tab, tab, other]) {
    await page.goto(`${house.url}/chat/seehof`);
    await alive(page);
  }
  const ben = await other.context().cookies();
  await house.kill();
  await tab.getByLabel("Your message").fill("Ann’s secret");
  await tab.getByLabel("Your message").press("Enter");
  await expect(tab.getByText("Not sent yet")).toBeVisible();
  // The browser is another guest's before the tab has a connection again: the page begins anew as theirs.
  await tab.context().clearCookies();
  await tab.context().addCookies(ben);
  await house.start();
  await expect(tab.getByText("Ann’s secret")).toHaveCount(0, { timeout: 40_000 });
  await alive(tab);
  await tab.getByLabel("Your message").fill("From Ben");
  await tab.getByLabel("Your message").press("Enter");
  await expect(tab.locator(".said.own .body")).toHaveText(["From Ben"]);
  const desk = await agent(house, await newPage(), "maria");
  await pick(desk, "From Ben");
  await expect(desk.locator(".conversation .said .body")).toHaveText(["From Ben"]);
  await expect(desk.getByText("Ann’s secret")).toHaveCount(0);
});
