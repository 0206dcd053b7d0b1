// The sign-in page works without this; it only adds comfort.
for (const button of document.querySelectorAll("[data-shows]")) {
  const field = document.getElementById(button.dataset.shows);
  button.hidden = false;
  button.addEventListener("click", () => {
    const show = field.type === "password";
    field.type = show ? "text" : "password";
    button.textContent = show ? "Hide" : "Show";
    button.setAttribute("aria-pressed", String(show));
  });
}

const owner = document.querySelector("form[data-fresh]");
if (owner) {
  const { organization_name: name, slug, timezone } = owner.elements;
  timezone.value = Intl.DateTimeFormat().resolvedOptions().timeZone;
  name.addEventListener("input", () => {
    const plain = name.value
      .toLowerCase()
      .normalize("NFKD")
      .replace(/[^a-z0-9]+/g, "-");
    slug.value = plain.replace(/^-+|-+$/g, "").slice(0, 40);
  });
}
