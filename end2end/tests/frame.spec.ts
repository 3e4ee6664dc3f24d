// The chat in a frame on a hotel's own site, in browsers that keep no cookie there: Safari refuses those of other sites, and any
// browser can be told to. Over https, as such sites are, through nginx, as Bellhop is: cookies pass only to whole pages.

import { execFileSync, spawn, type ChildProcess } from "node:child_process";
import { randomUUID } from "node:crypto";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { FrameLocator, Page } from "@playwright/test";
import { agent, alive, allow, answer, expect, freePort, House, nowhere, pick, program, row, test as base } from "./house";

/** The hotel's pages: two with the bubble, and one with the chat in a plain frame. */
const pages = (chat: string) => {
  const page = (title: string, body: string) =>
    `<!doctype html><html lang="en"><title>${title}</title><h1>${title}</h1>${body}</html>`;
  const bubble = `<a href="/p1.html">Rooms</a> <a href="/p2.html">Prices</a>
    <script src="${chat}/widget.js" data-hotel="seehof" async></script>`;
  return {
    "p1.html": page("Rooms", bubble),
    "p2.html": page("Prices", bubble),
    "plain.html": page("Contact", `<iframe src="${chat}/chat/seehof" width="390" height="640"></iframe>`),
  };
};

const nginx = (folder: string, house: string, chat: number, hotel: number) => `
daemon off;
master_process off;
pid ${folder}/pid;
events {}
http {
  access_log off;
  log_not_found off;
  types { text/html html; }
  ${["client_body", "proxy", "fastcgi", "uwsgi", "scgi"].map((what) => `${what}_temp_path ${folder}/${what};`).join(" ")}
  ssl_certificate ${folder}/certificate.pem;
  ssl_certificate_key ${folder}/key.pem;
  # Sec-Fetch-Dest: a whole page keeps its cookie, a frame and what it fetches do not.
  map $http_sec_fetch_dest $kept { document $upstream_http_set_cookie; }
  map $http_upgrade $hop { "" close; default upgrade; }
  server {
    listen 127.0.0.1:${chat} ssl;
    location / {
      proxy_pass ${house};
      proxy_http_version 1.1;
      proxy_set_header Host $http_host;
      proxy_set_header Upgrade $http_upgrade;
      proxy_set_header Connection $hop;
      proxy_set_header X-Forwarded-Proto https;
      proxy_hide_header Set-Cookie;
      add_header Set-Cookie $kept always;
    }
  }
  server {
    listen 127.0.0.1:${hotel} ssl;
    root ${folder}/site;
  }
}`;

/** Bellhop behind its proxy, and the hotel's site that shows it. */
interface Place { house: House; hotel: string }

const test = base.extend<{ place: Place }, object>({
  launchOptions: [
    async ({ launchOptions }, use) => {
      const names = "--host-resolver-rules=MAP chat.test 127.0.0.1,MAP hotel.example 127.0.0.1";
      await use({ ...launchOptions, args: [...(launchOptions.args ?? []), "--ignore-certificate-errors", names] });
    },
    { scope: "worker" },
  ],
  place: async ({ newPage }, use) => {
    const folder = mkdtempSync(join(tmpdir(), "bellhop-frame-"));
    const [chatPort, hotelPort] = [await freePort(), await freePort()];
    const [chat, hotel] = [`https://chat.test:${chatPort}`, `https://hotel.example:${hotelPort}`];
    const house = new House({ BELLHOP_PUBLIC_URL: chat });
    let proxy: ChildProcess | undefined;
    try {
      await house.start();
      const certificate = ["-keyout", join(folder, "key.pem"), "-out", join(folder, "certificate.pem")];
      const request = ["req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=chat.test", ...certificate];
      execFileSync(program("openssl"), request, { stdio: "pipe" });
      mkdirSync(join(folder, "site"));
      for (const [name, html] of Object.entries(pages(chat))) writeFileSync(join(folder, "site", name), html);
      const settings = join(folder, "nginx.conf");
      writeFileSync(settings, nginx(folder, house.url, chatPort, hotelPort));
      proxy = spawn(program("nginx"), ["-p", folder, "-e", "stderr", "-c", settings], { stdio: ["ignore", "ignore", "inherit"] });
      await expect(() => reachable(hotelPort)).toPass({ timeout: 15_000 });

      // From here on it is where people find it.
      house.url = chat;
      const admin = await agent(house, await newPage(), "admin");
      await allow(house, admin, "seehof", hotel);
      await use({ house, hotel });
    } finally {
      proxy?.kill();
      await house.close();
      rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
    }
  },
});

function reachable(port: number): Promise<void> {
  return new Promise((reached, refused) => {
    const socket = connect(port, "127.0.0.1", () => reached(void socket.destroy())).on("error", refused);
  });
}

/** Opens the bubble and waits for the chat in it. */
async function open(page: Page): Promise<FrameLocator> {
  await page.getByRole("button", { name: "Write to us" }).click();
  return up(page);
}

