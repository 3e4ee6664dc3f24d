// The guest's page alone: without scripts, offline, over a reload, on a phone.

import { agent, alive, answer, expect, guest, House, pick, row, test, write } from "./house";

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
  await expect(page.getByText("You’re offline.")).toBeVisible();
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
  await pick(desk, "Is the sauna open");
  await desk.getByRole("button", { name: "Claim" }).click();
  // The guest reads further up while the answer comes, and reaches it without a connection.
  await write(page, "And this:\n" + "line\n".repeat(60));
  await expect(page.locator(".mark").filter({ hasText: "Read" })).toBeVisible();
  const scroll = page.getByRole("region", { name: "Conversation" });
  await scroll.evaluate((e) => e.scrollTo(0, 0));
  await answer(desk).fill("Until eleven.");
  await answer(desk).press("Enter");
  await expect(page.getByText("Until eleven.")).toBeAttached();
  await expect(desk.getByText("Last reply not seen yet")).toBeVisible();
  await house.kill();
  await expect(page.getByText("You’re offline.")).toBeVisible();
  await scroll.evaluate((e) => e.scrollTo(0, e.scrollHeight));
  await expect(page.getByText("Until eleven.")).toBeInViewport();
  await house.start();
  await alive(desk);
  await expect(desk.getByText("Last reply seen")).toBeVisible();
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
  await expect(page.getByRole("heading", { name: "Page not found" })).toBeVisible();
});

test("times are those of the guest's zone", async ({ house, newPage }) => {
  const page = await guest(house, await newPage({ timezoneId: "Asia/Tokyo", locale: "en-GB" }));
  await write(page, "What time is it?");
  const time = page.locator(".said.own time");
  const iso = await time.getAttribute("datetime");
  const there = new Intl.DateTimeFormat("en-GB", { hour: "numeric", minute: "2-digit", timeZone: "Asia/Tokyo" });
  await expect(time).toHaveText(there.format(new Date(iso!)));
});

/** What telephones, translators, extensions and proxies make of a page before its scripts run: text outside scripts. */
const TOUCHED: Record<string, (html: string) => string> = {
  "telephone numbers made links": (html) => html.replace(/\b041 555 01 0\d\b/g, (number) => `<a href="tel:${number}">${number}</a>`),
  "texts split": (html) => html.replace(/>([^<>]{4,})</g, (_, text: string) => `>${text.slice(0, 2)}<!-- split -->${text.slice(2)}<`),
  "texts translated": (html) => html.replace(/>([^<>]*\w[^<>]*)</g, (_, text: string) => `><font dir="auto"><font>${text}</font></font><`),
  "elements of extensions": (html) => html.replace(/<(div|ol|form|header)( [^>]*)?>/g, (tag) => `${tag}<ext-thing hidden>x</ext-thing>`),
  "white space taken away": (html) => html.replace(/<!--.*?-->/gs, "").replace(/>\s+</g, "><"),
};

for (const [touch, change] of Object.entries(TOUCHED)) {
  test(`a page comes alive that somebody else has touched: ${touch}`, async ({ house, newPage }) => {
    const page = await guest(house, await newPage());
    const desk = await agent(house, await newPage(), "maria");
    await write(page, "My number is 041 555 01 02");
    await pick(desk, "My number is");
    await desk.getByRole("button", { name: "Claim" }).click();
    await answer(desk).fill("Call 041 555 01 03, any time.");
    await answer(desk).press("Enter");
    await expect(page.getByText("any time.")).toBeVisible();
    await page.route("**/chat/seehof", async (route) => {
      const response = await route.fetch();
      const [head, body] = (await response.text()).split(/(?=<body)/);
      await route.fulfill({ response, body: head + body.split(/(<script[\s\S]*?<\/script>)/).map((part, n) => (n % 2 ? part : change(part))).join("") });
    });
    await page.reload();
    await alive(page);
    await expect(page.locator(".said")).toHaveText([/041 555 01 02/, /041 555 01 03/]);
    await write(page, "Still here");
    await expect(page.locator(".said.own .body").last()).toHaveText("Still here");
    await expect(page.getByText(/^ · (Delivered|Read)$/)).toBeVisible();
    await answer(desk).fill("So are we.");
    await answer(desk).press("Enter");
    await expect(page.getByText("So are we.")).toBeVisible();
  });
}

test("what is typed before the page comes alive stands there afterwards, with the keyboard in it", async ({ house, newPage }) => {
  const page = await newPage();
  let release = () => {};
  const held = new Promise<void>((go) => (release = go));
  await page.route("**/pkg/*.wasm", async (route) => {
    await held;
    await route.continue();
  });
  await page.goto(`${house.url}/chat/seehof`, { waitUntil: "commit" });
  const field = page.getByLabel("Your message");
  await field.pressSequentially("Is the pool op");
  release();
  await alive(page);
  await expect(field).toHaveValue("Is the pool op");
  await expect(field).toBeFocused();
  await page.keyboard.type("en?");
  await page.keyboard.press("Enter");
  await expect(page.locator(".said.own .body")).toHaveText("Is the pool open?");
});

