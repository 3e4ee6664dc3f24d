// What a hotel's own systems push: to the guest's page, the desk and the hotel's own site.

import AxeBuilder from "@axe-core/playwright";
import type { Page } from "@playwright/test";
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { createServer as createSecureServer } from "node:https";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { agent, allow, answer, expect, guest, House, pick, program, test, write } from "./house";

/** A key of the hotel's that may push, as a manager makes it. */
async function newKey(house: House, admin: Page, hotel: string): Promise<string> {
  await admin.goto(`${house.url}/admin/hotels/${hotel}`);
  const form = admin.locator("form.new-key");
  await form.getByLabel("Name").fill("Spa");
  await form.getByLabel("Write reservations").uncheck();
  await form.getByLabel("Send pushes").check();
  await form.getByRole("button", { name: "Create key" }).click();
  return admin.locator(".secret").innerText();
}

async function push(house: House, key: string, to: string, body: object): Promise<number> {
  const answered = await fetch(`${house.url}/message/massage.ready/${to}`, {
    method: "POST",
    headers: { authorization: `Bearer ${key}`, "content-type": "application/json" },
    body: JSON.stringify(body),
  });
  return answered.status;
}

/** Says over a desk's connection that whoever wrote this has this reservation. */
async function reserve(desk: Page, words: string, reference: string): Promise<void> {
  await desk.evaluate(
    ([words, reference]) =>
      new Promise<void>((done, failed) => {
        const socket = new WebSocket(`ws://${location.host}/socket?as=staff`, "bellhop.v1");
        const ask = (id: number, command: object) => socket.send(JSON.stringify({ id, ...command }));
        let left = 0;
        socket.onmessage = (event) => {
          const said = JSON.parse(event.data);
          if (said.on === "hello") for (const { hotel } of said.you.memberships) ask(++left, { do: "watch", hotel });
          if (said.no) failed(new Error(event.data));
          const found = said.ok?.conversations?.find((c: { last_line: string }) => c.last_line.includes(words));
          if (found) ask(100, { do: "stay", conversation: found.id, change: { reference } });
          if (said.id === 100) socket.close(), done();
        };
      }),
    [words, reference],
  );
}

const notices = (page: Page) => page.getByRole("status", { name: "Notices" }).getByRole("listitem");

test("a push reaches the guest’s page and the desk, and leaves what is being written alone", async ({ house, newPage }) => {
  const admin = await agent(house, await newPage(), "admin");
  const key = await newKey(house, admin, "seehof");
  const page = await newPage();
  await guest(house, page);
  await write(page, "Is the sauna open?");
  await expect(page.getByText("Delivered")).toBeVisible();
  const desk = await agent(house, await newPage(), "maria");
  await pick(desk, "Is the sauna open?");
  await desk.keyboard.press("c");
  await answer(desk).fill("Until ten. Shall I");

  expect(await push(house, key, "staff:maria@bellhop.example", { title: "Sauna 2 is free" })).toBe(200);
  await expect(notices(desk)).toContainText(["Hotel Seehof · Spa"]);
  await expect(notices(desk)).toContainText(["Sauna 2 is free"]);
  await expect(answer(desk)).toBeFocused();
  await expect(answer(desk)).toHaveValue("Until ten. Shall I");
  await desk.getByRole("button", { name: "Close the notice from Hotel Seehof · Spa" }).click();
  await expect(notices(desk)).toHaveCount(0);

  // By the reservation that the desk has linked, on the guest's page.
  await reserve(desk, "Is the sauna open?", "SPA-1");
  const field = page.getByLabel("Your message");
  await field.fill("We would like");
  await field.focus();
  const body = { title: "Your massage can begin", text: "Ground floor, behind the pool.\nTowels are there.", room: 3 };
  expect(await push(house, key, "stay:SPA-1", body)).toBe(200);
  await expect(notices(page)).toContainText(["Your massage can begin"]);
  await expect(field).toBeFocused();
  await page.keyboard.type(" to book");
  await expect(field).toHaveValue("We would like to book");
  const [notice, composer] = [await notices(page).first().boundingBox(), await field.boundingBox()];
  expect(notice!.y + notice!.height).toBeLessThan(composer!.y);
  // Three at most: an older one makes room.
  for (const title of ["two", "three", "four"]) expect(await push(house, key, "stay:SPA-1", { title })).toBe(200);
  await expect(notices(page)).toHaveCount(3);
  await expect(notices(page).first()).toContainText("two");
  // What says nothing to people is shown to nobody.
  expect(await push(house, key, "stay:SPA-1", { lights: "on" })).toBe(200);
  await expect(notices(page)).toHaveCount(3);
});

