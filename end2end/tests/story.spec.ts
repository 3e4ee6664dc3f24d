// A guest in the widget on a hotel's page, two agents at their desks: the main job, end to end.

import { agent, alive, answer, expect, pick, resolve, section, test } from "./house";

test("a guest writes, one agent answers, the other is locked out, and nothing is lost when the server is killed", async ({ house, newPage }) => {
  const site = await newPage();
  const maria = await agent(house, await newPage(), "maria");
  const jonas = await agent(house, await newPage(), "jonas");

  // Nothing is fetched before the guest opens the bubble.
  const fetched: string[] = [];
  site.on("request", (request) => fetched.push(new URL(request.url()).pathname));
  await site.goto(`${house.url}/demo`);
  const bubble = site.getByRole("button", { name: "Write to us" });
  await expect(bubble).toBeVisible();
  expect(fetched.filter((path) => path.endsWith(".wasm") || path.startsWith("/chat"))).toEqual([]);

  await bubble.click();
  const chat = site.frameLocator("iframe");
  await expect(chat.locator("[data-link=up]")).toBeAttached();
  const field = chat.getByLabel("Your message");
  await field.fill("Could we have a late check-out on Sunday?");
  await field.press("Enter");
  await expect(chat.getByText("Delivered")).toBeVisible();

  // It arrives at both agents.
  for (const desk of [maria, jonas]) {
    await expect((await section(desk, "waiting")).getByText("Could we have a late check-out")).toBeVisible();
    await pick(desk, "Could we have a late check-out");
    await expect(desk.locator(".conversation .timeline")).toContainText("late check-out on Sunday?");
  }
  await expect(maria.getByText("Jonas Brunner is also viewing")).toBeVisible();

  // Maria claims; Jonas is locked out, and the guest knows who answers.
  await maria.getByRole("button", { name: "Claim" }).click();
  await expect(answer(maria)).toBeFocused();
  await expect(jonas.getByText("Maria Keller is answering this guest.")).toBeVisible();
  await expect(answer(jonas)).toBeHidden();
  await expect(chat.locator(".standing")).toHaveText("Maria Keller is helping you");
  await expect(chat.locator(".mark").filter({ hasText: "Read" })).toBeVisible();

  // Typing is shown both ways.
  await answer(maria).pressSequentially("Of cour");
  await expect(chat.getByText("Maria Keller is typing…")).toBeVisible();
  await field.pressSequentially("We could pay");
  await expect(maria.locator(".conversation .typing")).toBeVisible();
  await answer(maria).pressSequentially("se, until two o’clock.");
  await answer(maria).press("Enter");
  await expect(chat.getByText("Of course, until two o’clock.")).toBeVisible();
  await expect(answer(maria)).toHaveValue("");

  // Jonas takes over while Maria writes: her composer locks, her draft stays.
  await answer(maria).pressSequentially("There is a fee of");
  await jonas.getByRole("button", { name: "Take over" }).click();
  const dialog = jonas.getByRole("dialog");
  await expect(dialog).toContainText("Take over from Maria Keller?");
  await dialog.getByLabel("Reason").fill("Maria is at lunch");
  await dialog.getByRole("button", { name: "Take over" }).click();
  await expect(maria.getByText("Jonas Brunner took over").first()).toBeVisible();
  await expect(answer(maria)).toHaveValue("There is a fee of");
  await expect(answer(maria)).toHaveAttribute("readonly");
  await expect(maria.getByRole("button", { name: "Send", exact: true })).toBeDisabled();
  await expect(chat.locator(".standing")).toHaveText("Jonas Brunner is helping you");
  await expect(chat.locator(".timeline")).not.toContainText("lunch");

  // The server is killed; what is written meanwhile waits, and goes out once it is back.
  await answer(jonas).fill("It is free of charge.");
  await house.kill();
  await expect(chat.getByText("You’re offline. Messages are saved")).toBeVisible();
  await expect(jonas.getByText("You’re offline. Reconnecting…")).toBeVisible();
  await field.fill("Great, thank you!");
  await field.press("Enter");
  await expect(chat.getByText("Not sent yet")).toBeVisible();
  await house.start();
  await expect(chat.locator("[data-link=up]")).toBeAttached();
  await alive(jonas);
  await expect(chat.getByText("Not sent yet")).toHaveCount(0);
  await expect(jonas.locator(".conversation .timeline")).toContainText("Great, thank you!");
  await expect(jonas.locator(".conversation .said", { hasText: "Great, thank you!" })).toHaveCount(1);
  await expect(answer(jonas)).toHaveValue("It is free of charge.");
  await answer(jonas).press("Enter");
  await expect(chat.getByText("It is free of charge.")).toBeVisible();
  await expect(chat.locator(".said")).toHaveText([/late check-out/, /until two/, /Great, thank you/, /free of charge/]);

  // Resolved, and a new word begins a new conversation in one continuous history.
  await resolve(jonas);
  await expect((await section(jonas, "resolved")).getByText("It is free of charge.")).toBeVisible();
  await expect(chat.getByText("Conversation closed.")).toBeVisible();
  await field.fill("One more thing");
  await field.press("Enter");
  await expect((await section(maria, "waiting")).getByText("One more thing")).toBeVisible();
  await expect(chat.locator(".said")).toHaveCount(5);
});

test("the loser of a race sees at once who was faster and never an open composer", async ({ house, newPage }) => {
  const maria = await agent(house, await newPage(), "maria");
  const jonas = await agent(house, await newPage(), "jonas");
  const name = await (await section(maria, "waiting")).locator(".row .name").first().innerText();
  for (const desk of [maria, jonas]) await pick(desk, name);
  for (const desk of [maria, jonas]) await expect(desk.getByRole("button", { name: "Claim" })).toBeVisible();
  await Promise.all([maria, jonas].map((desk) => desk.keyboard.press("c")));
  const open = [maria, jonas].map((desk) => answer(desk));
  await expect.poll(async () => (await Promise.all(open.map((field) => field.isVisible()))).filter(Boolean).length).toBe(1);
  const loser = (await open[0].isVisible()) ? jonas : maria;
  await expect(loser.locator(".lock.held")).toContainText("is answering this guest.");
});

test("the badge on the bubble counts what came while the panel was closed", async ({ house, newPage }) => {
  const site = await newPage();
  await site.goto(`${house.url}/demo`);
  await site.getByRole("button", { name: "Write to us" }).click();
  const chat = site.frameLocator("iframe");
  await expect(chat.locator("[data-link=up]")).toBeAttached();
  await chat.getByLabel("Your message").fill("Is the pool heated?");
  await chat.getByLabel("Your message").press("Enter");
  await expect(chat.getByText("Delivered")).toBeVisible();
  await chat.getByLabel("Your message").press("Escape");
  const maria = await agent(house, await newPage(), "maria");
  await pick(maria, "Is the pool heated?");
  await maria.keyboard.press("c");
  await expect(answer(maria)).toBeFocused();
  await answer(maria).fill("It is, to 28 degrees.");
  await answer(maria).press("Enter");
  const bubble = site.getByRole("button", { name: "Write to us, 1 unread" });
  await expect(bubble).toBeVisible();
  await expect(maria.locator(".conversation .said.staff .meta").last()).toContainText("delivered");
  await bubble.click();
  await expect(chat.getByText("It is, to 28 degrees.")).toBeVisible();
  await expect(maria.locator(".conversation .said.staff .meta").last()).toContainText("read");
});