test("a page whose code has stopped says so and keeps what was typed", async ({ house, browser }) => {
  const page = await browser.newPage();
  await guest(house, page);
  await page.getByLabel("Your message").fill("Half a sentence");
  const stop = (how: string) => page.evaluate((how) => {
    const trap = new WebAssembly.Module(new Uint8Array([0, 97, 115, 109, 1, 0, 0, 0, 1, 4, 1, 96, 0, 0, 3, 2, 1, 0, 7, 5, 1, 1, 102, 0, 0, 10, 5, 1, 3, 0, 0, 11]));
    const run = new WebAssembly.Instance(trap).exports.f as () => void;
    if (how === "later") setTimeout(run);
    else void Promise.resolve().then(run);
  }, how);
  await stop("later");
  await expect(page.getByRole("alert").filter({ hasText: "This page has stopped working." })).toBeVisible();
  await expect(page.locator("[data-link=up]")).toHaveCount(0);
  await page.getByRole("button", { name: "Reload" }).click();
  await alive(page);
  await expect(page.getByLabel("Your message")).toHaveValue("Half a sentence");
  await stop("promise");
  await expect(page.getByText("This page has stopped working.")).toBeVisible();
  await page.close();
});

test("the Enter that ends a composition sends nothing", async ({ house, newPage }) => {
  const page = await guest(house, await newPage());
  const field = page.getByLabel("Your message");
  await field.fill("日本");
  // As Safari sends it: after the composition, with the old code.
  const enter = (init: object) => field.evaluate((e, init) => e.dispatchEvent(new KeyboardEvent("keydown", { key: "Enter", code: "Enter", bubbles: true, cancelable: true, ...init })), init);
  await enter({ keyCode: 229, which: 229 });
  await enter({ isComposing: true });
  await expect(field).toHaveValue("日本");
  await expect(page.locator(".said.own, .pending")).toHaveCount(0);
  await enter({ keyCode: 13, which: 13 });
  await expect(page.locator(".said.own .body")).toHaveText("日本");
});

test("a lost network is told at once, and nothing is called sent before it is", async ({ house, newPage }) => {
  const page = await guest(house, await newPage());
  const desk = await agent(house, await newPage(), "maria");
  await write(page, "Before the lift");
  await expect(page.getByText("Delivered")).toBeVisible();
  for (const one of [page, desk]) await one.context().setOffline(true);
  await expect(page.getByText("You’re offline.")).toBeVisible({ timeout: 5_000 });
  await expect(desk.getByText("You’re offline.")).toBeVisible({ timeout: 5_000 });
  await write(page, "In the lift");
  await expect(page.locator(".pending .mark")).toHaveText("Not sent yet");
  await expect(page.getByText(/^Sent/)).toHaveCount(0);
  for (const one of [page, desk]) await one.context().setOffline(false);
  await alive(page);
  await alive(desk);
  await expect(page.locator(".said.own .body")).toHaveText(["Before the lift", "In the lift"]);
  await expect(page.getByText("Delivered")).toBeVisible();
});

test("whoever looks at another tab hears of an answer, and whoever reads further up too", async ({ house, newPage }) => {
  const page = await guest(house, await newPage());
  const desk = await agent(house, await newPage(), "maria");
  await page.locator("details.name summary").click();
  await page.getByRole("button", { name: "Sound for replies: off" }).click();
  await expect(page.getByRole("button", { name: "Sound for replies: on" })).toBeVisible();
  await page.keyboard.press("Escape");
  await page.evaluate(() => {
    HTMLMediaElement.prototype.play = async () => void Object.assign(window, { rang: ((window as unknown as { rang?: number }).rang ?? 0) + 1 });
  });
  await write(page, "A long question:\n" + "line\n".repeat(60));
  await pick(desk, "A long question");
  await desk.getByRole("button", { name: "Claim" }).click();
  await page.evaluate(() => {
    Object.defineProperty(document, "visibilityState", { value: "hidden", configurable: true });
    document.dispatchEvent(new Event("visibilitychange", { bubbles: true }));
  });
  await answer(desk).fill("A short answer.");
  await answer(desk).press("Enter");
  await expect(page).toHaveTitle("(1) Hotel Seehof");
  expect(await page.evaluate(() => (window as unknown as { rang?: number }).rang)).toBe(1);
  await page.evaluate(() => {
    Object.defineProperty(document, "visibilityState", { value: "visible", configurable: true });
    document.dispatchEvent(new Event("visibilitychange", { bubbles: true }));
  });
  await expect(page).toHaveTitle("Hotel Seehof");
  // Reading further up: what comes is below, and not read.
  const scroll = page.getByRole("region", { name: "Conversation" });
  await scroll.evaluate((e) => e.scrollTo(0, 0));
  await answer(desk).fill("And another.");
  await answer(desk).press("Enter");
  await expect(page.getByRole("button", { name: "↓ 1 new message" })).toBeVisible();
  await expect(desk.getByText("Last reply not seen yet")).toBeVisible();
  await page.screenshot({ path: "shots/chat-below.png" });
  await page.getByRole("button", { name: "↓ 1 new message" }).click();
  await expect(page.getByText("And another.")).toBeInViewport();
  await expect(page.getByRole("button", { name: "new message" })).toBeHidden();
  await expect(desk.getByText("Last reply seen")).toBeVisible();
});

