import { defineConfig } from "@playwright/test";

// The browser is chosen by scripts/browser; without it Playwright takes its own.
const executablePath = process.env.BROWSER || undefined;

export default defineConfig({
  testDir: "tests",
  outputDir: "results",
  fullyParallel: false,
  workers: 2,
  // A guard against hanging, not a measure: what is waited for has deadlines of its own.
  timeout: 180_000,
  expect: { timeout: 15_000 },
  forbidOnly: !!process.env.CI,
  // A test that fails once has found something.
  retries: 0,
  reporter: [["list"], ["html", { outputFolder: "report", open: "never" }]],
  use: {
    viewport: { width: 1280, height: 800 },
    locale: "en-GB",
    timezoneId: "Europe/Zurich",
    actionTimeout: 15_000,
    trace: "retain-on-failure",
    launchOptions: {
      executablePath,
      // A page that a test has changed counts as from another network, and its socket would be refused.
      args: ["--disable-features=LocalNetworkAccessChecks,LocalNetworkAccessChecksWebSockets", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync", "--use-fake-ui-for-media-stream", "--use-fake-device-for-media-stream"],
      // Chromium's sandbox does not work for root.
      chromiumSandbox: process.getuid?.() !== 0,
    },
  },
});
