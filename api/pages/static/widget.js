// <setia-member>: a member's badges, tier and place, on any site, from one script tag.
//
//   <script src="https://…/widget.js" defer></script>
//   <setia-member token-url="/my-own/token"></setia-member>
//
// token       a member token (attribute or property)
// token-url   where the host gives the signed-in member a fresh one, as {"token": "…"}; asked whenever one is needed
// lang        en or ms; else the language of the page
// theme       light or dark; else as on the reader's device
// sample      made-up data instead of a member's, for a page that shows how the card looks (property); nothing is asked
// refresh     seconds between two looks, 60 unless said, 2 at least; 0 for none
//
// When a token has ended and there is no token-url, the event `setia-token-needed` is sent: answer by setting `token`.
// The token goes to the API in a header and nowhere else; what comes back is put on the page as text, never as markup.
(() => {
  "use strict";

  const HOME = new URL(document.currentScript?.src ?? location.href).origin;
  const TEXTS = {
    en: {
      loading: "One moment …",
      ended: "This view has ended.",
      failed: "This could not be loaded.",
      again: "Try again",
      points: "points",
      place: "No. {rank} of {total}",
      badges: "Badges",
      none: "No badge yet. The first one is often closer than it looks.",
      level: "level {level}",
      open: "Open my page",
    },
    ms: {
      loading: "Sebentar …",
      ended: "Paparan ini telah tamat.",
      failed: "Ini tidak dapat dimuatkan.",
      again: "Cuba lagi",
      points: "mata",
      place: "No. {rank} daripada {total}",
      badges: "Lencana",
      none: "Belum ada lencana. Yang pertama selalunya lebih dekat daripada yang disangka.",
      level: "tahap {level}",
      open: "Buka halaman saya",
    },
  };

  const SHEET = new CSSStyleSheet();
  SHEET.replaceSync(`
    :host { display: block; color-scheme: light dark; max-width: 26rem; font: 1rem/1.5 system-ui, sans-serif; }
    :host([theme="light"]) { color-scheme: light; }
    :host([theme="dark"]) { color-scheme: dark; }
    :host([hidden]), [hidden] { display: none; }
    article { padding: 1.25rem; border-radius: 1.25rem; overflow-wrap: anywhere;
      background: light-dark(#fffdf9, #25201c); color: light-dark(#2b231f, #f4ece3); border: 1px solid light-dark(#e4d9ca, #3d342e); }
    h2 { margin: 0; font: 600 1.25rem/1.3 Georgia, serif; }
    h3 { margin: 1rem 0 .5rem; font-size: .9rem; }
    h3, .soft { color: light-dark(#655a52, #bfb2a6); }
    p { margin: .25rem 0; }
    .tier { display: inline-block; padding: 0 .75rem; border-radius: 1rem; font-weight: 600;
      background: light-dark(#e3f0ef, #16403d); color: light-dark(#085552, #9bdcd7); }
    .points { font: 600 1.6rem/1.3 Georgia, serif; }
    ul { display: grid; grid-template-columns: repeat(auto-fill, minmax(4.5rem, 1fr)); gap: .75rem .5rem; list-style: none; margin: 0; padding: 0; }
    li { text-align: center; font-size: .8rem; line-height: 1.3; }
    svg { display: block; width: 3.25rem; height: 3.25rem; margin: 0 auto .25rem; }
    a, button { color: light-dark(#0a6b67, #5cc0ba); }
    button { padding: .4rem 1.1rem; border: 1.5px solid; border-radius: 2rem; background: none; font: inherit; cursor: pointer; }
    :focus-visible { outline: 3px solid #d7a13b; outline-offset: 2px; border-radius: .3rem; }
  `);

  class Ended extends Error {}

  function element(tag, text = "", attributes = {}) {
    const made = document.createElement(tag);
    if (text !== "") made.textContent = text;
    for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
    return made;
  }

  class SetiaMember extends HTMLElement {
    static observedAttributes = ["token", "token-url", "lang"];
    #token = null;
    #sample = null;
    #timer = 0;
    #turn = 0;
    #asked = false;
    #place = this.attachShadow({ mode: "open" });

    constructor() {
      super();
      this.#place.adoptedStyleSheets = [SHEET];
    }

    get token() {
      return this.#token;
    }

    set token(value) {
      this.#token = value || null;
      if (value) this.#soon();
    }

    set sample(value) {
      this.#sample = value;
      this.#soon();
    }

    connectedCallback() {
      this.#soon();
    }

    disconnectedCallback() {
      clearTimeout(this.#timer);
      this.#turn += 1;
    }

    attributeChangedCallback(name, _before, value) {
      if (name === "token") this.token = value;
      else this.#soon();
    }

    /** One look for all that changes now: attributes come one by one. */
    #soon() {
      if (this.#asked) return;
      this.#asked = true;
      queueMicrotask(() => {
        this.#asked = false;
        if (this.isConnected) this.refresh();
      });
    }

    /** Look again. Of two looks at once only the later one is shown. */
    async refresh() {
      clearTimeout(this.#timer);
      const turn = ++this.#turn;
      if (!this.#place.firstChild) this.#say(this.#texts.loading, { "aria-busy": "true" });
      try {
        const shown = await this.#card(this.#sample ?? (await this.#read()));
        if (turn !== this.#turn) return;
        this.#place.replaceChildren(shown);
        if (!this.#sample) this.#wait();
      } catch (error) {
        if (turn !== this.#turn) return;
        const ended = error instanceof Ended;
        this.#say(ended ? this.#texts.ended : this.#texts.failed, {}, true);
        if (ended) this.dispatchEvent(new CustomEvent("setia-token-needed", { bubbles: true, composed: true }));
        else this.#wait();
      }
    }

    get #language() {
      const wanted = this.closest("[lang]")?.lang || document.documentElement.lang || navigator.language || "en";
      return wanted.toLowerCase().split("-")[0] === "ms" ? "ms" : "en";
    }

    get #texts() {
      return TEXTS[this.#language];
    }

    #named(names, key) {
      return names?.[this.#language] || names?.en || key;
    }

    #wait() {
      const seconds = Number(this.getAttribute("refresh") ?? 60);
      if (seconds > 0) {
        this.#timer = setTimeout(() => (document.hidden ? this.#wait() : this.refresh()), Math.max(seconds, 2) * 1000);
      }
    }

    /** Everything that is shown; with a fresh token where the one at hand has ended and the host gives another. */
    async #read() {
      if (!this.#token) await this.#renew();
      try {
        return await this.#readWith(this.#token);
      } catch (error) {
        if (!(error instanceof Ended) || !this.hasAttribute("token-url")) throw error;
        await this.#renew();
        return this.#readWith(this.#token);
      }
    }

    async #renew() {
      const url = this.getAttribute("token-url");
      if (!url) throw new Ended();
      const answer = await fetch(url, { credentials: "same-origin", cache: "no-store", headers: { Accept: "application/json" } });
      if (!answer.ok) throw new Ended();
      const said = await answer.json();
      if (typeof said.token !== "string") throw new Ended();
      this.#token = said.token;
    }

    async #readWith(token) {
      const get = async (path) => {
        const answer = await fetch(`${HOME}/v1${path}`, { headers: { Authorization: `Bearer ${token}` }, credentials: "omit" });
        if (answer.status === 401) throw new Ended();
        if (!answer.ok) throw new Error(`${path}: ${answer.status}`);
        return answer.json();
      };
      const [member, community, badges, tiers, boards] = await Promise.all(
        ["/members/me", "/community", "/badges", "/tiers", "/leaderboards"].map(get),
      );
      const board = boards.data.find((one) => one.period === "week" && !one.group) ?? boards.data[0];
      const unplaced = (error) => { // a board that is being made again takes nobody's card away
        if (error instanceof Ended) throw error;
        return { data: [] };
      };
      const [places, ...pictures] = await Promise.all([
        get(`/leaderboards/${encodeURIComponent(board.key)}/entries?around=me&radius=0`).catch(unplaced),
        ...member.badges.map((one) => this.#picture(badges.data.find((badge) => badge.key === one.badge)?.image, one.level)),
      ]);
      return { token, member, community, badges, tiers, board, places, pictures };
    }

    /** A badge's picture as text, which anybody may have; null where there is none. */
    async #picture(address, level) {
      if (!address) return null;
      const { pathname, searchParams } = new URL(address);
      searchParams.set("level", Math.min(level, 99));
      try {
        const answer = await fetch(`${HOME}${pathname}?${searchParams}`, { credentials: "omit" });
        return answer.ok ? await answer.text() : null;
      } catch {
        return null;
      }
    }

    async #card({ token, member, community, badges, tiers, board, places, pictures }) {
      const texts = this.#texts;
      const card = element("article", "", { lang: this.#language });
      card.append(element("h2", member.shown_as, { dir: "auto" }));
      const tier = tiers.levels.find((one) => one.key === member.tier);
      if (member.tier) card.append(element("p", this.#named(tier?.name, member.tier), { class: "tier", dir: "auto" }));
      const points = element("p");
      const number = new Intl.NumberFormat(this.#language).format(member.points[0]?.available ?? 0);
      points.append(element("span", number, { class: "points" }), ` ${texts.points}`);
      card.append(points);
      const place = places.data[0];
      if (place) {
        const text = texts.place.replace("{rank}", place.rank).replace("{total}", places.total);
        card.append(element("p", `${this.#named(board.name, board.key)}: ${text}`, { class: "soft" }));
      }
      card.append(element("h3", texts.badges), this.#badges(member.badges, badges.data, pictures));
      if (community.pages !== "closed") {
        const page = `${HOME}/c/${encodeURIComponent(community.key)}/members/me#token=${token}`;
        const link = element("a", texts.open, { href: page, target: "_blank", rel: "noopener" });
        const line = element("p");
        line.append(link);
        card.append(line);
      }
      return card;
    }

    #badges(held, known, pictures) {
      if (held.length === 0) return element("p", this.#texts.none, { class: "soft" });
      const list = element("ul", "", { role: "list" });
      held.forEach((one, index) => {
        const item = element("li");
        const picture = pictures[index] && new DOMParser().parseFromString(pictures[index], "image/svg+xml").documentElement;
        if (picture?.localName === "svg") {
          picture.setAttribute("aria-hidden", "true"); // the name stands beside it, in the card's language
          picture.querySelector("title")?.remove();
          item.append(document.importNode(picture, true));
        }
        const badge = known.find((badge) => badge.key === one.badge);
        const own = badge?.levels?.[one.level - 1]?.name;
        const name = this.#named(own ?? badge?.name, one.badge);
        const level = one.level > 1 && !own ? `, ${this.#texts.level.replace("{level}", one.level)}` : "";
        item.append(element("span", name + level, { dir: "auto" }));
        list.append(item);
      });
      return list;
    }

    #say(text, attributes, again = false) {
      const card = element("article", "", { lang: this.#language, ...attributes });
      card.append(element("p", text, { role: "status" }));
      if (again) {
        const button = element("button", this.#texts.again, { type: "button" });
        button.addEventListener("click", () => this.refresh());
        card.append(button);
      }
      this.#place.replaceChildren(card);
    }
  }

  if (!customElements.get("setia-member")) customElements.define("setia-member", SetiaMember);
})();
