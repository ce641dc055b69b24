// Starts the reference inside /docs, and mends what it leaves out for keyboards and screen readers.
// Without JavaScript the page's own list of calls remains.
window.addEventListener("DOMContentLoaded", () => {
  const place = document.getElementById("reference");
  place.textContent = "";
  const main = document.getElementById("main"); // the reference brings the page's main element
  const plain = document.createElement("div");
  plain.id = main.id;
  plain.tabIndex = -1;
  plain.append(...main.childNodes);
  main.replaceWith(plain);
  new MutationObserver(() => mend(place)).observe(place, { childList: true, subtree: true });
  window.ui = SwaggerUIBundle({
    url: place.dataset.document,
    domNode: place,
    deepLinking: false, // its links stand inside buttons
    defaultModelsExpandDepth: 0,
    docExpansion: "list",
    persistAuthorization: false,
    syntaxHighlight: { activated: false },
    validatorUrl: null,
  });
});

function mend(place) {
  for (const choice of place.querySelectorAll("select:not([aria-label])")) {
    choice.setAttribute("aria-label", choice.id === "servers" ? "Server" : "Example or media type");
  }
  for (const [part, name] of [[".information-container", "About"], [".schemes-server-container", "Server and key"]]) {
    const found = place.querySelector(`${part}:not([role])`);
    found?.setAttribute("aria-label", name);
    found?.setAttribute("role", "region");
  }
  for (const block of place.querySelectorAll("pre:not([tabindex])")) block.tabIndex = 0;
  for (const heading of place.querySelectorAll("h3.opblock-tag:not([aria-level])")) heading.setAttribute("aria-level", "2");
  for (const heading of place.querySelectorAll("h4:not([aria-level])")) heading.setAttribute("aria-level", "3");
  for (const heading of place.querySelectorAll("h5:not([aria-level])")) heading.setAttribute("aria-level", "4");
}