test("the hotel’s own site hears a push first, and may show it itself", async ({ house, newPage }) => {
  const html = `<!doctype html><html lang="en"><title>Seehof</title><h1>Seehof</h1><ul id="heard"></ul><script>
    document.addEventListener("bellhop:push", (event) => {
      document.getElementById("heard").append(Object.assign(document.createElement("li"), { textContent: JSON.stringify(event.detail) }));
      if (event.detail.body.own) event.preventDefault();
    });</script>
    <script src="${house.url}/widget.js" data-hotel="seehof" async></script></html>`;
  const server = createServer((_, response) => response.setHeader("content-type", "text/html").end(html));
  await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
  try {
    const origin = `http://127.0.0.1:${(server.address() as { port: number }).port}`;
    const admin = await agent(house, await newPage(), "admin");
    await allow(house, admin, "seehof", origin);
    const key = await newKey(house, admin, "seehof");
    const other = await newKey(house, admin, "casa-do-mar");
    const page = await newPage();
    await page.goto(origin);
    await page.getByRole("button", { name: "Write to us" }).click();
    const chat = page.frameLocator("iframe");
    await chat.getByLabel("Your message").fill("From the site");
    await chat.getByLabel("Your message").press("Enter");
    await expect(chat.getByText("Delivered")).toBeVisible();
    const desk = await agent(house, await newPage(), "maria");
    await pick(desk, "From the site");
    await reserve(desk, "From the site", "SITE-1");
    const shown = chat.getByRole("status", { name: "Notices" }).getByRole("listitem");
    const heard = page.locator("#heard li");

    expect(await push(house, key, "stay:SITE-1", { title: "Shown by the site", own: true })).toBe(200);
    await expect(heard).toHaveCount(1);
    expect(JSON.parse(await heard.first().innerText())).toEqual({
      action: "massage.ready",
      body: { title: "Shown by the site", own: true },
      source: "Hotel Seehof · Spa",
    });
    expect(await push(house, key, "stay:SITE-1", { title: "Shown in the chat" })).toBe(200);
    await expect(shown).toHaveText([/Shown in the chat/]);
    await expect(heard).toHaveCount(2);
    // Another hotel's key reaches nobody here.
    expect(await push(house, other, "stay:SITE-1", { title: "Not yours" })).toBe(404);

    // In a closed panel it is counted until somebody opens it.
    await page.getByRole("button", { name: "Close the chat" }).click();
    expect(await push(house, key, "stay:SITE-1", { title: "While it was closed" })).toBe(200);
    await expect(page.getByRole("button", { name: "Write to us, 1 unread" })).toBeVisible();
    await page.getByRole("button", { name: "Write to us, 1 unread" }).click();
    await expect(shown.last()).toContainText("While it was closed");
    await expect(page).toHaveTitle("Seehof");
  } finally {
    server.close();
  }
});

test("a script in Ruby with nothing changed but host and key", async ({ house, newPage }) => {
  const admin = await agent(house, await newPage(), "admin");
  const key = await newKey(house, admin, "seehof");
  const desk = await agent(house, await newPage(), "maria");
  const host = new URL(house.url).host;
  const run = (...calls: unknown[]) =>
    execFileSync(program("ruby"), [join(import.meta.dirname, "push.rb"), ...calls.map((call) => JSON.stringify(call))], {
      env: { ...process.env, HOST: host, KEY: key },
      encoding: "utf8",
    });
  const said = run(
    ["minibar.empty", "hotel:seehof", { title: "Minibar 214 is empty", text: "Crème brûlée & co." }],
    ["minibar.empty", "staff:nobody@hotel.example", { title: "Nobody" }],
  );
  expect(said).toBe("true\nfalse\n");
  await expect(notices(desk)).toHaveText([/Minibar 214 is empty.*Crème brûlée & co\./]);
  expect(() => run(["Not an action", "hotel:seehof", {}])).toThrow();
});