test("what one guest left unsent in a browser is never the next one's", async ({ house, newPage }) => {
  const page = await guest(house, await newPage());
  await write(page, "From Ann");
  await expect(page.getByText("Delivered")).toBeVisible();
  await house.kill();
  await write(page, "Ann’s secret: room 214");
  await page.getByLabel("Your message").fill("half a sentence Ann was still typin");
  await expect(page.locator(".pending")).toHaveCount(1);
  await page.goto("about:blank");
  await house.start();
  const ann = await page.context().cookies();
  await page.context().clearCookies();
  await guest(house, page);
  await expect(page.getByLabel("Your message")).toHaveValue("");
  await expect(page.locator(".said, .pending")).toHaveCount(0);
  await write(page, "From Ben");
  await expect(page.getByText("Delivered")).toBeVisible();
  const desk = await agent(house, await newPage(), "maria");
  await expect(await row(desk, "From Ben")).toBeVisible();
  await expect(desk.getByText("Ann’s secret")).toHaveCount(0);
  // And it does not lie about for whoever looks.
  expect(await page.evaluate(() => JSON.stringify([{ ...localStorage }, { ...sessionStorage }]))).not.toContain("Ann");
  await page.context().clearCookies();
  await page.context().addCookies(ann);
  await guest(house, page);
  await expect(page.locator(".said.own .body")).toHaveText(["From Ann"]);
});

test("a day is called what the reader’s own clock calls it, and anew at midnight", async ({ house, newPage }) => {
  const DAY = 24 * 60 * 60_000;
  const page = await guest(house, await newPage({ locale: "de-CH", timezoneId: "Asia/Tokyo" }));
  await write(page, "Good evening");
  await expect(page.getByText("Delivered")).toBeVisible();
  const day = page.locator(".timeline .day");
  await expect(day).toHaveText(["Today"]);
  const said = Date.parse((await page.locator(".said.own time").getAttribute("datetime"))!);
  // The server, which renders the page, is a day behind the reader.
  await page.clock.install({ time: said + DAY });
  await page.reload();
  await alive(page);
  await expect(day).toHaveText(["Yesterday"]);
  await page.clock.fastForward(DAY);
  const written = await page.evaluate((at) => new Date(at).toLocaleDateString("de-CH", { weekday: "long", day: "numeric", month: "long" }), said);
  await expect(day).toHaveText([written]);
});

test("a long conversation is shown from its end, and back a page at a time", async ({ newPage }) => {
  const house = new House({ BELLHOP_GUEST_MESSAGES_PER_MINUTE: "1000000", BELLHOP_COMMANDS_PER_SECOND: "100000" });
  await house.start();
  try {
    const page = await guest(house, await newPage({ viewport: { width: 390, height: 844 } }));
    await write(page, "line 0");
    await expect(page.getByText("Delivered")).toBeVisible();
    // The rest over a socket of its own: what is tried is reading, not writing.
    await page.evaluate(async () => {
      const socket = new WebSocket(location.origin.replace("http", "ws") + "/socket?role=guest", "bellhop.v1");
      const heard = new Set<number>();
      await new Promise<void>((all) => {
        socket.onmessage = (event) => {
          const told = JSON.parse(event.data);
          if (told.on === "hello") for (let n = 1; n <= 350; n++) socket.send(JSON.stringify({ id: n, do: "say", hotel: "seehof", client_id: crypto.randomUUID(), body: `line ${n}` }));
          if (told.ok) heard.add(told.id);
          if (heard.size === 350) all();
        };
      });
      socket.close();
    });
    await page.reload();
    await alive(page);
    const lines = page.locator(".said.own .body");
    await expect(lines.last()).toHaveText("line 350");
    await expect(lines).toHaveCount(200);
    for (const count of [300, 351]) {
      await page.getByRole("button", { name: "Show earlier messages" }).click();
      await expect(lines).toHaveCount(count);
    }
    await expect(lines.first()).toHaveText("line 0");
    await expect(page.getByRole("button", { name: "Show earlier messages" })).toBeHidden();
    await write(page, "and on");
    await expect(lines).toHaveCount(352);
  } finally {
    await house.close();
  }
});

test("two tabs keep a draft each, and one that sends takes nothing from the other", async ({ house, newPage }) => {
  const one = await guest(house, await newPage());
  const two = await guest(house, await one.context().newPage());
  const field = (page: typeof one) => page.getByLabel("Your message");
  await field(one).fill("about the boat");
  await field(two).fill("about breakfast");
  await one.reload();
  await alive(one);
  await expect(field(one)).toHaveValue("about the boat");
  await field(two).press("Enter");
  await expect(two.getByText("Delivered")).toBeVisible();
  await one.reload();
  await alive(one);
  await expect(field(one)).toHaveValue("about the boat");
  await two.reload();
  await alive(two);
  await expect(field(two)).toHaveValue("");
});
