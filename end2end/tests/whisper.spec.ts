// Whispers: words that fade, between browsers.

import type { Page } from "@playwright/test";
import { expect, type House, test } from "./house";

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
}

/** Everybody has heard of everybody: what is typed from here on is seen. */
async function together(...pages: Page[]): Promise<void> {
  for (const page of pages) await expect(page.locator(".count")).toHaveText(new RegExp(`^${pages.length} of`));
  for (const page of pages) {
    await page.locator("#letters").pressSequentially(". ");
    for (const other of pages) await expect(other.locator(".lanes, .own-area").getByText(".", { exact: true }).first()).toBeAttached();
  }
}

const field = (page: Page) => page.locator("#letters");
const own = (page: Page) => page.locator(".lane.own .words");
/** What stands of a participant's words on somebody's page. */
const lane = (page: Page, name: string) => page.getByRole("region", { name, exact: true }).locator(".words");

test("a room by redirect; each letter is seen before any Enter, and fades everywhere", async ({ house, newPage }) => {
  const [anna, ben, cleo] = [await newPage(), await newPage(), await newPage()];
  const link = await open(house, anna);
  await join(ben, link);
  await join(cleo, link);
  await expect(anna.locator(".count")).toHaveText("3 of 12 here");
  await field(anna).pressSequentially("Door cod");
  for (const page of [ben, cleo]) await expect(lane(page, "Guest 1")).toHaveText("Door cod");
  await field(anna).pressSequentially("e 4711");
  for (const page of [ben, cleo]) await expect(lane(page, "Guest 1")).toHaveText("Door code 4711");
  await expect(own(anna)).toHaveText("Door code 4711");
  await field(ben).pressSequentially("thanks");
  for (const page of [anna, cleo]) await expect(lane(page, "Guest 2")).toHaveText("thanks");
  for (const page of [anna, ben, cleo]) {
    await expect(page.locator("body")).not.toContainText("4711");
    await expect(page.locator("body")).not.toContainText("thanks");
  }
});
