// How it looks and whether everybody can use it: screenshots kept as artefacts, axe on every page.

import AxeBuilder from "@axe-core/playwright";
import type { Page } from "@playwright/test";
import { agent, alive, expect, guest, pick, resolve, section, test, write } from "./house";

async function accessible(page: Page, name: string): Promise<void> {
  const { violations } = await new AxeBuilder({ page }).analyze();
  const serious = violations.filter((v) => v.impact === "serious" || v.impact === "critical");
  expect(serious.map((v) => `${name}: ${v.id}: ${v.nodes.map((n) => n.target.join(" ")).join(", ")}`)).toEqual([]);
}

for (const colorScheme of ["light", "dark"] as const) {
  for (const width of [1280, 390]) {
    test(`every page, ${width} px, ${colorScheme}`, async ({ house, newPage }) => {
      test.setTimeout(900_000);
      const look = { colorScheme, viewport: { width, height: width === 390 ? 844 : 800 }, reducedMotion: "reduce" as const };
      const shot = async (page: Page, name: string) => {
        // Chromium without a screen now and then has no frame to give; the next one comes.
        await expect(() => page.screenshot({ path: `shots/${name}-${width}-${colorScheme}.png` })).toPass({ timeout: 30_000 });
        await accessible(page, name);
      };

      const visitor = await newPage(look);
      await visitor.goto(house.url);
      await shot(visitor, "home");
      await visitor.goto(`${house.url}/login`);
      await shot(visitor, "login");
      await visitor.goto(`${house.url}/chat/atlantis`);
      await shot(visitor, "not-found");
      await guest(house, visitor);
      await shot(visitor, "chat-empty");
      await write(visitor, "Good evening! We arrive on the late train. Could somebody let us in at 23:40?");
      await write(visitor, "https://example.com/" + "a-very-long-address-without-any-place-to-break".repeat(4));
      await expect(visitor.getByText("Delivered")).toBeVisible();

      const desk = await agent(house, await newPage(look), "ines");
      await shot(desk, "desk");
      await pick(desk, "https://example.com/a-very-long");
      await expect(desk.locator(".conversation .said")).toHaveCount(2);
      await shot(desk, "desk-waiting");
      await desk.getByRole("button", { name: "Claim" }).click();
      await desk.getByRole("textbox", { name: "Reply" }).fill("Of course. Ring the night bell on the left; Jonas is in until one.");
      await desk.keyboard.press("Enter");
      await expect(visitor.getByText("Ring the night bell")).toBeVisible();
      await shot(visitor, "chat");
      await desk.getByRole("textbox", { name: "Reply" }).fill("One more thing about the bell");
      await shot(desk, "desk-held");
      if (width === 390) await desk.getByRole("button", { name: "More" }).click();
      await desk.getByRole("button", { name: "Transfer" }).click();
      await shot(desk, "desk-transfer");
      await desk.keyboard.press("Escape");
      if (width === 390) {
        await desk.getByRole("button", { name: "About the guest" }).click();
        await shot(desk, "desk-guest");
        await desk.getByRole("complementary").getByRole("button", { name: "Close" }).click();
        await desk.getByRole("button", { name: "Back to the queue" }).click();
      }
      await (await section(desk, "colleagues")).locator(".row").first().click();
      await expect(desk.locator(".lock.held")).toBeVisible();
      await shot(desk, "desk-locked");
      await desk.getByRole("button", { name: "Take over" }).click();
      await shot(desk, "desk-take-over");

      await visitor.goto(`${house.url}/demo`);
      await shot(visitor, "demo");
      await visitor.getByRole("button", { name: "Write to us" }).click();
      await expect(visitor.frameLocator("iframe").locator("[data-link=up]")).toBeAttached();
      await shot(visitor, "demo-open");

      const admin = await agent(house, await newPage(look), "admin");
      await admin.goto(`${house.url}/admin/logs`);
      await shot(admin, "logs");
      await admin.goto(`${house.url}/admin/logs?from=2001-01-01&until=2001-01-02`);
      await shot(admin, "logs-empty");
      await admin.goto(`${house.url}/admin/logs?status=resolved`);
      await admin.locator(".log-list a").first().click();
      await shot(admin, "log");
      await admin.getByRole("link", { name: "Guest data" }).click();
      await shot(admin, "guest-data");
      for (const [name, path] of Object.entries({
        "logs-words": "logs?q=breakfast",
        "logs-refused": "logs?q=%22%22&from=2026-02-02&until=2026-01-01",
        exports: "exports?status=resolved",
        reports: "reports?hotel=seehof",
        "reports-all": "reports",
        audit: "audit",
        hours: "hotels/casa-do-mar/hours",
        tags: "hotels/seehof/tags",
        retention: "hotels/seehof/retention",
        staff: "staff",
      })) {
        await admin.goto(`${house.url}/admin/${path}`);
        await shot(admin, name);
      }
      await admin.goto(`${house.url}/admin/staff`);
      await admin.getByRole("link", { name: /Inês/ }).click();
      await shot(admin, "person");
      await admin.goto(`${house.url}/account`);
      await shot(admin, "account");
      await admin.goto(`${house.url}/admin/board/seehof`);
      await alive(admin);
      await shot(admin, "board");

      await admin.goto(`${house.url}/admin/hotels`);
      await shot(admin, "hotels");
      await admin.goto(`${house.url}/admin/hotels/seehof`);
      await admin.getByLabel("Name").fill("Property management");
      await admin.getByRole("button", { name: "Create key" }).last().click();
      await shot(admin, "hotel");
      await admin.screenshot({ path: `shots/hotel-whole-${width}-${colorScheme}.png`, fullPage: true });
      await admin.goto(`${house.url}/admin/hotels/seehof/rooms`);
      await shot(admin, "rooms");
      await admin.goto(`${house.url}/admin/hotels/seehof/rooms/sheet`);
      await shot(admin, "sheet");

      await desk.keyboard.press("Escape");
      if (width === 390) await desk.getByRole("button", { name: "Back to the queue" }).click();
      await pick(desk, "Sylvie Lambert");
      if (width === 390) await desk.getByRole("button", { name: "About the guest" }).click();
      await expect(desk.locator("aside.guest .choice")).toHaveCount(2);
      await shot(desk, "desk-which-stay");
      await desk.locator("aside.guest .choice").first().click();
      await expect(desk.locator("aside.guest .phase")).toBeVisible();
      await shot(desk, "desk-stay");
      await desk.locator("aside.guest").getByRole("button", { name: "Edit" }).click();
      await shot(desk, "desk-stay-edit");
      await desk.keyboard.press("Escape");
      await desk.locator("aside.guest").getByRole("button", { name: "Change reservation" }).click();
      await desk.getByLabel("Reservation, name or room").fill("CM-206");
      await expect(desk.getByRole("dialog").locator(".choice").nth(3)).toBeVisible();
      await shot(desk, "desk-find");
      await desk.keyboard.press("Escape");
      if (width === 390) await desk.getByRole("button", { name: "Back to the queue" }).click();
      await desk.locator(".availability summary").click();
      await shot(desk, "desk-availability");
      const lead = await agent(house, await newPage(look), "admin");
      await lead.getByRole("button", { name: "Team" }).click();
      await shot(lead, "desk-team");

      const several = await newPage(look);
      await several.goto(`${house.url}/stays`);
      await alive(several);
      await shot(several, "stays-empty");
      for (const name of ["Casa do Mar", "Berghaus Alpina"]) {
        if (width === 390) await several.getByRole("tab", { name: "All" }).click();
        await several.getByLabel("Message another hotel").click();
        if (name === "Casa do Mar") await shot(several, "stays-find");
        await several.locator(".found").getByRole("button", { name }).click();
        const column = several.locator(".column:visible", { hasText: name });
        await column.getByLabel("Your message").fill(`Good evening ${name}! Is there a table for two at eight?`);
        await column.getByLabel("Your message").press("Enter");
        await expect(column.getByText("Delivered")).toBeVisible();
      }
      await shot(several, "stays");
      if (width === 390) {
        await several.getByRole("tab", { name: "All" }).click();
        await shot(several, "stays-list");
      }
      await several.goto(`${house.url}/stays/email`);
      await shot(several, "email");
      await several.getByLabel("E-mail").fill("yuki@example.org");
      await several.getByRole("button", { name: "Send the code" }).click();
      await several.getByLabel("Code").fill("123456");
      await shot(several, "email-code");
      await several.goto(`${house.url}/stays/link/made-up`);
      await shot(several, "email-over");

      await guest(house, visitor);
      await admin.goto(`${house.url}/desk`);
      await alive(admin);
      await pick(admin, "Of course. Ring the night bell");
      await admin.getByRole("button", { name: "Take over" }).click();
      await admin.getByRole("dialog").getByRole("button", { name: "Take over" }).click();
      await resolve(admin);
      await expect(visitor.getByText("How did we do?")).toBeVisible();
      await visitor.getByLabel("4 of 5").check({ force: true });
      await shot(visitor, "chat-rating");
      await house.kill();
      await expect(visitor.getByText("You’re offline.")).toBeVisible();
      await shot(visitor, "chat-offline");
      await expect(desk.getByText("You’re offline.")).toBeVisible();
      await desk.keyboard.press("Escape");
      await shot(desk, "desk-offline");
    });
  }
}