async function up(page: Page): Promise<FrameLocator> {
  const chat = page.frameLocator("iframe");
  await expect(chat.locator("[data-link=up]")).toBeAttached();
  return chat;
}

async function write(chat: FrameLocator, text: string): Promise<void> {
  await chat.getByLabel("Your message").fill(text);
  await chat.getByLabel("Your message").press("Enter");
  await expect(chat.locator(".said.own").filter({ hasText: text })).toBeVisible();
  await expect(chat.locator(".pending")).toHaveCount(0);
}

/** Claims the conversation in which this was written, and answers. */
async function reply(desk: Page, to: string, text: string): Promise<void> {
  await pick(desk, to);
  await desk.keyboard.press("c");
  await answer(desk).fill(text);
  await answer(desk).press("Enter");
}

/** What leaves the frame: every address that the guest's browser asks, and all that the hotel's own page is told. */
async function overhear(page: Page): Promise<string[]> {
  const heard: string[] = [];
  page.context().on("request", (request) => heard.push(request.url()));
  page.on("websocket", (socket) => heard.push(socket.url()));
  await page.exposeFunction("overheard", (said: string) => heard.push(said));
  await page.addInitScript(() => {
    if (window !== window.top) return;
    const { overheard } = window as unknown as { overheard: (said: string) => void };
    addEventListener("message", (event) => overheard(JSON.stringify(event.data)));
  });
  return heard;
}

/** The tokens by which the frame says who the guest is. */
async function tokens(chat: FrameLocator): Promise<string[]> {
  const page = JSON.parse((await chat.locator("#page").textContent())!) as { token: string };
  return [page.token, await chat.locator("form.composer input[name=token]").inputValue()];
}

test("a photo goes out of a frame that keeps no cookie, and is seen in it", async ({ place, newPage }) => {
  const { house, hotel } = place;
  const page = await newPage();
  const heard = await overhear(page);
  const desk = await agent(house, await newPage(), "maria");
  await page.goto(`${hotel}/p1.html`);
  const chat = await open(page);
  const photo = await page.evaluate(() => {
    const canvas = document.createElement("canvas");
    return canvas.toDataURL("image/jpeg").split(",")[1];
  });
  await chat.getByLabel("Add photos, videos or PDFs").setInputFiles({ name: "a.jpg", mimeType: "image/jpeg", buffer: Buffer.from(photo, "base64") });
  await expect(chat.locator(".chip-file img")).toBeVisible();
  await write(chat, "Our view");
  const isThere = (image: HTMLImageElement) => image.complete && image.naturalWidth > 0;
  await expect(async () => expect(await chat.locator(".timeline .files img").evaluate(isThere)).toBe(true)).toPass();
  await pick(desk, "Photo · Our view");
  await expect(async () => expect(await desk.locator(".timeline .files img").evaluate(isThere)).toBe(true)).toPass();
  const known = await tokens(chat);
  expect(heard.filter((text) => known.some((token) => text.includes(token)))).toEqual([]);
  expect(await page.context().cookies()).toEqual([]);
});

test("a guest whose browser keeps no cookie for the frame is answered, on the next page too", async ({ place, newPage }) => {
  const { house, hotel } = place;
  const page = await newPage();
  const heard = await overhear(page);
  const desk = await agent(house, await newPage(), "maria");
  await page.goto(`${hotel}/p1.html`);
  let chat = await open(page);
  await write(chat, "Is there a late bus?");
  await expect(chat.getByText("Delivered")).toBeVisible();
  await reply(desk, "Is there a late bus?", "The last one is at 23:40.");
  await expect(chat.getByText("The last one is at 23:40.")).toBeVisible();
  const known = await tokens(chat);

  // A page loaded whole: the bubble is as it was left, the server has seen this browser never before.
  await page.getByRole("link", { name: "Prices" }).click();
  await page.waitForURL("**/p2.html");
  chat = await up(page);
  await expect(chat.locator(".said .body")).toHaveText(["Is there a late bus?", "The last one is at 23:40."]);
  await write(chat, "And on Sundays?");
  const said = ["Is there a late bus?", "The last one is at 23:40.", "And on Sundays?"];
  await expect(desk.locator(".conversation .said .body")).toHaveText(said);
  await expect(await row(desk, "And on Sundays?")).toHaveCount(1);
  await answer(desk).fill("The same.");
  await answer(desk).press("Enter");
  await expect(chat.getByText("The same.")).toBeVisible();

  // Nobody is told to do what does not help, and nothing by which the guest is known leaves the frame.
  await expect(chat.locator("body")).not.toContainText(/reload|own window/i, { useInnerText: true });
  known.push(...(await tokens(chat)));
  expect(known.every((token) => token.length > 20)).toBe(true);
  for (const way of ["/widget.js", "/socket", '"bellhop"']) expect(heard.some((text) => text.includes(way)), way).toBe(true);
  expect(heard.filter((text) => known.some((token) => text.includes(token)))).toEqual([]);
  // No cookie was kept, or this has tried nothing.
  expect(await page.context().cookies()).toEqual([]);
});

