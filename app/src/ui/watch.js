(function () {
  var told = false;
  function stopped(event) {
    var why = event.error || event.reason;
    var W = WebAssembly;
    var dead = why instanceof W.RuntimeError || why instanceof W.CompileError || why instanceof W.LinkError || why instanceof RangeError;
    var absent = why instanceof TypeError && /import/i.test(why.message);
    if (told || !(dead || absent)) return;
    told = true;
    document.querySelectorAll("[data-link]").forEach(function (page) { page.setAttribute("data-link", "broken"); });
    var word = document.createElement("p"), again = document.createElement("button");
    word.className = "stopped";
    word.setAttribute("role", "alert");
    word.textContent = (dead ? "This page has stopped working." : "This page did not load completely.") + " What you typed is kept. ";
    again.className = "button";
    again.textContent = "Reload";
    again.onclick = function () {
      document.querySelectorAll("textarea[id]").forEach(function (field) {
        try { if (field.value) sessionStorage.setItem("bellhop.typed." + field.id, field.value); } catch (e) {}
      });
      location.reload();
    };
    word.append(again);
    document.body.prepend(word);
  }
  addEventListener("error", stopped);
  addEventListener("unhandledrejection", stopped);
  // A form that is sent before the page is alive says whom this frame knows; see Frame in guest/chat.rs.
  addEventListener("submit", function (event) {
    var form = event.target, token = form.querySelector("[name=token]");
    if (!token || !token.value || form.hasAttribute("data-named")) return;
    try {
      var kept = localStorage.getItem("bellhop.token." + form.getAttribute("action").split("/")[2]);
      if (kept) token.value = kept.split(" ")[1];
    } catch (e) {}
  }, true);
  // Back after that: before the page comes alive, so that it takes the text along.
  addEventListener("DOMContentLoaded", function () {
    document.querySelectorAll("textarea[id]").forEach(function (field) {
      try {
        var typed = sessionStorage.getItem("bellhop.typed." + field.id);
        if (typed && !field.value) field.value = typed;
        sessionStorage.removeItem("bellhop.typed." + field.id);
      } catch (e) {}
    });
  });
})();
