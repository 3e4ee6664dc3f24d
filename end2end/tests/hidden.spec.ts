// The desk as it stands all day: behind another tab, where a browser lets a page's own timers come once a minute.
//
// In Playwright's Chromium every timer comes in time, and every page counts as looked at. So this test has a Chromium of its own,
// on a screen of its own, and no connection to it while it watches.

import { chromium, type Page } from "@playwright/test";
import { spawn, type ChildProcess } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { agent, answer, expect, guest, pick, program, test, write } from "./house";

const SECOND = 1_000;
/** Seconds of being hidden after which Chrome lets timers come once a minute only; 300 unless it is told otherwise. */
const GRACE = 10;
/** When the guest writes again, and when it has been watched long enough: three of those minutes. */
const WRITES = 150 * SECOND;
const WATCHED = 180 * SECOND;

interface Colleague { name: string; present: boolean }
interface Row { id: string; status: string; last_line: string; holder?: { name: string } }
/** What the server says: an event, or the answer to a `watch`. */
interface Said { colleagues?: Colleague[]; row?: Row; id?: number; ok?: { colleagues: Colleague[]; conversations: Row[] } }
/** What a colleague's socket heard, and when. */
interface Heard { at: number; colleagues?: Colleague[]; row?: Row; answers?: number; closed?: boolean }
/** What the desk has noted of itself. */
interface Noted { rings: { at: number; seen: string }[]; ticks: number[]; seen: { at: number; state: string }[] }

/** A Chromium with a window, on a screen that nobody looks at. */
class Browser {
  private readonly folder = mkdtempSync(join(tmpdir(), "bellhop-hidden-"));
  private readonly running: ChildProcess[] = [];
  private port = 0;

  async start(): Promise<void> {
    const screen = spawn(program("Xvfb"), ["-displayfd", "3", "-screen", "0", "1280x800x24", "-nolisten", "tcp"], {
      stdio: ["ignore", "ignore", "ignore", "pipe"],
    });
    this.running.push(screen);
    const display = await new Promise<string>((ready, failed) => {
      screen.stdio[3]!.once("data", (text: Buffer) => ready(`:${text.toString().trim()}`));
      screen.once("error", failed).once("exit", (code) => failed(new Error(`Xvfb ended with ${code}`)));
    });
    const flags = [
      `--user-data-dir=${this.folder}`,
      "--remote-debugging-port=0",
      `--enable-features=IntensiveWakeUpThrottling:grace_period_seconds/${GRACE}`,
      ...["--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"],
      "--disable-gpu",
      // Chromium's sandbox does not work for root.
      ...(process.getuid?.() === 0 ? ["--no-sandbox"] : []),
    ];
    const env = { ...process.env, DISPLAY: display, TMPDIR: this.folder };
    const browser = spawn(process.env.BROWSER || chromium.executablePath(), [...flags, "about:blank"], { env, stdio: "ignore" });
    this.running.push(browser);
    const told = join(this.folder, "DevToolsActivePort");
    const port = () => existsSync(told) && (this.port = Number(readFileSync(told, "utf8").split("\n")[0]));
    await expect.poll(port, { timeout: 30_000 }).toBeTruthy();
  }

  /** Does something in the window's first tab over DevTools, and lets go of it. */
  async drive<T>(work: (page: Page) => Promise<T>): Promise<T> {
    const devtools = await chromium.connectOverCDP(`http://127.0.0.1:${this.port}`);
    try {
      const pages = devtools.contexts()[0].pages();
      return await work(pages.find((page) => page.url().endsWith("/desk")) ?? pages[0]);
    } finally {
      await devtools.close();
    }
  }

  /** Opens another tab in front. By plain requests: nothing is connected to any page. */
  async cover(): Promise<void> {
    const ask = async (what: string, method = "GET") => {
      const reply = await fetch(`http://127.0.0.1:${this.port}/json/${what}`, { method });
      expect(reply.ok, what).toBe(true);
      return reply;
    };
    const { id } = (await (await ask("new?about:blank", "PUT")).json()) as { id: string };
    await ask(`activate/${id}`);
  }

  async close(): Promise<void> {
    for (const one of this.running.reverse()) {
      if (!one.pid || one.exitCode !== null || one.signalCode !== null) continue;
      const ended = new Promise((done) => one.once("exit", done));
      one.kill();
      await ended;
    }
    rmSync(this.folder, { recursive: true, force: true, maxRetries: 5 });
  }
}

/** Has the desk note when it rings, when a timer of a second comes, and whether it is looked at. */
async function takeNotes(desk: Page): Promise<void> {
  await desk.evaluate(() => {
    const noted: Noted = { rings: [], ticks: [], seen: [] };
    Object.assign(window, { noted });
    // Silent: a page that can be heard is spared by Chrome.
    HTMLMediaElement.prototype.play = async () => void noted.rings.push({ at: Date.now(), seen: document.visibilityState });
    setInterval(() => noted.ticks.push(Date.now()), 1_000);
    document.addEventListener("visibilitychange", () => noted.seen.push({ at: Date.now(), state: document.visibilityState }));
  });
}

