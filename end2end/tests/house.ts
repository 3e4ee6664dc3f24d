// A Bellhop of one's own for each test: the built program, a fresh database with the demo, a free port.

import { test as base, expect, type Browser, type BrowserContext, type Locator, type Page } from "@playwright/test";
import { execFileSync, spawn, type ChildProcess } from "node:child_process";
import { cpSync, existsSync, mkdirSync, mkdtempSync, openSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { delimiter, dirname, join } from "node:path";

const root = join(import.meta.dirname, "../..");
/** What is tried: what `make story` builds, unless told otherwise. Its `hash.txt` and its site lie beside it. */
const bellhop = process.env.BELLHOP_PROGRAM ?? join(root, "target/debug/bellhop");
const site = process.env.BELLHOP_SITE_ROOT ?? join(dirname(bellhop), "site");
export const PASSWORD = "bellhop-demo";

/** How old a demo may be that a test begins with, in milliseconds: what is waiting in it has waited that much longer. */
const FRESH = 120_000;

/** The demo as this worker loaded it last. Loading it takes seconds, copying it none. */
const demo = { folder: mkdtempSync(join(tmpdir(), "bellhop-demo-")), loaded: 0 };
process.on("exit", () => rmSync(demo.folder, { recursive: true, force: true }));

function copyDemo(to: string): void {
  if (Date.now() - demo.loaded > FRESH) {
    rmSync(demo.folder, { recursive: true, force: true });
    mkdirSync(demo.folder);
    const env = { ...process.env, BELLHOP_DATABASE_URL: `sqlite://${join(demo.folder, "bellhop.db")}`, BELLHOP_LOG: "warn" };
    execFileSync(bellhop, ["demo"], { env, stdio: ["ignore", "ignore", "inherit"] });
    demo.loaded = Date.now();
  }
  cpSync(demo.folder, to, { recursive: true });
}

export class House {
  url = "";
  private server?: ChildProcess;
  /** Where all of it lies. */
  readonly folder = mkdtempSync(join(tmpdir(), "bellhop-"));
  private port = 0;
  private env: NodeJS.ProcessEnv = {};
  /** Where letters are written. */
  readonly mail = join(this.folder, "mail");

  constructor(private readonly settings: Record<string, string> = {}) {}

  async start(): Promise<void> {
    if (!this.port) {
      this.port = await freePort();
      copyDemo(this.folder);
    }
    this.env = {
      ...process.env,
      BELLHOP_ADDR: `127.0.0.1:${this.port}`,
      BELLHOP_DATABASE_URL: `sqlite://${join(this.folder, "bellhop.db")}`,
      BELLHOP_SITE_ROOT: site,
      BELLHOP_LOG: "warn",
      BELLHOP_MAIL_DIR: this.mail,
      BELLHOP_EXPORT_DIR: join(this.folder, "exports"),
      BELLHOP_FILES_DIR: join(this.folder, "files"),
      BELLHOP_CODES_PER_HOUR: "100",
      ...this.settings,
    };
    // A log that says everything goes to a file; of one that warns, people are to see all.
    const log = this.env.BELLHOP_LOG === "trace" ? openSync(join(this.folder, "log"), "a") : "inherit";
    this.server = spawn(bellhop, ["serve", "--demo"], { env: this.env, stdio: ["ignore", "pipe", log] });
    await new Promise<void>((listening, failed) => {
      this.server!.stdout!.on("data", (text: Buffer) => text.includes("listens on") && listening());
      this.server!.on("exit", (code) => failed(new Error(`the server ended with ${code}`)));
    });
    this.url = `http://127.0.0.1:${this.port}`;
  }

  get pid(): number {
    return this.server!.pid!;
  }

  /** Runs a command of the program beside the server. */
  run(...args: string[]): void {
    execFileSync(bellhop, args, { env: this.env, stdio: ["ignore", "ignore", "inherit"] });
  }

  /** `kill -9`: no goodbye to anybody. */
  async kill(): Promise<void> {
    const server = this.server;
    this.server = undefined;
    if (!server || server.exitCode !== null) return;
    server.removeAllListeners("exit");
    const ended = new Promise((done) => server.once("exit", done));
    server.kill("SIGKILL");
    await ended;
  }

  async close(): Promise<void> {
    await this.kill();
    rmSync(this.folder, { recursive: true, force: true });
  }
}

/** A program that scripts/browser-tools has made sure of. */
export function program(name: string): string {
  const places = [...(process.env.PATH ?? "").split(delimiter), "/usr/sbin"];
  const found = places.map((place) => join(place, name)).find((path) => existsSync(path));
  if (!found) throw new Error(`there is no ${name} here; scripts/browser-tools installs it`);
  return found;
}

export function freePort(): Promise<number> {
  return new Promise((found) => {
    const probe = createServer().listen(0, "127.0.0.1", () => {
      const { port } = probe.address() as { port: number };
      probe.close(() => found(port));
    });
  });
}

/** Every page must be free of script errors; a test fails with the first one. That a server which a test has killed
 * does not answer is none: of several files asked for at once, the loader of split WASM waits only for the first. */
export function watchForErrors(page: Page): void {
  page.on("pageerror", (error) => {
    if (error.message === "Failed to fetch") return;
    throw new Error(`on ${page.url()}: ${error.message}`);
  });
}

export const test = base.extend<{ house: House; newPage: (options?: Parameters<Browser["newContext"]>[0]) => Promise<Page> }>({
  house: async ({}, use) => {
    const house = new House();
    await house.start();
    await use(house);
    await house.close();
  },
  // Each person has a context, and so cookies and a storage, of their own.
  newPage: async ({ browser }, use) => {
    const contexts: BrowserContext[] = [];
    await use(async (options) => {
      const context = await browser.newContext(options);
      contexts.push(context);
      const page = await context.newPage();
      watchForErrors(page);
      return page;
    });
    await Promise.all(contexts.map((context) => context.close()));
  },
});

export { expect };

/** Signs in and opens the desk, alive. */
export async function agent(house: House, page: Page, who: string): Promise<Page> {
  await page.goto(`${house.url}/login`);
  await page.getByLabel("E-mail").fill(`${who}@bellhop.example`);
  await page.getByLabel("Password").fill(PASSWORD);
  await page.getByRole("button", { name: "Sign in" }).click();
  await page.waitForURL("**/desk");
  await alive(page);
  return page;
}

/** Waits until the page's socket is up: its link says so nowhere else than in what it can do. */
export async function alive(page: Page): Promise<void> {
  await expect(page.locator("[data-link=up]")).toBeAttached();
}

const rows = (page: Page, name: string | RegExp) => page.locator(".queue .row").filter({ hasText: name });

/** A row of the queue. Opens the tab that has it, as soon as one does. */
export async function row(page: Page, name: string | RegExp): Promise<Locator> {
  const found = rows(page, name);
  await expect(async () => {
    for (const tab of ["waiting", "mine", "colleagues", "resolved"]) {
      if ((await found.count()) > 0) return;
      await section(page, tab);
    }
    expect(await found.count()).toBeGreaterThan(0);
  }).toPass({ intervals: [100], timeout: 40_000 });
  return found;
}

export async function pick(page: Page, name: string | RegExp): Promise<void> {
  await (await row(page, name)).click();
}

/** Resolves what is open; the desk is where it leads to then. */
export async function resolve(page: Page): Promise<void> {
  await page.getByRole("button", { name: "Resolve" }).click();
  await expect(page.locator(".notice")).toContainText("Resolved: ");
}

/** No part of the queue has such a row, or none has it any longer. */
export async function nowhere(page: Page, name: string | RegExp): Promise<void> {
  for (const tab of ["mine", "waiting", "colleagues", "resolved"]) {
    await section(page, tab);
    await expect(rows(page, name)).toHaveCount(0);
  }
}

/** A part of the queue, behind its tab: mine, waiting, colleagues (“Team”), resolved (“Done”). */
export async function section(page: Page, name: string): Promise<Locator> {
  await page.locator(`.queue .tab.${name}`).click();
  return page.locator(`.queue .section.${name}`);
}
export const answer = (page: Page) => page.getByRole("textbox", { name: "Reply" });

/** A guest's page of a hotel, alive. */
export async function guest(house: House, page: Page, hotel = "seehof"): Promise<Page> {
  await page.goto(`${house.url}/chat/${hotel}`);
  await alive(page);
  return page;
}

export async function write(page: Page, text: string): Promise<void> {
  const field = page.getByLabel("Your message");
  await field.fill(text);
  await field.press("Enter");
}

/** Lists the web site that may show a hotel's chat. */
export async function allow(house: House, admin: Page, hotel: string, origin: string): Promise<void> {
  await admin.goto(`${house.url}/admin/hotels/${hotel}`);
  await admin.getByLabel("Allowed websites").fill(origin);
  await admin.locator("form", { has: admin.getByLabel("Allowed websites") }).getByRole("button", { name: "Save" }).click();
  await expect(admin.getByLabel("Allowed websites")).toHaveValue(origin);
}
