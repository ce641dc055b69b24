// Starts the reference inside /docs. Without JavaScript the page's own list of calls remains.
window.addEventListener("DOMContentLoaded", () => {
  const place = document.getElementById("reference");
  place.textContent = "";
  window.ui = SwaggerUIBundle({
    url: place.dataset.document,
    domNode: place,
    deepLinking: true,
    defaultModelsExpandDepth: 0,
    docExpansion: "list",
    persistAuthorization: false,
    syntaxHighlight: { activated: false },
    validatorUrl: null,
  });
});
