// Two devices of one guest, both with an open conversation, become one.

import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { agent, alive, answer, expect, guest, type House, pick, row, test, write } from "./house";
import type { Page } from "@playwright/test";

/** The last letter written, once there are `count`. */
async function letter(house: House, count: number): Promise<{ code: string; link: string }> {
  const files = () => {
    try {
      return readdirSync(house.mail).map((file) => join(house.mail, file));
    } catch {
      return [];
    }
  };
  await expect.poll(() => files().length).toBe(count);
  const last = files().sort((a, b) => statSync(a).mtimeMs - statSync(b).mtimeMs)[count - 1];
  const text = readFileSync(last, "utf8").replaceAll("=\r\n", "");
  return { code: text.match(/Your code is (\d{6})/)![1], link: text.match(/http\S+\/stays\/link\/\S+/)![0] };
}

async function giveAddress(page: Page): Promise<void> {
  await page.locator("details.name summary").click();
  await page.getByRole("link", { name: "Continue on another device" }).click();
  await page.getByLabel("E-mail").fill("yuki@example.org");
  await page.getByRole("button", { name: "Send the code" }).click();
  await expect(page.getByText("We sent a 6-digit code to yuki@example.org")).toBeVisible();
}

// Whichever of the two is held goes on, whosever address it was first.
for (const held of ["laptop", "phone"] as const) test(`two devices with an open conversation each become one guest; the ${held}’s goes on`, async ({ house, newPage }) => {
  const laptop = await guest(house, await newPage());
  await write(laptop, "From the laptop: is there a crib?");
  await expect(laptop.getByText("Delivered")).toBeVisible();
  const phone = await guest(house, await newPage({ viewport: { width: 390, height: 844 } }));
  await write(phone, "From the phone: we land at nine");
  await expect(phone.getByText("Delivered")).toBeVisible();
  const phoneToo = await phone.context().newPage();
  await guest(house, phoneToo);

  const maria = await agent(house, await newPage(), "maria");
  await pick(maria, held === "laptop" ? "is there a crib?" : "we land at nine");
  await maria.keyboard.press("c");
  await expect(answer(maria)).toBeFocused();
  await answer(maria).fill("There is, I will bring");

  // Jonas looks at the one that will end, with a note begun.
  const jonas = await agent(house, await newPage(), "jonas");
  await pick(jonas, held === "laptop" ? "we land at nine" : "is there a crib?");
  await jonas.keyboard.press("n");
  await jonas.getByRole("textbox", { name: "Note" }).fill("They land late");

  await giveAddress(laptop);
  await laptop.getByLabel("Code").fill((await letter(house, 1)).code);
  await laptop.getByRole("button", { name: "Continue" }).click();
  await expect(laptop.getByText("Enter the same e-mail on your other device")).toBeVisible();
  await laptop.getByRole("link", { name: "Continue" }).click();
  await alive(laptop);
  await expect(laptop).toHaveURL(`${house.url}/chat/seehof`);

  await giveAddress(phone);
  const { code } = await letter(house, 2);
  await phone.getByLabel("Code").fill(code === "000000" ? "000001" : "000000");
  await phone.getByRole("button", { name: "Continue" }).click();
  await expect(phone.getByRole("alert")).toContainText("Wrong code. 4 attempts left.");
  await phone.getByLabel("Code").fill(code);
  await phone.getByRole("button", { name: "Continue" }).click();
  await expect(phone.getByText("Both devices now show the same conversations.")).toBeVisible();
  await phone.getByRole("link", { name: "Continue" }).click();

  // Every window of both devices shows the one conversation, in one order.
  const inOrder = held === "laptop" ? [/is there a crib/, /we land at nine/] : [/we land at nine/, /is there a crib/];
  for (const page of [phone, laptop, phoneToo]) {
    await expect(page.locator(".said")).toHaveText(inOrder);
    await expect(page.locator(".event", { hasText: "From your other device" })).toHaveCount(1);
    await expect(page.locator(".standing")).toHaveText("Maria Keller is helping you");
  }
  await expect(jonas.getByText("This guest’s two conversations were merged.").first()).toBeVisible();
  await expect(jonas.locator(".conversation .said.guest")).toHaveText(inOrder);
  await expect(jonas.getByRole("textbox", { name: "Note" })).toHaveValue("They land late");
  // Maria sees it as well; her draft is as it was, and the other conversation is no more.
  await expect(maria.locator(".conversation .said.guest")).toHaveText(inOrder);
  await expect(maria.locator(".conversation .event", { hasText: "wrote from another device" })).toBeVisible();
  await expect(answer(maria)).toHaveValue("There is, I will bring");
  await expect(await row(maria, /we land at nine|is there a crib/)).toHaveCount(1);
  await answer(maria).fill("There is, and nine is fine.");
  await answer(maria).press("Enter");
  for (const page of [phone, laptop, phoneToo]) await expect(page.getByText("nine is fine")).toBeVisible();
});

test("a link in the letter goes on where it is opened", async ({ house, newPage }) => {
  const laptop = await guest(house, await newPage());
  await write(laptop, "Written on the laptop");
  await expect(laptop.getByText("Delivered")).toBeVisible();
  await giveAddress(laptop);
  const { link } = await letter(house, 1);
  await laptop.goto(link);
  await laptop.getByRole("button", { name: "Yes, it’s me" }).click();
  await laptop.getByRole("link", { name: "Continue" }).click();
  await alive(laptop);
  await expect(laptop).toHaveURL(`${house.url}/stays`);
  // The next letter, opened on the tablet.
  await guest(house, laptop);
  await giveAddress(laptop);
  const tablet = await newPage();
  await tablet.goto((await letter(house, 2)).link);
  await tablet.getByLabel("The e-mail address we wrote to").fill("stranger@example.org");
  await tablet.getByRole("button", { name: "Yes, it’s me" }).click();
  await expect(tablet.getByRole("alert")).toHaveText("This link was sent to a different e-mail address.");
  await tablet.getByLabel("The e-mail address we wrote to").fill("yuki@example.org");
  await tablet.getByRole("button", { name: "Yes, it’s me" }).click();
  await tablet.getByRole("link", { name: "Continue" }).click();
  await alive(tablet);
  await expect(tablet.locator(".stay-row")).toContainText("You: Written on the laptop");
});