test("the desk is whole when the page is reloaded again and again", async ({ house, newPage }) => {
  // Its WASM lies in a file of its own, loaded after the first: a hard reload must find both.
  const maria = await agent(house, await newPage(), "maria");
  for (let turn = 0; turn < 3; turn++) {
    await maria.reload();
    await alive(maria);
    await (await section(maria, "waiting")).locator(".row").first().click();
    await expect(maria.locator(".conversation .said").first()).toBeVisible();
  }
});

/** Contrast of an element's words with what lies behind them (WCAG 2). */
const contrast = (page: Page, selector: string, over = selector) =>
  page.evaluate(
    ([selector, over]) => {
      const canvas = document.createElement("canvas").getContext("2d", { willReadFrequently: true })!;
      const luminance = (colour: string) => {
        canvas.fillStyle = colour;
        canvas.fillRect(0, 0, 1, 1);
        const linear = [...canvas.getImageData(0, 0, 1, 1).data].slice(0, 3).map((part) => {
          const value = part / 255;
          return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
        });
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2];
      };
      const words = luminance(getComputedStyle(document.querySelector(selector)!).color);
      const behind = luminance(getComputedStyle(document.querySelector(over)!).backgroundColor);
      return (Math.max(words, behind) + 0.05) / (Math.min(words, behind) + 0.05);
    },
    [selector, over],
  );

