/* Bellhop's bubble. <script src="https://…/widget.js" data-hotel="slug" async></script>
   Nothing else is loaded before the guest opens it. Options: data-hotel, data-side="left", data-label, data-colour, and
   data-guest-token, by which the site says who the guest is. */
(function () {
  "use strict";
  var script = document.currentScript || document.querySelector('script[src*="widget.js"]');
  if (!script || window.__bellhop) return;
  window.__bellhop = true;
  var source = new URL(script.src, location.href);
  var hotel = script.getAttribute("data-hotel") || source.searchParams.get("hotel");
  if (!hotel) return console.warn("Bellhop: say which hotel, with data-hotel=\"slug\"");
  var side = script.getAttribute("data-side") === "left" ? "left" : "right";
  var label = script.getAttribute("data-label") || "Write to us";
  var colour = script.getAttribute("data-colour") || "#1f5f6b";
  var token = script.getAttribute("data-guest-token");
  var kept = "bellhop." + hotel;

  function remember(key, value) {
    try { value === null ? sessionStorage.removeItem(kept + key) : sessionStorage.setItem(kept + key, value); } catch (e) {}
  }
  function recall(key) {
    try { return sessionStorage.getItem(kept + key); } catch (e) { return null; }
  }

  function start() {
    var host = document.createElement("div");
    // A shadow root: the hotel's styles do not reach in, ours do not reach out.
    var root = host.attachShadow({ mode: "open" });
    var css =
      ":host{all:initial}" +
      "button{position:fixed;z-index:2147483000;bottom:max(20px,env(safe-area-inset-bottom));" + side + ":20px;width:60px;height:60px;" +
      "border:0;border-radius:50%;background:" + colour + ";color:#fff;cursor:pointer;box-shadow:0 6px 24px rgb(0 0 0/.28);" +
      "display:grid;place-items:center;font:600 13px system-ui,sans-serif;transition:transform .15s}" +
      "button:hover{transform:scale(1.05)}button:focus-visible{outline:3px solid #fff;outline-offset:-6px;box-shadow:0 0 0 4px " + colour + "}" +
      "svg{width:28px;height:28px;fill:none;stroke:currentColor;stroke-width:2;stroke-linecap:round;stroke-linejoin:round}" +
      "b{position:absolute;top:-2px;right:-2px;min-width:22px;height:22px;padding:0 6px;box-sizing:border-box;border-radius:11px;background:#c22f2f;color:#fff;" +
      "display:grid;place-items:center}b[hidden]{display:none}" +
      "div{position:fixed;z-index:2147483000;bottom:calc(max(20px,env(safe-area-inset-bottom)) + 74px);" + side + ":20px;" +
      "width:min(390px,calc(100vw - 40px));height:min(640px,calc(100dvh - 124px));border-radius:16px;overflow:hidden;" +
      "box-shadow:0 12px 48px rgb(0 0 0/.3);background:Canvas}div[hidden]{display:none}" +
      "iframe{width:100%;height:100%;border:0;display:block}" +
      ".x{display:none}" +
      "@media(max-width:480px){div{inset:0;width:auto;height:auto;border-radius:0}div:not([hidden]){display:flex;flex-direction:column}" +
      "iframe{flex:1;min-height:0}button[aria-expanded=true]{display:none}" +
      ".x{position:static;display:block;flex:none;width:100%;height:44px;border-radius:0;box-shadow:none;text-align:end;padding:0 18px;font-size:15px}}" +
      "@media(prefers-reduced-motion:reduce){button{transition:none}}";
    // Made by script, so that a site whose policy forbids inline styles can carry it too.
    var sheet = new CSSStyleSheet();
    sheet.replaceSync(css);
    root.adoptedStyleSheets = [sheet];
    var button = document.createElement("button");
    var panel = document.createElement("div");
    var badge = document.createElement("b");
    // On a phone the panel fills the screen and hides the bubble; the way out must not wait for the chat to load.
    var exit = document.createElement("button");
    var frame = null;
    var open = false;
    var unread = +recall("unread") || 0;
    var bubble = '<svg viewBox="0 0 24 24" aria-hidden="true"><path d="M4 5h16v11H9l-5 4z"/></svg>';
    var cross = '<svg viewBox="0 0 24 24" aria-hidden="true"><path d="M6 6l12 12M18 6 6 18"/></svg>';

    button.type = "button";
    button.setAttribute("aria-haspopup", "dialog");
    panel.setAttribute("role", "dialog");
    panel.setAttribute("aria-label", label);
    panel.hidden = true;
    exit.type = "button";
    exit.className = "x";
    exit.textContent = "Close";
    exit.addEventListener("click", function () { show(false, true); });
    panel.appendChild(exit);

    function draw() {
      button.innerHTML = open ? cross : bubble;
      badge.textContent = unread > 99 ? "99+" : String(unread);
      badge.hidden = open || !unread;
      button.appendChild(badge);
      button.setAttribute("aria-expanded", String(open));
      button.setAttribute("aria-label", open ? "Close the chat" : label + (unread ? ", " + unread + " unread" : ""));
    }
    function tell() {
      if (frame && frame.contentWindow) frame.contentWindow.postMessage({ bellhop: open ? "open" : "closed" }, source.origin);
    }
    function show(now, focus) {
      open = now;
      if (open && !frame) {
        frame = document.createElement("iframe");
        frame.title = label;
        frame.allow = "clipboard-write";
        frame.src = source.origin + "/chat/" + encodeURIComponent(hotel) + (token ? "?token=" + encodeURIComponent(token) : "");
        frame.onload = function () { tell(); if (open && focus) frame.focus(); };
        panel.appendChild(frame);
      }
      panel.hidden = !open;
      // On a phone the panel is the page; what lies behind must not scroll away under it.
      document.documentElement.style.overflow = open && innerWidth <= 480 ? "hidden" : "";
      remember("open", open ? "1" : null);
      draw();
      tell();
      if (focus) (open ? frame : button).focus();
    }

    button.addEventListener("click", function () { show(!open, true); });
    root.addEventListener("keydown", function (event) { if (event.key === "Escape" && open) show(false, true); });
    window.addEventListener("message", function (event) {
      if (event.origin !== source.origin || !frame || event.source !== frame.contentWindow || !event.data) return;
      if (event.data.bellhop === "unread") {
        unread = event.data.count | 0;
        remember("unread", unread ? String(unread) : null);
        draw();
      } else if (event.data.bellhop === "close") {
        show(false, true);
      }
    });

    root.append(panel, button);
    document.body.appendChild(host);
    draw();
    // Opened on the page before: the guest has clicked already.
    if (recall("open")) show(true, false);
  }

  document.body ? start() : document.addEventListener("DOMContentLoaded", start);
})();
