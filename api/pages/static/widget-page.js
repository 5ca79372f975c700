// The demonstration page: a token that is pasted in goes to the widget beside it.
const form = document.querySelector("#try");
form.addEventListener("submit", (event) => {
  event.preventDefault();
  const widget = document.createElement("setia-member");
  widget.token = form.elements.token.value.trim();
  document.querySelector("#shown").replaceChildren(widget);
});
