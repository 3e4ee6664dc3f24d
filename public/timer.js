// Keeps the time for a page that is not looked at, whose own timers a browser lets come once a minute.
setInterval(() => postMessage(0), 1000);
