"use strict";
// A little more comfort; every page works without it. Nothing is loaded from elsewhere, nothing is stored.
(() => {
  const WAIT = 450, SLICE = 40;
  const one = (selector, within = document) => within.querySelector(selector);

  // The time zone of this machine, where nobody chose one yet.
  const zone = one("select[data-guess]");
  const here = Intl.DateTimeFormat().resolvedOptions().timeZone;
  if (zone && here) {
    if (![...zone.options].some((option) => option.value === here)) zone.add(new Option(here, here));
    zone.value = here;
  }

  // Mistakes are read out first.
  if (!one("[autofocus]")) one("[data-mistakes]")?.focus();

  // Interests are tried while they are typed: what the button would show takes the place of what is shown.
  const asking = one("form[data-live]");
  if (asking) {
    const typed = one("textarea[name=interests]", asking), told = one("#told");
    let timer = 0, running = null, shown = typed.value.trim();
    const show = (page) => {
      const mistake = one("#interests-error", page);
      told.textContent = (mistake || one("#told", page)).textContent;
      if (mistake) return;
      const before = one("#result"), open = one("details", before)?.open;
      before.replaceChildren(...one("#result", page).childNodes);
      if (open && one("details", before)) one("details", before).open = true;
      for (const name of ["#kept", "#shown"]) one(name)?.replaceWith(one(name, page));
    };
    const request = (words) => {
      if (asking.dataset.live !== "post") return [`${asking.action}?${new URLSearchParams({ interests: words })}`, {}];
      const body = new URLSearchParams(new FormData(asking));
      body.set("do", "try");
      return [asking.action, { method: "POST", body }];
    };
    const attempt = async () => {
      const words = typed.value.trim();
      if (words === shown) return;
      running?.abort();
      const mine = (running = new AbortController()), [address, options] = request(words);
      one("#result").setAttribute("aria-busy", "true");
      try {
        const answer = await fetch(address, { ...options, signal: mine.signal });
        const page = new DOMParser().parseFromString(await answer.text(), "text/html");
        if (!one("#told", page)) throw new Error("no such page");
        show(page);
        shown = words;
        if (!options.method) history.replaceState(null, "", address);
      } catch (error) {
        if (error.name !== "AbortError") told.textContent = "No ranking came back. Please wait a little, and press the button.";
      } finally {
        if (running === mine) one("#result").removeAttribute("aria-busy");
      }
    };
    typed.addEventListener("input", () => {
      clearTimeout(timer);
      timer = setTimeout(attempt, WAIT);
    });
  }

  // Proof of work: a number that makes SHA-256 (FIPS 180-4) begin with so many zero bits, found by trying. The
  // browser's own SHA-256 answers each call later, which takes longer than the hash, and is not there without https.
  const root = (number, power) => (number ** power * 2 ** 32) | 0;
  const primes = [];
  for (let n = 2; primes.length < 64; n++) if (primes.every((p) => n % p)) primes.push(n);
  const K = Int32Array.from(primes, (p) => root(p, 1 / 3)), H = Int32Array.from(primes.slice(0, 8), (p) => root(p, 1 / 2));
  const w = new Int32Array(64), state = new Int32Array(8);
  const block = (bytes, at) => {
    for (let i = 0; i < 16; i++, at += 4) w[i] = (bytes[at] << 24) | (bytes[at + 1] << 16) | (bytes[at + 2] << 8) | bytes[at + 3];
    for (let i = 16; i < 64; i++) {
      const x = w[i - 15], y = w[i - 2];
      const s = ((x >>> 7) | (x << 25)) ^ ((x >>> 18) | (x << 14)) ^ (x >>> 3);
      const t = ((y >>> 17) | (y << 15)) ^ ((y >>> 19) | (y << 13)) ^ (y >>> 10);
      w[i] = (w[i - 16] + s + w[i - 7] + t) | 0;
    }
    let a = state[0], b = state[1], c = state[2], d = state[3], e = state[4], f = state[5], g = state[6], h = state[7];
    for (let i = 0; i < 64; i++) {
      const s = ((e >>> 6) | (e << 26)) ^ ((e >>> 11) | (e << 21)) ^ ((e >>> 25) | (e << 7));
      const t = (h + s + ((e & f) ^ (~e & g)) + K[i] + w[i]) | 0;
      const r = ((a >>> 2) | (a << 30)) ^ ((a >>> 13) | (a << 19)) ^ ((a >>> 22) | (a << 10));
      const u = (r + ((a & b) ^ (a & c) ^ (b & c))) | 0;
      h = g; g = f; f = e; e = (d + t) | 0; d = c; c = b; b = a; a = (t + u) | 0;
    }
    state[0] += a; state[1] += b; state[2] += c; state[3] += d; state[4] += e; state[5] += f; state[6] += g; state[7] += h;
  };
  const padded = (text) => {
    const bytes = new TextEncoder().encode(text);
    const whole = new Uint8Array(((bytes.length + 72) >> 6) << 6);
    whole.set(bytes);
    whole[bytes.length] = 128;
    new DataView(whole.buffer).setUint32(whole.length - 4, bytes.length * 8);
    return whole;
  };
  const sha256 = (bytes) => {
    state.set(H);
    for (let at = 0; at < bytes.length; at += 64) block(bytes, at);
    return state;
  };
  const hex = (words) => [...words].map((word) => (word >>> 0).toString(16).padStart(8, "0")).join("");
  const prove = (token, address, bits, done) => {
    const challenge = hex(sha256(padded(`${token}:${address}`))).slice(0, 32);
    let number = 1e9;
    const tried = padded(`${challenge}:${number}`);
    const some = () => {
      const end = performance.now() + SLICE;
      do {
        for (let n = 0; n < 1000; n++, number++) {
          for (let at = 42, rest = number; at > 32; at--, rest = (rest / 10) | 0) tried[at] = 48 + (rest % 10);
          if (sha256(tried)[0] >>> (32 - bits) === 0) return done(number);
        }
      } while (performance.now() < end);
      setTimeout(some);
    };
    some();
  };
  for (const form of document.querySelectorAll("form[data-work]")) {
    form.addEventListener("submit", (event) => {
      const { token, address, proof } = form.elements;
      if (proof.value) return;
      event.preventDefault();
      if (form.ariaBusy) return;
      form.ariaBusy = "true";
      one("[data-working]", form).textContent = "One moment: your browser does a little work, which keeps robots out.";
      prove(token.value, address.value.trim(), Number(form.dataset.work), (number) => {
        proof.value = number;
        form.submit();
      });
    });
  }
})();
