/* Bellhop's bubble. <script src="https://…/widget.js" data-hotel="slug" async></script>
   The chat is loaded when the guest opens it. Options: data-hotel, data-side="left", data-label, data-colour, and
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
  var chat = source.origin + "/chat/" + encodeURIComponent(hotel);
  var kept = "bellhop." + hotel + ".";

  // What lasts for this visit, and what lasts in this browser: the key of the question, the count, whether a sound is liked.
  function put(store, key, value) {
    try { value ? window[store].setItem(kept + key, value) : window[store].removeItem(kept + key); } catch (e) {}
  }
  function get(store, key) {
    try { return window[store].getItem(kept + key); } catch (e) { return null; }
  }
  function make(name, className) {
    var element = document.createElement(name);
    if (className) element.className = className;
    return element;
  }
  function icon(path) {
    var svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
    var line = svg.appendChild(document.createElementNS(svg.namespaceURI, "path"));
    svg.setAttribute("viewBox", "0 0 24 24");
    svg.setAttribute("aria-hidden", "true");
    line.setAttribute("d", path);
    return svg;
  }

  function start() {
    var host = make("div");
    // A shadow root: the hotel's styles do not reach in, ours do not reach out.
    var root = host.attachShadow({ mode: "open" });
    var bottom = "max(20px,env(safe-area-inset-bottom))";
    var css =
      ":host{all:initial}" +
      "button{position:fixed;z-index:2147483000;bottom:" + bottom + ";" + side + ":20px;width:60px;height:60px;" +
      "border:0;border-radius:50%;background:" + colour + ";color:#fff;color:color(from " + colour +
      " xyz-d65 clamp(0,(.179 - y)*1e5,.95) clamp(0,(.179 - y)*1e5,1) clamp(0,(.179 - y)*1e5,1.09));cursor:pointer;box-shadow:0 6px 24px rgb(0 0 0/.28);" +
      "display:grid;place-items:center;font:600 13px system-ui,sans-serif;transition:transform .15s}" +
      "button:hover{transform:scale(1.05)}button:focus-visible{outline:3px solid;outline-offset:-6px;box-shadow:0 0 0 4px " + colour + "}" +
      "svg{width:28px;height:28px;fill:none;stroke:currentColor;stroke-width:2;stroke-linecap:round;stroke-linejoin:round}" +
      "b{position:absolute;top:-2px;right:-2px;min-width:22px;height:22px;padding:0 6px;box-sizing:border-box;border-radius:11px;background:#c22f2f;color:#fff;" +
      "display:grid;place-items:center}b[hidden]{display:none}" +
      "dialog{position:fixed;z-index:2147483000;inset:auto;bottom:calc(" + bottom + " + 74px);" + side + ":20px;margin:0;border:0;padding:0;" +
      "width:min(390px,calc(100vw - 40px));height:min(640px,calc(100dvh - 124px));max-width:none;max-height:none;border-radius:16px;overflow:hidden;" +
      "box-shadow:0 12px 48px rgb(0 0 0/.3);background:Canvas}" +
      // What the chat looks like until it is there: its head, a greeting, the field.
      "iframe{width:100%;height:100%;border:0;display:block;background:linear-gradient(" + colour + " 0 0)0 0/100% 60px no-repeat," +
      "linear-gradient(#8883 0 0)16px 84px/70% 64px no-repeat,linear-gradient(#8883 0 0)50% calc(100% - 16px)/calc(100% - 32px) 52px no-repeat}" +
      ".x{display:none}" +
      "@media(max-width:480px){dialog{inset:0;width:auto;height:auto;border-radius:0}dialog[open]{display:flex;flex-direction:column}" +
      "iframe{flex:1;min-height:0}button[aria-expanded=true]{display:none}" +
      ".x{position:static;display:block;flex:none;width:100%;height:44px;border-radius:0;box-shadow:none;text-align:end;padding:0 18px;font-size:15px}}" +
      "@media(prefers-reduced-motion:reduce){button{transition:none}}";
    // Made by script, so that a site whose policy forbids inline styles can carry it too.
    var sheet = new CSSStyleSheet();
    sheet.replaceSync(css);
    root.adoptedStyleSheets = [sheet];
    var button = make("button");
    var panel = make("dialog");
    var badge = make("b");
    // On a phone the panel fills the screen and hides the bubble; the way out must not wait for the chat to load.
    var exit = make("button", "x");
    var frame = null;
    var prefix = ""; // what stands before the site's own title
    var locked = false; // the page behind is kept from scrolling
    var phone = matchMedia("(max-width:480px)");
    var ready = false; // its page is there, and can be told
    // Opened on the page before: the guest has clicked already.
    var open = !!get("sessionStorage", "open");
    var unread = +get("localStorage", "unread") || 0;
    var bubble = icon("M4 5h16v11H9l-5 4z");
    var cross = icon("M6 6l12 12M18 6 6 18");

    button.type = exit.type = "button";
    button.setAttribute("aria-haspopup", "dialog");
    panel.setAttribute("aria-label", label);
    exit.textContent = "Close";
    exit.addEventListener("click", function () { show(false, true); });
    panel.append(exit);

    function draw() {
      badge.textContent = unread > 99 ? "99+" : unread;
      badge.hidden = open || !unread;
      button.replaceChildren(open ? cross : bubble, badge);
      button.setAttribute("aria-expanded", open);
      button.setAttribute("aria-label", open ? "Close the chat" : label + (unread ? ", " + unread + " unread" : ""));
      var title = document.title;
      if (prefix && title.indexOf(prefix) === 0) title = title.slice(prefix.length);
      prefix = badge.hidden ? "" : "(" + unread + ") ";
      if (prefix + title !== document.title) document.title = prefix + title;
    }
    function count(now) {
      unread = now;
      put("localStorage", "unread", now && String(now));
      draw();
    }
    function tell() {
      if (ready) frame.contentWindow.postMessage({ bellhop: open ? "open" : "closed" }, source.origin);
    }
    function show(now, focus) {
      open = now;
      if (open && !frame) {
        frame = make("iframe");
        frame.title = label;
        frame.allow = "clipboard-write; autoplay; microphone; camera";
        frame.src = chat + (token ? "?token=" + encodeURIComponent(token) : "");
        frame.onload = function () { ready = true; tell(); if (open && focus) frame.focus(); };
        panel.append(frame);
      }
      // On a phone the panel is the page: what lies behind must not scroll away under it, or take the focus.
      var lock = open && phone.matches;
      if (lock !== locked) document.documentElement.style.overflow = (locked = lock) ? "hidden" : "";
      panel.close();
      lock ? panel.showModal() : (panel.open = open);
      put("sessionStorage", "open", open && "1");
      draw();
      tell();
      if (focus) (open ? frame : button).focus();
    }

    // Asks how many answers the guest has not seen, where the chat is not loaded: one browser, one question, which is
    // answered when the number changes.
    var ask = null;
    function question() {
      var key = get("localStorage", "key");
      if (!key || ask) return;
      var mine = (ask = new AbortController());
      function again() {
        if (mine.signal.aborted) return;
        return fetch(chat + "/unread", { method: "POST", signal: mine.signal, body: JSON.stringify({ key: key, known: unread }) })
          .then(function (answer) {
            if (answer.status === 404) return put("localStorage", "key", ""), count(0);
            if (!answer.ok) throw 0;
            return answer.text().then(function (text) {
              var now = +text;
              if (now > unread && !frame && get("localStorage", "sound")) new Audio(source.origin + "/ding.wav").play().catch(function () {});
              if (now !== unread) count(now);
              return again();
            });
          })
          .catch(function () {
            if (!mine.signal.aborted) return new Promise(function (wait) { setTimeout(wait, 15000); }).then(again);
          });
      }
      var locks = navigator.locks;
      locks ? locks.request(kept + "ask", { signal: mine.signal }, again).catch(function () {}) : again();
    }
    function rest() { if (ask) ask.abort(); ask = null; }
    // A page that is left may be kept as it is, and come back.
    addEventListener("pagehide", rest);
    addEventListener("pageshow", question);
    addEventListener("storage", function (event) {
      if (event.key === kept + "unread") unread = +event.newValue || 0, draw();
      if (event.key === kept + "key") rest(), question();
    });

    // What the hotel's systems push: a site that shows it itself calls preventDefault().
    function pushed(push) {
      var detail = { action: push.action, body: push.body, source: push.source };
      if (!document.dispatchEvent(new CustomEvent("bellhop:push", { detail: detail, bubbles: true, cancelable: true })))
        frame.contentWindow.postMessage({ bellhop: "taken", number: push.number }, source.origin);
    }

    button.addEventListener("click", function () { show(!open, true); });
    // A phone that is turned: as the style sheet sees it.
    phone.addEventListener("change", function () { if (open) show(true, document.activeElement === host); });
    // A phone's way back.
    panel.addEventListener("cancel", function () { show(false, true); });
    root.addEventListener("keydown", function (event) {
      if (event.key === "Escape" && open && !event.isComposing && event.keyCode !== 229) show(false, true);
    });
    addEventListener("message", function (event) {
      var said = event.data;
      if (event.origin !== source.origin || !frame || event.source !== frame.contentWindow || !said) return;
      if (said.bellhop === "unread") count(said.count | 0);
      else if (said.bellhop === "push") pushed(said.push);
      else if (said.bellhop === "close") show(false, true);
      else if (said.bellhop === "sound") put("localStorage", "sound", said.text);
      else if (said.bellhop === "key" && said.text !== get("localStorage", "key")) put("localStorage", "key", said.text), rest(), question();
    });

    root.append(panel, button);
    // Sites that change pages without loading them throw the body away: then back it goes, the chat as it was.
    function stay() {
      if (!host.isConnected && document.body) {
        if (frame) frame.remove(), (frame = ready = null);
        document.body.append(host);
        [document, document.documentElement, document.body].forEach(function (node) { watch.observe(node, { childList: true }); });
        show(open, false);
      }
    }
    var watch = new MutationObserver(stay);
    stay();
    question();
  }

  document.body ? start() : document.addEventListener("DOMContentLoaded", start);
})();