for (const colorScheme of ["light", "dark"] as const) {
  test(`a hotel may choose any colour, and everything can be read, ${colorScheme}`, async ({ house, newPage }) => {
    const page = await newPage({ colorScheme, viewport: { width: 390, height: 844 } });
    for (const accent of ["ffd400", "ffffff", "000000", "0000ff", "ff00ff", "7fff00", "808080", "9c7a2b"]) {
      house.run("hotel", "add", `c-${accent}`, "--name", "Hotel of a colour", "--time-zone", "UTC", "--accent", `#${accent}`);
      await guest(house, page, `c-${accent}`);
      await write(page, "Good evening");
      await expect(page.getByText("Delivered")).toBeVisible();
      for (const [words, over] of [[".chat-head", ".chat-head"], [".chat-head summary", ".chat-head"], [".said.own .body", ".said.own .body"], [".send", ".send"]]) {
        expect(await contrast(page, words, over), `${accent}: ${words}`).toBeGreaterThan(4.49);
      }
      await page.screenshot({ path: `shots/colour-${accent}-${colorScheme}.png` });
    }
  });
}

test("on a telephone no field is under 16 px, which iOS would zoom into", async ({ house, newPage }) => {
  const phone = { viewport: { width: 390, height: 844 }, isMobile: true, hasTouch: true };
  const page = await newPage(phone);
  const small = () =>
    page.evaluate(() =>
      [...document.querySelectorAll("input:not([type=hidden], [type=checkbox], [type=radio]), select, textarea")]
        .filter((field) => parseFloat(getComputedStyle(field).fontSize) < 16)
        .map((field) => `${location.pathname} ${field.getAttribute("name") ?? field.id}`),
    );
  for (const path of ["/login", "/chat/seehof", "/stays", "/stays/email", "/requests/new"]) {
    await page.goto(house.url + path);
    expect(await small()).toEqual([]);
  }
  await agent(house, page, "admin");
  await (await section(page, "waiting")).locator(".row").first().click();
  await expect(page.locator("textarea#answer")).toBeAttached();
  expect(await small()).toEqual([]);
  for (const path of ["/admin/logs", "/admin/staff", "/admin/hotels/seehof", "/admin/hotels/seehof/hours", "/admin/reports"]) {
    await page.goto(house.url + path);
    expect(await small()).toEqual([]);
  }
});
