"use strict";
const secret = location.hash.slice(1);
history.replaceState(null, "", location.pathname);
const form = document.getElementById("form");
const password = document.getElementById("password");
if (secret) {
  document.getElementById("invited").hidden = false;
  document.getElementById("who").hidden = true;
  password.autocomplete = "new-password";
  password.minLength = 12;
}
form.addEventListener("submit", async (event) => {
  event.preventDefault();
  const handle = document.getElementById("handle").value;
  const body = secret
    ? { link_secret: secret, password: password.value, cookie: true }
    : { handle, password: password.value, cookie: true };
  const answer = await fetch(secret ? "/v1/sessions/from_link" : "/v1/sessions", {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(body),
  });
  if (answer.ok) {
    location.replace("/");
    return;
  }
  const problem = await answer.json().catch(() => ({}));
  document.getElementById("problem").textContent = problem.detail || "That did not work.";
});