test("the form in such a frame posts as the same guest, with scripts and without", async ({ place, newPage }) => {
  const { house, hotel } = place;
  const desk = await agent(house, await newPage(), "maria");
  const page = await newPage();
  await page.goto(`${hotel}/p1.html`);
  const chat = await open(page);
  await write(chat, "Do you have a sauna?");
  const posted = await chat.locator("form.composer").evaluate(async (form: HTMLFormElement, id) => {
    const fields = new URLSearchParams(new FormData(form) as unknown as Record<string, string>);
    fields.set("body", "And a pool?");
    fields.set("client_id", id);
    return (await fetch(form.action, { method: "POST", body: fields, credentials: "omit" })).status;
  }, randomUUID());
  expect(posted).toBe(200);
  await pick(desk, "And a pool?");
  await expect(desk.locator(".conversation .said .body")).toHaveText(["Do you have a sauna?", "And a pool?"]);
  await expect(chat.locator(".said .body")).toHaveText(["Do you have a sauna?", "And a pool?"]);

  const plain = await newPage({ javaScriptEnabled: false });
  await plain.goto(`${hotel}/plain.html`);
  const form = plain.frameLocator("iframe");
  for (const text of ["Is breakfast included?", "From when on?"]) {
    await form.getByLabel("Your message").fill(text);
    await form.getByRole("button", { name: "Send" }).click();
    await expect(form.locator(".said.own .body").last()).toHaveText(text);
  }
  await expect(form.locator(".said.own .body")).toHaveText(["Is breakfast included?", "From when on?"]);
  await pick(desk, "From when on?");
  await expect(desk.locator(".conversation .said .body")).toHaveText(["Is breakfast included?", "From when on?"]);
});

test("a frame that can keep nothing at all says so, and goes on in a window of its own", async ({ place, newPage }) => {
  const { house, hotel } = place;
  const page = await newPage();
  const heard = await overhear(page);
  // So do browsers that refuse a frame its storage together with its cookies.
  await page.addInitScript(() => {
    if (window === window.top) return;
    const refuse = { get: () => { throw new DOMException("Access is denied for this document.", "SecurityError"); } };
    Object.defineProperties(window, { localStorage: refuse, sessionStorage: refuse });
  });
  const desk = await agent(house, await newPage(), "maria");
  await page.goto(`${hotel}/p1.html`);
  const chat = await open(page);
  await write(chat, "May I bring a dog?");
  await expect(chat.getByText("Delivered")).toBeVisible();
  await reply(desk, "May I bring a dog?", "Of course.");
  await expect(chat.getByText("Of course.")).toBeVisible();
  await expect(chat.getByText("Your browser won’t remember this chat once you leave this page.")).toBeVisible();

  const opening = page.waitForEvent("popup");
  await chat.getByRole("button", { name: "Open it in its own window" }).click();
  const own = await opening;
  await own.waitForURL(`${house.url}/chat/seehof`);
  await alive(own);
  await expect(own.locator(".said .body")).toHaveText(["May I bring a dog?", "Of course."]);
  await own.getByLabel("Your message").fill("A big one?");
  await own.getByLabel("Your message").press("Enter");
  await expect(desk.locator(".conversation .said .body")).toHaveText(["May I bring a dog?", "Of course.", "A big one?"]);
  // There it is the cookie that counts, so it is there the next time too.
  await own.reload();
  await alive(own);
  await expect(own.locator(".said .body")).toHaveText(["May I bring a dog?", "Of course.", "A big one?"]);
  const known = await tokens(chat);
  expect(heard.filter((text) => known.some((token) => text.includes(token)))).toEqual([]);
});

test("what is written in such a frame before there is a connection goes out from a later page", async ({ place, newPage }) => {
  const { house, hotel } = place;
  const page = await newPage();
  const desk = await agent(house, await newPage(), "maria");
  // Nothing leads anywhere while this holds: neither on the very first page nor on a later one.
  let cut = true;
  await page.context().routeWebSocket(/\/socket/, (socket) => void (cut ? socket.close() : socket.connectToServer()));
  const hold = async (chat: FrameLocator, text: string) => {
    await expect(chat.locator("[data-link=lost]")).toBeAttached();
    await chat.getByLabel("Your message").fill(text);
    await chat.getByLabel("Your message").press("Enter");
    await expect(chat.getByText("Not sent yet").last()).toBeVisible();
  };
  await page.goto(`${hotel}/p1.html`);
  await page.getByRole("button", { name: "Write to us" }).click();
  await hold(page.frameLocator("iframe"), "one");
  await page.goto(`${hotel}/p2.html`);
  await hold(page.frameLocator("iframe"), "two");
  await page.frameLocator("iframe").getByLabel("Your message").fill("half a thi");
  cut = false;
  await page.goto(`${hotel}/p1.html`);
  const chat = await up(page);
  await expect(chat.locator(".said.own .body")).toHaveText(["one", "two"]);
  await expect(chat.getByLabel("Your message")).toHaveValue("half a thi");
  await expect(await row(desk, "two")).toBeVisible();
  await nowhere(desk, /^.*\bone$/);
});