test("a webhook is called over https, and only where the certificate is the name’s", async ({ newPage }) => {
  const folder = mkdtempSync(join(tmpdir(), "bellhop-https-"));
  const file = (name: string) => join(folder, name);
  // A server's own certificate, not an authority's: those are no servers.
  writeFileSync(file("settings"), "[req]\ndistinguished_name = name\n[name]\n[server]\nsubjectAltName = DNS:localhost\nbasicConstraints = critical, CA:FALSE\n");
  const request = ["req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=localhost", "-config", file("settings"), "-extensions", "server"];
  execFileSync(program("openssl"), [...request, "-keyout", file("key.pem"), "-out", file("certificate.pem")], { stdio: "pipe" });
  const heard: string[] = [];
  const tls = { key: readFileSync(file("key.pem")), cert: readFileSync(file("certificate.pem")) };
  const server = createSecureServer(tls, (incoming, response) => {
    heard.push(`${incoming.method} ${incoming.url} ${incoming.headers["bellhop-event"]}`);
    response.writeHead(204).end();
  });
  await new Promise<void>((listening) => server.listen(0, listening));
  const { port } = server.address() as { port: number };
  // The machine trusts this certificate.
  const house = new House({ BELLHOP_WEBHOOK_NETWORKS: "127.0.0.0/8,::1", SSL_CERT_FILE: file("certificate.pem") });
  try {
    await house.start();
    const admin = await agent(house, await newPage(), "admin");
    for (const name of ["localhost", "127.0.0.1"]) {
      await admin.goto(`${house.url}/admin/hotels/seehof/webhooks`);
      await admin.getByText("Add a webhook").click();
      const form = admin.locator("details.new-key");
      await form.getByLabel("Address").fill(`https://${name}:${port}/bellhop?hotel=seehof`);
      await form.getByLabel("A conversation is resolved").check();
      await form.getByRole("button", { name: "Add the webhook" }).click();
      await admin.getByRole("button", { name: `Send a test to https://${name}` }).click();
    }
    const deliveries = admin.getByRole("region", { name: "Deliveries" }).getByRole("row");
    await expect(async () => {
      await admin.reload();
      await expect(deliveries.filter({ hasText: "https://localhost" })).toContainText("Delivered", { timeout: 1_000 });
      await expect(deliveries.filter({ hasText: "https://127.0.0.1" })).toContainText("No secure connection", { timeout: 1_000 });
    }).toPass();
    expect(heard).toEqual(["POST /bellhop?hotel=seehof test"]);
  } finally {
    await house.close();
    server.close();
    rmSync(folder, { recursive: true, force: true });
  }
});

for (const colorScheme of ["light", "dark"] as const) {
  for (const width of [1280, 390]) {
    test(`how notices and webhooks look, ${width} px, ${colorScheme}`, async ({ house, newPage }) => {
      const look = { colorScheme, viewport: { width, height: width === 390 ? 844 : 800 }, reducedMotion: "reduce" as const };
      const shot = async (page: Page, name: string) => {
        await expect(() => page.screenshot({ path: `shots/${name}-${width}-${colorScheme}.png` })).toPass({ timeout: 30_000 });
        const { violations } = await new AxeBuilder({ page }).analyze();
        const serious = violations.filter((v) => v.impact === "serious" || v.impact === "critical");
        expect(serious.map((v) => `${name}: ${v.id}: ${v.nodes.map((n) => n.target.join(" ")).join(", ")}`)).toEqual([]);
      };
      const admin = await agent(house, await newPage(look), "admin");
      const key = await newKey(house, admin, "seehof");
      const page = await newPage(look);
      await guest(house, page);
      await write(page, "Could we have a late check-out on Sunday?");
      await expect(page.getByText("Delivered")).toBeVisible();
      const desk = await agent(house, await newPage(look), "maria");
      await pick(desk, "late check-out on Sunday");
      await desk.keyboard.press("c");
      await reserve(desk, "late check-out on Sunday", "LOOK-1");
      const long = { title: "Your table on the terrace is ready", text: "Please come to the bar first. ".repeat(6).trim() };
      for (const body of [{ text: "The spa closes in half an hour." }, long]) {
        expect(await push(house, key, "stay:LOOK-1", body)).toBe(200);
        expect(await push(house, key, "hotel:seehof", body)).toBe(200);
      }
      await expect(notices(page)).toHaveCount(2);
      await shot(page, "push-chat");
      await expect(notices(desk)).toHaveCount(2);
      await shot(desk, "push-desk");

      await admin.goto(`${house.url}/admin/hotels/seehof/webhooks`);
      await shot(admin, "webhooks-empty");
      for (const [url, events] of [
        ["https://systems.seehof.example/bellhop", ["A guest opens a conversation", "A conversation is resolved"]],
        [`http://127.0.0.1:9/a-${"very-".repeat(12)}long-address`, ["A guest or a colleague writes", "A push reached nobody"]],
      ] as const) {
        await admin.getByText("Add a webhook").click();
        await admin.locator("details.new-key").getByLabel("Address").fill(url);
        for (const event of events) await admin.locator("details.new-key").getByLabel(event).check();
        if (events.length && url.startsWith("https")) await shot(admin, "webhooks-new");
        await admin.getByRole("button", { name: "Add the webhook" }).click();
        await expect(admin.locator(".secret")).toContainText("whsec_");
      }
      await shot(admin, "webhooks-made");
      await write(page, "And a bottle of water, please.");
      await expect(async () => {
        await admin.goto(`${house.url}/admin/hotels/seehof/webhooks`);
        await expect(admin.getByText("Not sent: 127.0.0.1").first()).toBeVisible({ timeout: 1_000 });
      }).toPass();
      await shot(admin, "webhooks");
      await admin.locator(".key-list summary").last().click();
      await shot(admin, "webhooks-change");
      await admin.goto(`${house.url}/admin/hotels/seehof`);
      await shot(admin, "hotel-keys");
    });
  }
}
