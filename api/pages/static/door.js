// Hands the token of a link over to the pages' cookie, and takes it out of the address bar before anything else.
const place = document.querySelector("[data-door]");
const token = new URLSearchParams(location.hash.slice(1)).get("token");

function say(word) {
  for (const line of place.querySelectorAll("[data-said]")) line.hidden = line.dataset.said !== word;
}

async function open() {
  history.replaceState(null, "", location.pathname + location.search);
  say("opening");
  try {
    const answer = await fetch(place.dataset.door, {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify({ token }),
    });
    // Not a reload: a page that another site led to would be asked for as that site does, without the cookie.
    if (answer.ok) location.replace(location.href);
    else say("ended");
  } catch {
    say("ended");
  }
}

if (place && token) open();
