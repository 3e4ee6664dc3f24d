(function () {
  var told = false;
  function stopped(event) {
    var why = event.error || event.reason;
    if (told || !(why instanceof WebAssembly.RuntimeError)) return;
    told = true;
    document.querySelectorAll("[data-link]").forEach(function (page) { page.setAttribute("data-link", "broken"); });
    var word = document.createElement("p"), again = document.createElement("button");
    word.className = "stopped";
    word.setAttribute("role", "alert");
    word.textContent = "This page has stopped working. What you typed is kept. ";
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
