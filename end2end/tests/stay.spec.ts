// The stay beside the thread: from the printed code to the room in the console, and kept by agents.

import { agent, alive, expect, pick, row, section, test, write } from "./house";

test("from the printed code to the room in the console, until the room is turned over", async ({ house, newPage }) => {
  const beat = await agent(house, await newPage(), "beat");
  await beat.goto(`${house.url}/admin/hotels`);
  await beat.getByRole("link", { name: "Rooms" }).click();
  await beat.getByLabel("Rooms", { exact: true }).fill("601–603");
  await beat.getByRole("button", { name: "Add" }).click();
  await expect(beat.locator(".room-list li", { hasText: "602" })).toBeVisible();
  await beat.getByRole("link", { name: "Print the codes" }).click();
  const card = beat.locator(".cards li", { has: beat.locator(".room-number", { hasText: /^602$/ }) });
  await expect(card.locator("svg")).toBeVisible();
  const link = await card.locator(".link").innerText();

  // A phone reads the code.
  const guest = await newPage({ viewport: { width: 390, height: 844 } });
  await guest.goto(link);
  await alive(guest);
  await expect(guest).toHaveURL(`${house.url}/chat/seehof`);
  await write(guest, "The bulb by the bed is broken");
  await expect(guest.getByText("Delivered")).toBeVisible();
  const maria = await agent(house, await newPage(), "maria");
  await expect((await row(maria, "The bulb by the bed")).locator(".name")).toHaveText("Room 602");
  await pick(maria, "The bulb by the bed");
  await expect(maria.locator("aside.guest")).toContainText("Room 602");

  await beat.goto(`${house.url}/admin/hotels/seehof/rooms`);
  await beat.locator("summary", { hasText: "Change" }).and(beat.getByLabel("Change 602")).click();
  await beat.getByRole("button", { name: "Replace the code for 602" }).click();
  await expect(beat).toHaveURL(/#room-602$/);
  const late = await newPage();
  await late.goto(link);
  await expect(late.getByText("This QR code has expired")).toBeVisible();
  await alive(late);
  await write(late, "Good morning from where I am now");
  await expect(await row(maria, "Good morning from where I am now")).toBeVisible();
  await expect((await row(maria, "Good morning from where I am now")).locator(".name")).toHaveText(/^Guest · /);
});

test("where two stays could be the guest’s the agent is asked, and keeps it from then on", async ({ house, newPage }) => {
  const rui = await agent(house, await newPage(), "rui");
  const sofia = await agent(house, await newPage(), "sofia");
  await pick(rui, "Sylvie Lambert");
  const panel = rui.locator("aside.guest");
  await expect(panel).toContainText("Which of these is the guest’s reservation?");
  await expect(panel.locator(".choice")).toHaveCount(2);
  await panel.locator(".choice", { hasText: "CM-20645" }).click();
  await expect(panel.locator(".phase")).toHaveText("Arriving");
  await expect((await row(sofia, "Sylvie Lambert")).locator(".room")).toHaveText("Room 15");

  // A room move is kept as last > current, and a colleague sees it at once.
  await panel.getByRole("button", { name: "Edit" }).click();
  const dialog = rui.getByRole("dialog");
  await dialog.getByLabel("Room").fill("31");
  await dialog.getByLabel("Guests").fill("0");
  await dialog.getByRole("button", { name: "Save" }).click();
  await expect(dialog.getByRole("alert")).toHaveText("Guests: between 1 and 99 people.");
  await expect(dialog.getByLabel("Room")).toHaveValue("31");
  await dialog.getByLabel("Guests").fill("3");
  await dialog.getByRole("button", { name: "Save" }).click();
  await expect(dialog).toBeHidden();
  await expect(panel).toContainText("15 > 31");
  await expect((await row(sofia, "Sylvie Lambert")).locator(".room")).toHaveText("Room 15 > 31");
});

test("the queue can be looked at by phase of the stay", async ({ house, newPage }) => {
  const maria = await agent(house, await newPage(), "maria");
  await section(maria, "mine");
  const all = await maria.locator(".queue .row").count();
  await maria.getByRole("button", { name: "In house", exact: true }).click();
  const rows = maria.locator(".queue .row");
  await expect.poll(() => rows.count()).toBeLessThan(all);
  for (const one of await rows.all()) await expect(one.locator(".phase")).toHaveText("In house");
  await maria.getByRole("button", { name: "In house", exact: true }).click();
  await expect(rows).toHaveCount(all);
});

test("a stay is entered by hand where none is known", async ({ house, newPage }) => {
  const maria = await agent(house, await newPage(), "maria");
  await pick(maria, "Eleanor Prescott");
  const panel = maria.locator("aside.guest");
  await expect(panel).toContainText("No reservation linked.");
  await maria.keyboard.press("s");
  const dialog = maria.getByRole("dialog");
  await dialog.getByLabel("Reservation, name or room").fill("SH-4820");
  await expect(dialog.locator(".choice")).not.toHaveCount(0);
  await dialog.getByRole("button", { name: "Add manually" }).click();
  await dialog.getByLabel("Reservation").fill("SH-50001");
  await dialog.getByLabel("Arrival").fill("2036-10-09");
  await dialog.getByLabel("Departure").fill("2036-10-12");
  await dialog.getByRole("button", { name: "Save" }).click();
  await expect(panel).toContainText("SH-50001");
  await expect(panel).toContainText("9 – 12 Oct 2036");
  await expect((await section(maria, "waiting")).locator(".row", { hasText: "Eleanor Prescott" }).locator(".phase")).toHaveText("Arriving");
});
