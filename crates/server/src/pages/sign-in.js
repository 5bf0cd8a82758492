"use strict";
const part = (id) => document.getElementById(id);
const secret = location.hash.slice(1);
if (secret) {
  part("link_secret").value = secret;
  history.replaceState(null, "", location.pathname);
}
part("link").hidden = true;
if (part("link_secret").value) {
  part("invited").hidden = false;
  part("who").hidden = true;
  part("password").autocomplete = "new-password";
  part("password").minLength = 12;
}
