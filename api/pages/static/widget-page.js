// The demonstration page: a sample card at once; and a token that is pasted in goes to the widget beside it.
const form = document.querySelector("#try");
const shown = document.querySelector("#shown");
const about = document.querySelector("[data-about]");

function put(name, value) {
  const widget = document.createElement("setia-member");
  widget[name] = value;
  shown.replaceChildren(widget);
}

customElements.whenDefined("setia-member").then(() => put("sample", JSON.parse(shown.dataset.sample)));
form.addEventListener("submit", (event) => {
  event.preventDefault();
  about.hidden = true;
  put("token", form.elements.token.value.trim());
});