/** Has a signed-in page watch the hotel over a socket of its own, and keep what it hears. */
async function watch(page: Page): Promise<void> {
  await page.evaluate(async () => {
    const heard: Heard[] = [];
    const socket = new WebSocket(`${location.origin.replace("http", "ws")}/socket?as=staff`, "bellhop.v1");
    const ask = (id: number) => {
      const { hotels } = JSON.parse(document.querySelector("#page")!.textContent!) as { hotels: { hotel: { id: string } }[] };
      socket.send(JSON.stringify({ id, do: "watch", hotel: hotels[0].hotel.id }));
    };
    Object.assign(window, { heard, ask });
    socket.onclose = () => heard.push({ at: Date.now(), closed: true });
    await new Promise<void>((watching) => {
      socket.onopen = () => ask(1);
      socket.onmessage = ({ data }) => {
        const said = JSON.parse(data as string) as Said;
        const at = Date.now();
        if (said.colleagues) heard.push({ at, colleagues: said.colleagues });
        if (said.row) heard.push({ at, row: said.row });
        if (!said.ok) return;
        heard.push(...said.ok.conversations.map((row) => ({ at, row })));
        heard.push({ at, colleagues: said.ok.colleagues, answers: said.id });
        watching();
      };
    });
  });
}

test("a desk behind another tab stays at work: present, holding, and ringing at once", async ({ house, newPage }) => {
  test.setTimeout(360_000);
  const browser = new Browser();
  try {
    const jonas = await agent(house, await newPage(), "jonas");
    await browser.start();
    await watch(jonas);
    const heard = () => jonas.evaluate(() => (window as unknown as { heard: Heard[] }).heard);
    const of = (all: Heard[], id: string) => all.flatMap(({ at, row }) => (row?.id === id ? [{ at, ...row }] : []));

    const page = await guest(house, await newPage());
    await write(page, "When does the boat leave?");
    await browser.drive(async (desk) => {
      await agent(house, desk, "maria");
      await takeNotes(desk);
      await pick(desk, "When does the boat leave?");
      await desk.keyboard.press("c");
      await answer(desk).fill("At ten past nine.");
      await answer(desk).press("Enter");
      await expect(page.getByText("At ten past nine.")).toBeVisible();
    });
    const held = async () => (await heard()).find(({ row }) => row?.last_line === "At ten past nine.")?.row;
    await expect.poll(held).toBeDefined();
    const { id } = (await held())!;

    await browser.cover();
    const hidden = Date.now();
    // The passing of time is what is tried here; there is nothing to wait for.
    await jonas.waitForTimeout(WRITES);
    await write(page, "And the last one back?");
    await expect.poll(async () => of(await heard(), id).some((row) => row.last_line === "And the last one back?")).toBe(true);
    await jonas.waitForTimeout(Math.max(0, hidden + WATCHED - Date.now()));
    await jonas.evaluate(() => (window as unknown as { ask: (id: number) => void }).ask(2));
    // It is answered, so nothing has been missed meanwhile: she is there, and so is her conversation.
    await expect.poll(async () => (await heard()).some(({ answers }) => answers === 2)).toBe(true);

    const all = (await heard()).filter(({ at }) => at > hidden);
    const seconds = ({ at }: { at: number }) => Math.round((at - hidden) / SECOND);
    const away = all.filter(({ colleagues }) => colleagues?.some(({ name, present }) => name === "Maria Keller" && !present));
    expect.soft(away.map(seconds), "when Maria was gone, in seconds since the desk was hidden").toEqual([]);
    const lost = of(all, id).filter((row) => row.status !== "held" || row.holder?.name !== "Maria Keller");
    expect.soft(lost.map(seconds), "when she did not hold her conversation").toEqual([]);
    expect(all.filter(({ closed }) => closed), "what has watched lost its own connection").toEqual([]);
    expect(of(all, id).at(-1)!.at).toBeGreaterThan(hidden + WATCHED);

    const noted = await browser.drive((desk) => desk.evaluate(() => (window as unknown as { noted: Noted }).noted));
    const { at: written } = of(all, id).find((row) => row.last_line === "And the last one back?")!;
    const ring = noted.rings.find(({ at }) => at > hidden);
    expect(ring, "nothing rang").toBeDefined();
    expect(Math.abs(ring!.at - written)).toBeLessThan(SECOND);
    expect(ring!.seen).toBe("hidden");
    // It was hidden all the time, and its own timers were held back, or this has tried nothing.
    expect(noted.seen.filter(({ at }) => at < hidden + WATCHED).map(({ state }) => state)).toEqual(["hidden"]);
    const ticks = noted.ticks.filter((at) => at > hidden && at < hidden + WATCHED);
    expect(Math.max(...ticks.slice(1).map((at, index) => at - ticks[index]))).toBeGreaterThan(30 * SECOND);
  } finally {
    await browser.close();
  }
});
